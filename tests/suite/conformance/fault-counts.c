/* How many minor faults each way of touching memory costs. (linux-facts 5 to 10 and below) */
#include <stdio.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PAGE 4096
#define PAGES 32
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static long before;
static int fd, mem;

static long faults(void)
{
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    return ru.ru_minflt;
}

static void start(void)
{
    /* Twice: after a fork the first store to it faults. */
    before = faults();
    before = faults();
}

static void report(const char *what)
{
    long count = faults() - before;
    printf("%-40s %ld\n", what, count);
}

static void load(volatile char *p)
{
    for (int i = 0; i < PAGES; i++)
        (void)p[i * PAGE];
}

static void store(volatile char *p)
{
    for (int i = 0; i < PAGES; i++)
        p[i * PAGE] = 1;
}

/* At a multiple of 64 KiB, the span of fault-around. */
static char *map(int prot, int flags, int file)
{
    char *p = mmap(NULL, 2 * PAGES * PAGE, PROT_NONE, ANON, -1, 0);
    p = (char *)(((unsigned long)p + 0xffff) & ~0xffffUL);
    return mmap(p, PAGES * PAGE, prot, flags | MAP_FIXED, file, 0);
}

static void both(const char *name, char *p)
{
    char text[64];
    start();
    load(p);
    snprintf(text, sizeof text, "%s: loads", name);
    report(text);
    start();
    store(p);
    snprintf(text, sizeof text, "%s: stores after them", name);
    report(text);
}

int main(void)
{
    char block[PAGE];
    memset(block, 'f', sizeof block);
    fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    mem = memfd_create("m", 0);
    for (int i = 0; i < PAGES; i++) {
        write(fd, block, PAGE);
        write(mem, block, PAGE);
    }
    printf("%-40s %s\n", "what", "minor faults");
    usleep(1000);
    both("anonymous", map(RW, ANON, -1));
    both("shared anonymous", map(RW, MAP_SHARED | MAP_ANONYMOUS, -1));
    both("shared memfd", map(RW, MAP_SHARED, mem));
    both("private memfd", map(RW, MAP_PRIVATE, mem));
    char *p = map(RW, ANON, -1);
    start();
    store(p);
    report("anonymous: stores");
    start();
    mprotect(p, PAGES * PAGE, R);
    load(p);
    mprotect(p, PAGES * PAGE, RW);
    store(p);
    report("read-only and back: stores");
    start();
    mprotect(p, PAGES * PAGE, PROT_NONE);
    mprotect(p, PAGES * PAGE, RW);
    store(p);
    report("none and back: stores");
    start();
    madvise(p, PAGES * PAGE, MADV_DONTNEED);
    load(p);
    report("dontneed: loads");
    p = map(RW, ANON, -1);
    start();
    read(open("/dev/zero", O_RDONLY), p, PAGES * PAGE);
    report("read into untouched memory");
    p = map(RW, ANON, -1);
    start();
    pwrite(fd, p, PAGES * PAGE, 0);
    report("write from untouched memory");
    start();
    store(p);
    report("stores after it");
    p = map(RW, ANON, -1);
    start();
    madvise(p, PAGES * PAGE, MADV_POPULATE_WRITE);
    report("populate for writing");
    p = map(RW, ANON, -1);
    start();
    mlock(p, PAGES * PAGE);
    report("mlock");
    start();
    p = map(RW, ANON | MAP_POPULATE, -1);
    report("MAP_POPULATE");
    store(p);
    if (fork() == 0)
        _exit(0);
    wait(NULL);
    usleep(1000);
    start();
    load(p);
    report("after a child: loads");
    start();
    store(p);
    report("after a child: stores");
    start();
    mremap(p, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(PROT_NONE, ANON, -1));
    report("moved");
    return 0;
}
