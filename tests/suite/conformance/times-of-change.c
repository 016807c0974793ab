/* When a file's mtime changes: stores through a shared mapping count where they fault, fallocate
   and ftruncate also where they find nothing to do. (open_posix 145) */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define KEEP FALLOC_FL_KEEP_SIZE
#define PUNCH (FALLOC_FL_PUNCH_HOLE | KEEP)

static int fd;
static struct stat before;

static int changed(void)
{
    struct stat now;
    int differs;
    fstat(fd, &now);
    differs = now.st_mtim.tv_nsec != before.st_mtim.tv_nsec || now.st_mtim.tv_sec != before.st_mtim.tv_sec;
    before = now;
    usleep(20000);
    return differs;
}

static void show(const char *what)
{
    printf("  %s: %s\n", what, changed() ? "changed" : "the same");
}

static void through_mapping(void)
{
    char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    volatile char c;
    show("mapped");
    c = p[0];
    show("loaded");
    p[0] = 1;
    show("stored after a load");
    p[1] = 2;
    show("stored again");
    p[PAGE] = 3;
    show("stored to another page");
    q[0] = 4;
    show("stored to a private mapping");
    msync(p, 8 * PAGE, MS_SYNC);
    show("synced");
    p[PAGE] = 5;
    show("stored after that");
    madvise(p, PAGE, MADV_REMOVE);
    show("removed");
    pread(fd, p + 2 * PAGE, 10, 0);
    show("read from itself into another page");
    munmap(p, 8 * PAGE);
    munmap(q, PAGE);
}

static void by_calls(const char *name)
{
    pwrite(fd, "", 0, 0);
    show("empty write");
    pwrite(fd, (void *)PAGE, 10, 0);
    show("failed write");
    fallocate(fd, 0, 0, PAGE);
    show("allocated what was there");
    fallocate(fd, KEEP, 0, 20 * PAGE);
    show("allocated behind the end");
    fallocate(fd, 0, -1, PAGE);
    show("fallocate refused");
    fallocate(fd, PUNCH, 100 * PAGE, PAGE);
    show("punched behind the end");
    fallocate(fd, PUNCH, 10, 10);
    show("punched within a page");
    ftruncate(fd, 8 * PAGE);
    show("ftruncate to the same size");
    truncate(name, 8 * PAGE);
    show("truncate to the same size");
    truncate(name, 0);
    show("truncate to nothing");
    truncate(name, 0);
    show("and again");
    ftruncate(fd, 0);
    show("ftruncate to nothing");
    close(open(name, O_RDWR | O_TRUNC));
    show("opened with O_TRUNC");
}

static void try(const char *name)
{
    printf("%s\n", name);
    fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 8 * PAGE);
    changed();
    through_mapping();
    by_calls(name);
    unlink(name);
    close(fd);
}

int main(void)
{
    try("times");
    try("/dev/shm/lab-times");
    return 0;
}
