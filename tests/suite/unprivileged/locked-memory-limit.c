/* What RLIMIT_MEMLOCK refuses a process without CAP_IPC_LOCK, with which error, and what it counts.
   (gVisor 88, LTP 127, open_posix 146) */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char text[1 << 16];

/* The pages of all that is locked, be they present or not. */
static int locked(void)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n, kilobytes = 0;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    char *size = text, *flags;
    while ((size = strstr(size, "\nSize:")) && (flags = strstr(size, "\nVmFlags:"))) {
        char *lock = strstr(flags, " lo"), *end = strchr(flags + 1, '\n');
        if (lock && lock < end)
            kilobytes += atoi(size + 6);
        size = end;
    }
    return kilobytes / 4;
}

static void tell(const char *what, int failed)
{
    int error = errno;
    printf("%-52s %s, %d locked\n", what, failed ? strerror(error) : "ok", locked());
}

static int limit(int pages)
{
    struct rlimit l;
    getrlimit(RLIMIT_MEMLOCK, &l);
    l.rlim_cur = pages * PAGE;
    return setrlimit(RLIMIT_MEMLOCK, &l);
}

static char *map(int flags, int pages)
{
    return mmap(NULL, pages * PAGE, RW, ANON | flags, -1, 0);
}

static void none(void)
{
    puts("a limit of 0: nothing may be locked at all");
    limit(0);
    char *p = map(0, 4);
    tell("mlock", mlock(p, PAGE));
    tell("mlock of nothing", mlock(p, 0));
    tell("mlock2 on fault", mlock2(p, PAGE, MLOCK_ONFAULT));
    tell("mlock2, unknown flags", mlock2(p, PAGE, 8));
    tell("mlockall of the present", mlockall(MCL_CURRENT));
    tell("mlockall of the future", mlockall(MCL_FUTURE));
    tell("mlockall, no flags", mlockall(0));
    tell("MAP_LOCKED", map(MAP_LOCKED, 1) == MAP_FAILED);
    tell("MAP_LOCKED of nothing", map(MAP_LOCKED, 0) == MAP_FAILED);
    tell("munlock", munlock(p, PAGE));
    tell("munlockall", munlockall());
    munmap(p, 4 * PAGE);
}

static void counted(void)
{
    puts("a limit of 4 pages");
    limit(4);
    char *p = map(0, 8);
    tell("5 pages", mlock(p, 5 * PAGE));
    tell("3 pages and a byte of 2 more", mlock(p + PAGE - 1, 3 * PAGE + 2));
    tell("4 pages", mlock(p, 4 * PAGE));
    tell("the same again: counted once", mlock(p, 4 * PAGE));
    tell("3 of them and another", mlock(p + PAGE, 4 * PAGE));
    tell("MAP_LOCKED", map(MAP_LOCKED, 1) == MAP_FAILED);
    tell("one unlocked", munlock(p, PAGE));
    tell("MAP_LOCKED", map(MAP_LOCKED, 1) == MAP_FAILED);
    tell("the rest unmapped", munmap(p, 8 * PAGE));
    p = map(0, 8);
    tell("a hole after the first", munmap(p + PAGE, PAGE) || mlock(p, 3 * PAGE));
    tell("more than the limit over the hole", mlock(p, 5 * PAGE));
    tell("all the address space", mlock(NULL, -PAGE));
    munlockall();
    munmap(p, 8 * PAGE);
    p = mmap(NULL, 4 * PAGE, PROT_NONE, ANON, -1, 0);
    tell("PROT_NONE: refused, and locked", mlock(p, 2 * PAGE));
    tell("3 more", mlock(p + 2 * PAGE, 3 * PAGE));
    munlockall();
    munmap(p, 4 * PAGE);
}

static void moved(void)
{
    puts("mremap of locked pages, a limit of 4 pages");
    char *p = map(MAP_LOCKED, 2), *to = map(0, 8);
    munmap(to, 8 * PAGE);
    tell("2 grow to 4 in another place", (p = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to)) == MAP_FAILED);
    tell("4 grow to 5", mremap(p, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    tell("moved", (p = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 4 * PAGE)) == MAP_FAILED);
    tell("shrunk to 1", mremap(p, 4 * PAGE, PAGE, 0) == MAP_FAILED);
    limit(0);
    tell("a limit of 0: grown to 2", mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    tell("moved", (p = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to)) == MAP_FAILED);
    tell("mapped anew over itself", mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
    munmap(p, PAGE);
    limit(4);
}

static void future(void)
{
    puts("MCL_FUTURE, a limit of 4 pages");
    tell("MCL_CURRENT: the program is larger", mlockall(MCL_CURRENT));
    tell("MCL_FUTURE", mlockall(MCL_FUTURE));
    char *p = map(0, 3), *top = sbrk(0);
    tell("3 pages mapped", p == MAP_FAILED);
    tell("2 more", map(0, 2) == MAP_FAILED);
    tell("a shared one", mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    tell("and another", mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    tell("PROT_NONE", mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0) == MAP_FAILED);
    printf("%-52s %d\n", "the break does not move", sbrk(2 * PAGE) == (void *)-1 && sbrk(0) == top);
    tell("over what is locked", mmap(p, 3 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
    tell("unmapped", munmap(p, 3 * PAGE));
    munlockall();
    tell("munlockall: mapped", map(0, 8) == MAP_FAILED);
}

static void inherited(void)
{
    puts("a child inherits the limit, and no locks");
    char *p = map(MAP_LOCKED, 3);
    fflush(stdout);
    if (fork() == 0) {
        tell("the child's 4 pages", map(MAP_LOCKED, 4) == MAP_FAILED);
        tell("a fifth", map(MAP_LOCKED, 1) == MAP_FAILED);
        exit(0);
    }
    wait(NULL);
    tell("the parent's fourth", map(MAP_LOCKED, 1) == MAP_FAILED);
    tell("its fifth", map(MAP_LOCKED, 1) == MAP_FAILED);
    tell("a limit below that", limit(2));
    tell("what is locked stays; locked again", mlock(p, 3 * PAGE));
    munlockall();
}

/* The stack grows by a page that would be locked. */
static void stack(void)
{
    puts("a locked mapping that grows downwards");
    limit(4);
    char *p = map(0, 300) + 299 * PAGE;
    munmap(p - 299 * PAGE, 300 * PAGE);
    mmap(p, PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN | MAP_LOCKED, -1, 0);
    fflush(stdout);
    int status;
    if (fork() == 0) {
        mlock(p, PAGE);
        p[-3 * PAGE] = 1;
        tell("by 3 pages", 0);
        fflush(stdout);
        p[-4 * PAGE] = 1;
        tell("by another", 0);
        exit(0);
    }
    wait(&status);
    printf("%-52s %s\n", "the child", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "lives");
}

int main(void)
{
    struct rlimit l;
    none();
    counted();
    moved();
    future();
    inherited();
    stack();

    puts("the hard limit");
    getrlimit(RLIMIT_MEMLOCK, &l);
    l.rlim_max += PAGE;
    tell("raised", setrlimit(RLIMIT_MEMLOCK, &l));
    l.rlim_cur = 2 * PAGE;
    l.rlim_max = PAGE;
    tell("below the soft one", setrlimit(RLIMIT_MEMLOCK, &l));
    l.rlim_cur = l.rlim_max = 4 * PAGE;
    tell("lowered", setrlimit(RLIMIT_MEMLOCK, &l));
    l.rlim_max = 5 * PAGE;
    tell("back", setrlimit(RLIMIT_MEMLOCK, &l));
    tell("the lowest pages", mmap(NULL, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
    return 0;
}
