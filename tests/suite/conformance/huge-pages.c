/* Mappings of huge pages where the machine has none: only what reserves none is mapped, its touch
   raises SIGBUS, and it is cut and moved at huge pages alone. (mmap's man page) */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define HUGE (2L << 20)
#define RW (PROT_READ | PROT_WRITE)
#define AT ((char *)0x10000000)
#define LAZY (MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE)

static sigjmp_buf back;
static char text[1 << 17];

static void caught(int signal)
{
    siglongjmp(back, signal);
}

static void result(const char *what, int failed)
{
    printf("%-40s %s\n", what, failed ? strerror(errno) : "ok");
}

static void map(const char *what, void *at, long length, int prot, int flags)
{
    void *p = mmap(at, length, prot, flags, -1, 0);
    result(what, p == MAP_FAILED);
    if (p != MAP_FAILED)
        munmap(p, HUGE);
}

/* The VMAs from AT on, below the mapping area's end. */
static void maps(void)
{
    int fd = open("/proc/self/maps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    char *line = text;
    while (line && *line) {
        char *end = strchr(line, '\n');
        *end = 0;
        unsigned long start = strtoul(line, NULL, 16);
        if (start >= 0x10000000 && start < 0x20000000)
            printf("  %.22s%s\n", line, strstr(line, "/anon") ? " anon_hugepage" : "");
        line = end + 1;
    }
}

static void touch(const char *what, int write)
{
    int signal = sigsetjmp(back, 1);
    if (signal == 0) {
        if (write)
            *(volatile char *)AT = 1;
        else
            *(volatile char *)AT;
    }
    printf("%-40s %s\n", what, signal == SIGBUS ? "SIGBUS" : signal ? "SIGSEGV" : "ok");
}

int main(void)
{
    signal(SIGSEGV, caught);
    signal(SIGBUS, caught);

    map("reserved", NULL, HUGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
    map("read-only", NULL, HUGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
    map("not reserved", NULL, HUGE, RW, MAP_PRIVATE | LAZY);
    map("shared", NULL, HUGE, RW, MAP_SHARED | LAZY);
    map("shared, validated", NULL, HUGE, RW, MAP_SHARED_VALIDATE | LAZY);
    map("executable", NULL, HUGE, RW | PROT_EXEC, MAP_PRIVATE | LAZY);
    map("a page long", NULL, PAGE, RW, MAP_PRIVATE | LAZY);
    map("of length 0", NULL, 0, RW, MAP_PRIVATE | LAZY);
    map("at no huge page", AT + PAGE, HUGE, RW, MAP_PRIVATE | MAP_FIXED | LAZY);
    map("a hint at no huge page", AT + PAGE, HUGE, RW, MAP_PRIVATE | LAZY);
    void *odd = mmap(NULL, HUGE, RW, MAP_PRIVATE | LAZY, -1, PAGE);
    result("an offset that is no huge page's", odd == MAP_FAILED);
    map("growing down", NULL, HUGE, RW, MAP_PRIVATE | MAP_GROWSDOWN | LAZY);
    map("of no kind", NULL, HUGE, RW, LAZY);

    mmap(AT, 3 * HUGE, RW, MAP_PRIVATE | MAP_FIXED | MAP_LOCKED | LAZY, -1, 0);
    maps();
    touch("load", 0);
    touch("store", 1);
    result("munmap of a page", munmap(AT, PAGE) < 0);
    result("munmap from a huge page to a page", munmap(AT + HUGE, PAGE) < 0);
    maps();
    result("munmap of a huge page", munmap(AT + HUGE, HUGE) < 0);
    result("mprotect of a page", mprotect(AT, PAGE, PROT_READ) < 0);
    result("mprotect of a huge page", mprotect(AT, HUGE, PROT_READ) < 0);
    maps();
    touch("store", 1);
    result("a mapping over a page", mmap(AT, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
    char *other = AT + 8 * HUGE;
    result("mremap to no huge page", mremap(AT, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, other + PAGE) == MAP_FAILED);
    result("mremap of a page to a huge page", mremap(AT, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other) == MAP_FAILED);
    result("mremap that grows", mremap(other, HUGE, 2 * HUGE, MREMAP_MAYMOVE) == MAP_FAILED);
    maps();
    result("mlock", mlock(other, HUGE) < 0);
    result("MADV_DONTNEED", madvise(other, HUGE, MADV_DONTNEED) < 0);
    result("MADV_DONTNEED within", madvise(other + PAGE, PAGE, MADV_DONTNEED) < 0);
    result("MADV_FREE", madvise(other, HUGE, MADV_FREE) < 0);
    result("MADV_COLD", madvise(other, HUGE, MADV_COLD) < 0);
    result("MADV_POPULATE_READ", madvise(other, HUGE, MADV_POPULATE_READ) < 0);
    result("MADV_REMOVE", madvise(other, HUGE, MADV_REMOVE) < 0);
    result("MADV_WIPEONFORK", madvise(other, HUGE, MADV_WIPEONFORK) < 0);
    result("MADV_DODUMP", madvise(other, HUGE, MADV_DODUMP) < 0);
    result("MADV_GUARD_INSTALL", madvise(other, HUGE, 102) < 0);
    result("msync", msync(other, HUGE, MS_SYNC) < 0);
    fflush(stdout);
    if (fork() == 0) {
        maps();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    mmap(AT, HUGE, RW, MAP_SHARED | MAP_FIXED | LAZY, -1, 0);
    result("MADV_REMOVE, shared", madvise(AT, HUGE, MADV_REMOVE) < 0);
    touch("load, shared", 0);
    return 0;
}
