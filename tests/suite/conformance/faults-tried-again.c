/* Faults that give their lock up and begin anew: those of the kernel count as major then, those of
   a program only where the page was missing. (linux-facts 10) */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static struct rusage before;

static void start(void)
{
    getrusage(RUSAGE_SELF, &before);
    getrusage(RUSAGE_SELF, &before);
}

static void report(const char *what)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    printf("%-44s minor %ld, major %ld\n", what, now.ru_minflt - before.ru_minflt, now.ru_majflt - before.ru_majflt);
}

/* A file of two pages, its last one in the cache but not up to date: a hole that was cut. */
static char *cut(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 2 * PAGE);
    ftruncate(fd, PAGE + 100);
    return mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, PAGE);
}

/* A dirty page that reclaim could not drop is marked; a fault on it starts a readahead. */
static char *reclaimed(const char *name)
{
    static char page[PAGE];
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    pwrite(fd, page, PAGE, PAGE);
    ftruncate(fd, 3 * PAGE);
    char *p = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    *(volatile char *)(p + PAGE);
    madvise(p, 3 * PAGE, MADV_PAGEOUT);
    return p;
}

static void pages(const char *what, char *p)
{
    unsigned char vec[3];
    mincore(p, 3 * PAGE, vec);
    printf("%-44s cached %d%d%d\n", what, vec[0], vec[1], vec[2]);
}

int main(void)
{
    int sink = open("sink", O_RDWR | O_CREAT | O_TRUNC, 0600);
    /* The code of each call that is measured is fetched before: whether a page of it was mapped
       around an earlier fault depends on where the loader put the library. */
    pwrite(sink, "", 1, 0);
    madvise(NULL, 0, MADV_NORMAL);
    mlock(NULL, 0);
    mprotect(NULL, 0, PROT_NONE);
    printf("%-44s\n", "faults");
    usleep(1000);

    char *p = cut("a");
    start();
    *(volatile char *)p;
    report("a load, not up to date");
    p = cut("b");
    start();
    *(volatile char *)p = 1;
    report("a store, not up to date");
    p = cut("c");
    start();
    pwrite(sink, p, 1, 0);
    report("a call's read of it");
    p = cut("d");
    start();
    madvise(p, PAGE, MADV_POPULATE_READ);
    report("MADV_POPULATE_READ");
    p = cut("e");
    start();
    mlock(p, PAGE);
    report("mlock");

    /* mprotect brings a locked page in that it makes writable, and waits for it. */
    p = cut("h");
    mprotect(p, PAGE, PROT_NONE);
    mlock(p, PAGE);
    start();
    mprotect(p, PAGE, RW);
    report("mprotect of a locked page, not up to date");
    int fd = open("i", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 2 * PAGE);
    p = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE, fd, PAGE);
    mlock(p, PAGE);
    start();
    mprotect(p, PAGE, RW);
    report("mprotect of a locked page, missing");

    p = reclaimed("f");
    pages("reclaimed", p);
    start();
    *(volatile char *)(p + PAGE);
    report("a load, marked");
    pages("after it", p);
    p = reclaimed("g");
    start();
    pwrite(sink, p + PAGE, 1, 0);
    report("a call's read, marked");
    pages("after it", p);
    return 0;
}
