/* What makes a page count as used (smaps: Referenced), as a child sees it: it inherits the entries
   of a private mapping with a copied page, none of them used by itself. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define AT ((char *)0x10000000)

static char text[1 << 17], zeros[PAGE];
static char *other, *second;

static int referenced(void)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    return atoi(strstr(strstr(text, "10000000-"), "\nReferenced:") + 12);
}

/* Linux gives pages their place among the used ones in batches, which end when this begins. */
static void settle(void)
{
    madvise(other, PAGE, MADV_COLD);
}

static void inherited(const char *what)
{
    settle();
    fflush(stdout);
    if (fork() == 0) {
        printf("%-48s %d kB\n", what, referenced());
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

/* Page 0 is read, page 1 copied. */
static char *map(int fd)
{
    mmap(AT, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
    *(volatile char *)AT;
    AT[PAGE] = 1;
    return AT;
}

static int disk(const char *name, int size)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    pwrite(fd, zeros, PAGE, 0);
    pwrite(fd, zeros, size - PAGE, PAGE);
    return fd;
}

static int memory(void)
{
    int fd = memfd_create("m", 0);
    ftruncate(fd, 2 * PAGE);
    return fd;
}

/* Writes to page 0 from a page that is not there, and then from page 0 itself, which is not within
   the file before the first part is written: it is tried four times. */
static void straddling(int fd)
{
    char *two = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(two + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    pwrite(fd, two + PAGE - 100, 200, 0);
    settle();
    ftruncate(fd, 2 * PAGE);
}

/* Page 0, read through as many mappings, is unmapped from all of them by one call. */
static void unmapped_at_once(int fd, int mappings)
{
    char *p = mmap(NULL, mappings * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < mappings; i++) {
        mmap(p + i * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
        *(volatile char *)(p + i * PAGE);
    }
    munmap(p, mappings * PAGE);
}

/* Two mappings of page 0 side by side, which is present in the first one that is private and writable. */
static char *beside(int fd, int first, int second, int kind)
{
    char *p = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(p, PAGE, first, MAP_PRIVATE | MAP_FIXED, fd, 0);
    mmap(p + PAGE, PAGE, second, kind | MAP_FIXED, fd, 0);
    *(volatile char *)(first & PROT_WRITE ? p : p + PAGE);
    return p;
}

int main(void)
{
    other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    map(disk("a", 2 * PAGE));
    inherited("written to the disk file");
    int fd = disk("b", 2 * PAGE);
    ftruncate(fd, 100);
    settle();
    ftruncate(fd, 2 * PAGE);
    settle();
    map(fd);
    inherited("cut, and grown, so used twice: active");
    for (int advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; advice += POSIX_FADV_NOREUSE) {
        fd = disk(advice ? "d" : "e", 2 * PAGE);
        posix_fadvise(fd, 0, 0, advice);
        second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
        *(volatile char *)second;
        munmap(second, PAGE);
        map(fd);
        inherited(advice ? "unmapped: no use with POSIX_FADV_NOREUSE" : "unmapped: a use");
    }
    /* A hole in which the file was cut gets its blocks in two steps: each zeroes the rest of page 0, a use. */
    for (int cut = 0; cut < 2; cut++) {
        fd = open(cut ? "i" : "j", O_RDWR | O_CREAT, 0600);
        ftruncate(fd, 2 * PAGE);
        map(fd);
        ftruncate(fd, cut ? 200 : 0);
        if (!cut)
            ftruncate(fd, 100);
        *(volatile char *)AT;
        settle();
        if (!cut)
            ftruncate(fd, 200);
        settle();
        fallocate(fd, 0, 0, 2 * PAGE);
        inherited(cut ? "cut in a hole, allocated in two steps" : "not cut, in one: active");
    }
    fd = disk("c", 2 * PAGE);
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 100);
    map(fd);
    inherited("a hole in it");

    fd = memory();
    map(fd);
    inherited("a memfd");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    inherited("written once");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    settle();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    inherited("twice: active");
    fd = memory();
    pread(fd, zeros, 0, 0);
    pwrite(fd, zeros, 1, 0);
    settle();
    pread(fd, zeros, 0, 0);
    map(fd);
    inherited("once, and nothing read from it: active");
    fd = disk("f", 2 * PAGE);
    settle();
    pread(fd, zeros, 0, 0);
    map(fd);
    inherited("nothing read from the disk file");
    fd = disk("g", 2 * PAGE);
    fsync(fd);
    second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    *(volatile char *)second;
    madvise(second, PAGE, MADV_PAGEOUT);
    map(fd);
    settle();
    pread(fd, zeros, 1, 0);
    close(open("g", O_RDONLY));
    settle();
    inherited("reclaimed, and used once since");
    pread(open("g", O_RDONLY), zeros, 1, 0);
    inherited("twice: active since it came back");

    fd = memory();
    pwrite(fd, zeros, 1, 0);
    settle();
    char *two = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(two + PAGE, PAGE);
    /* Tried without the buffer's page, with it, and for the rest: three times. */
    pwrite(fd, two + PAGE - 4, 100, 0);
    map(fd);
    inherited("once, and three times by one call");
    fd = memory();
    ftruncate(fd, 0);
    straddling(fd);
    map(fd);
    inherited("four times by the call that makes the page");
    fd = memory();
    ftruncate(fd, 0);
    fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, PAGE);
    settle();
    straddling(fd);
    map(fd);
    inherited("four times by one call, made before");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    settle();
    unmapped_at_once(fd, 2);
    map(fd);
    inherited("once, and unmapped by two at once");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    settle();
    unmapped_at_once(fd, 3);
    map(fd);
    inherited("once, and unmapped by three at once");

    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    mlock(second, PAGE);
    munmap(second, PAGE);
    inherited("once, locked, and unmapped there");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    settle();
    pwrite(fd, zeros, 1, 0);
    mlock(second, PAGE);
    inherited("three times, and locked: no more active");
    munmap(second, PAGE);
    inherited("unmapped, which counts as a use, while locked");

    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    /* The writable VMA's turn copies page 0, and ends its being locked before the other VMA's turn. */
    mlock(beside(fd, RW, PROT_READ, MAP_PRIVATE), 2 * PAGE);
    inherited("once, unlocked by a copy, brought in: active");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    mlock(beside(fd, PROT_READ, RW, MAP_PRIVATE), 2 * PAGE);
    inherited("once, brought in, then unlocked by a copy");
    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    /* Advice takes the VMAs together. */
    second = beside(fd, RW, RW, MAP_SHARED);
    mlock2(second, 2 * PAGE, MLOCK_ONFAULT);
    madvise(second, 2 * PAGE, MADV_POPULATE_WRITE);
    inherited("once, unlocked and brought in by one advice");

    fd = memory();
    pwrite(fd, zeros, 1, 0);
    map(fd);
    settle();
    /* Linux unmaps all pages for a hole in the first one. */
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100);
    *(volatile char *)AT;
    inherited("once, and unmapped for a hole: active");

    /* What reclaim left because it was dirty is no more active when it was written. Where another processor hears
       of that, it is so at any later time: nothing is printed, but the child can be compared. */
    fd = disk("h", 2 * PAGE);
    second = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    *second = 1;
    madvise(second, PAGE, MADV_PAGEOUT);
    fsync(fd);
    munmap(second, PAGE);
    map(fd);
    second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    munmap(second, PAGE);
    settle();
    if (fork() == 0)
        _exit(0);
    wait(NULL);

    fd = memory();
    pwrite(fd, zeros, 1, 0);
    mmap(AT, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0);
    madvise(AT, 2 * PAGE, MADV_COLD);
    printf("%-48s %d kB\n", "cold", referenced());
    return 0;
}
