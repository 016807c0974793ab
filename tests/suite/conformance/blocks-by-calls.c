/* Which pages of a sparse file have data, and how many blocks it has, after each way to give or take them. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static int fd;
static char bytes[50000];

static void show(const char *what)
{
    struct stat status;
    off_t at = 0, end;
    fstat(fd, &status);
    printf("  %-16s size %6ld, blocks %3ld, data", what, (long)status.st_size, (long)status.st_blocks);
    while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
        end = lseek(fd, at, SEEK_HOLE);
        printf(" %ld-%ld", (long)at, (long)end);
        at = end;
    }
    printf("\n");
}

static void try(const char *name)
{
    volatile char c;
    char *p;
    printf("%s\n", name);
    ftruncate(fd, 100000);
    show("empty");
    p = mmap(NULL, 102400, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    p[50000] = 1;
    show("store");
    c = p[70000];
    show("load");
    msync(p, 102400, MS_SYNC);
    show("msync");
    pwrite(fd, "x", 1, 20000);
    show("pwrite");
    fsync(fd);
    show("fsync");
    pwrite(fd, "end", 3, 300000);
    show("behind the end");
    fsync(fd);
    show("fsync");
    fallocate(fd, 0, 80000, 9000);
    show("fallocate");
    fallocate(fd, PUNCH, 48000, 8000);
    show("punch");
    ftruncate(fd, 85000);
    show("cut");
    ftruncate(fd, 400000);
    show("grow");
    fallocate(fd, FALLOC_FL_KEEP_SIZE, 390000, 50000);
    show("keep size");
    p[81920] = 2;
    show("store in it");
    fsync(fd);
    show("fsync");
    madvise(p + 81920, 4096, MADV_REMOVE);
    show("MADV_REMOVE");
    pread(fd, bytes, sizeof bytes, 40000);
    show("read");
    pwrite(fd, bytes, sizeof bytes, 200000);
    show("write of zeros");
    munmap(p, 102400);
    close(fd);
}

int main(void)
{
    fd = open("blocks", O_RDWR | O_CREAT | O_TRUNC, 0600);
    try("disk");
    fd = memfd_create("blocks", 0);
    try("memfd");
    unlink("blocks");
    return 0;
}
