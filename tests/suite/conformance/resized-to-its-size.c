/* ftruncate to the size that a file has: what lies behind its end goes, be it a page that a failed
   write left there or bytes stored there through a mapping. (T 38) */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define NOWHERE ((void *)0x20000000)

static int cached(char *p)
{
    unsigned char vec;
    mincore(p, PAGE, &vec);
    return vec;
}

static void try(const char *what, int fd)
{
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    pwrite(fd, NOWHERE, 100, 0);
    printf("%s: after a failed write %d", what, cached(p));
    ftruncate(fd, 0);
    printf(", resized %d\n", cached(p));
    ftruncate(fd, 100);
    p[200] = 'x';
    printf("%s: stored behind the end %c", what, p[200]);
    ftruncate(fd, 100);
    printf(", resized %d\n", p[200]);
}

int main(void)
{
    try("memfd", memfd_create("m", 0));
    try("disk", open("d", O_RDWR | O_CREAT | O_TRUNC, 0600));
    return 0;
}
