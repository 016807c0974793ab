/* The page at which a read begins the next readahead: what was read ahead may be there already, in
   part. All pages but those written are holes, so that nothing waits for a disk. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 8

static char page[PAGE], *p;

static int holes(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, PAGES * PAGE);
    p = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    return fd;
}

static void cached(const char *what)
{
    unsigned char in[PAGES];
    mincore(p, PAGES * PAGE, in);
    printf("%-44s", what);
    for (int i = 0; i < PAGES; i++)
        printf("%d", in[i]);
    puts("");
}

int main(void)
{
    int fd = holes("a");
    pread(fd, page, 1, 0);
    cached("a byte of page 0: four pages");
    pread(fd, page, 1, PAGE);
    cached("of page 1, which is marked: the next window");

    fd = holes("b");
    pwrite(fd, page, PAGE, 4 * PAGE);
    cached("page 4 written to");
    pread(fd, page, 1, 0);
    cached("a byte of page 0");
    pread(fd, page, 1, PAGE);
    cached("of page 1: the window begins with page 4");

    fd = holes("c");
    pwrite(fd, page, PAGE, 4 * PAGE);
    pread(fd, page, 1, 0);
    *(volatile char *)(p + PAGE);
    cached("a load from page 1 does the same");

    fd = holes("d");
    pread(fd, page, 1, 0);
    *(volatile char *)p;
    cached("a load from page 0 does not");
    *(volatile char *)(p + 2 * PAGE);
    cached("nor one from page 2");
    return 0;
}
