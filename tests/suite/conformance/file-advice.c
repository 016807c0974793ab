/* posix_fadvise(POSIX_FADV_DONTNEED): which pages leave the page cache, and what reads of them cost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 6

static char page[PAGE], *p;
static struct rusage before;

static void cached(const char *what, int result)
{
    unsigned char in[PAGES];
    mincore(p, PAGES * PAGE, in);
    printf("%-44s", what);
    for (int i = 0; i < PAGES; i++)
        printf("%d", in[i]);
    printf(" %s\n", result ? strerror(result) : "");
}

/* Six pages, all in the cache, none dirty, where one fault maps them all. */
static int fresh(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < PAGES; i++)
        pwrite(fd, page, PAGE, i * PAGE);
    fsync(fd);
    p = mmap((void *)0x10000000, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    return fd;
}

static void start(void)
{
    getrusage(RUSAGE_SELF, &before);
    getrusage(RUSAGE_SELF, &before);
}

static void faults(const char *what)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    printf("%-44sminor %ld, major %ld\n", what, now.ru_minflt - before.ru_minflt, now.ru_majflt - before.ru_majflt);
}

int main(void)
{
    int fd = fresh("a");
    cached("six pages", 0);
    cached("pages 1 and 2", posix_fadvise(fd, PAGE, 2 * PAGE, POSIX_FADV_DONTNEED));
    cached("within page 3", posix_fadvise(fd, 3 * PAGE + 1, PAGE - 1, POSIX_FADV_DONTNEED));
    cached("page 3 without its last byte", posix_fadvise(fd, 3 * PAGE, PAGE - 1, POSIX_FADV_DONTNEED));
    cached("page 3 and a part of 4", posix_fadvise(fd, 3 * PAGE, PAGE + 1, POSIX_FADV_DONTNEED));
    cached("from within page 4 to the end", posix_fadvise(fd, 4 * PAGE + 1, 0, POSIX_FADV_DONTNEED));
    cached("all", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));

    fd = fresh("b");
    *(volatile char *)p;
    ftruncate(fd, PAGES * PAGE - 100);
    cached("page 0 mapped (and those around)", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    madvise(p, PAGES * PAGE, MADV_DONTNEED);
    fsync(fd);
    cached("up to the file's last byte", posix_fadvise(fd, 0, PAGES * PAGE - 100, POSIX_FADV_DONTNEED));

    fd = fresh("c");
    cached("from just below 0", posix_fadvise(fd, -1, 0, POSIX_FADV_DONTNEED));
    pwrite(fd, page, PAGE, 0);
    cached("the same, page 0 dirty, which stays", posix_fadvise(fd, -1, 0, POSIX_FADV_DONTNEED));
    start();
    pwrite(open("sink", O_RDWR | O_CREAT, 0600), p, 1, 0);
    faults("a call's read, as if it began a readahead");
    fd = fresh("d");
    cached("from below 0, with a length", posix_fadvise(fd, -PAGE, 2 * PAGE, POSIX_FADV_DONTNEED));
    cached("a negative length", posix_fadvise(fd, 0, -1, POSIX_FADV_DONTNEED));
    cached("unknown advice", posix_fadvise(fd, 0, 0, 99));
    int pipes[2];
    pipe(pipes);
    cached("a pipe", posix_fadvise(pipes[0], 0, 0, POSIX_FADV_DONTNEED));

    fd = fresh("f");
    pwrite(fd, page, PAGE, 0);
    ftruncate(fd, PAGE);
    /* The buffer is page 1, which is not within the file: the write fails, and leaves it in the cache. */
    cached("a write behind the end that failed", pwrite(fd, p + 2 * PAGE - 3, 100, PAGE) == 100);
    cached("from page 1: written back up to the end", posix_fadvise(fd, 4067, 0, POSIX_FADV_DONTNEED));
    cached("again, now from behind it", posix_fadvise(fd, 4067, 0, POSIX_FADV_DONTNEED));

    fd = fresh("e");
    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    cached("cold", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    pread(fd, page, 1, 2 * PAGE);
    cached("a byte of page 2 read, at random", 0);
    madvise(p, PAGES * PAGE, MADV_RANDOM);
    start();
    *(volatile char *)(p + 4 * PAGE);
    faults("page 4 loaded");
    cached("after it", 0);
    start();
    *(volatile char *)(p + 5 * PAGE) = 1;
    faults("page 5 stored to");
    cached("after it", 0);
    start();
    *(volatile char *)(p + 4 * PAGE) = 1;
    faults("page 4 stored to");
    return 0;
}
