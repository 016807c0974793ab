/* fallocate brings a page behind the end of a file to the cache; a larger size that does not reach that page drops it,
   so that the next fault there reads ahead of it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define PAGES 16

static void show(const char *what, int fd)
{
    unsigned char in[PAGES];
    char *pages = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_SHARED, fd, 0);
    mincore(pages, PAGES * PAGE, in);
    printf("%-9s", what);
    for (int page = 0; page < PAGES; page++)
        putchar(in[page] & 1 ? '1' : '0');
    putchar('\n');
    munmap(pages, PAGES * PAGE);
}

static void run(const char *path, long between)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 13 * PAGE);
    printf("to %ld first\n", between);
    fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE, 13 * PAGE + 1300, 479);
    show("zeroed", fd);
    ftruncate(fd, between);
    show("larger", fd);
    ftruncate(fd, 15 * PAGE + 1301);
    show("largest", fd);
    *page = 1;
    show("stored", fd);
    munmap(page, PAGE);
    close(fd);
    unlink(path);
}

int main(void)
{
    run("before", 12 * PAGE + 1831);
    run("at", 13 * PAGE);
    run("within", 13 * PAGE + 1);
    return 0;
}
