/* Where the windows of readahead begin and end. How far they go depends on the disk (read_ahead_kb): what is
   printed does not, but all of it is there to be compared, mapped. (mm/readahead.c) */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static char bytes[PAGE];

static void report(const char *what, char *p)
{
    unsigned char in[6];
    mincore(p, 6 * PAGE, in);
    printf("%-32s", what);
    for (int i = 0; i < 6; i++)
        putchar('0' + (in[i] & 1));
    putchar('\n');
}

/* Windows double, and end where four pages do: after 1 to 4, 5 to 11, where 32 pages are the most. */
static void unaligned(void)
{
    int fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0600);
    pwrite(fd, bytes, PAGE, 0);
    ftruncate(fd, 60 * PAGE);
    char *p = mmap(NULL, 60 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    read(fd, bytes, PAGE);
    report("the page that was written", p);
    read(fd, bytes, 1);
    report("the next one", p);
    for (int page = 2; page < 14; page++)
        pread(fd, bytes, 1, page * PAGE);
    report("the marks reached", p);
}

/* A window of twice the size stays one of twice the size: its mark, which is not mapped around a fault, lies
   behind the file, or not. */
static void doubled(const char *name, int advice, const char *what)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    posix_fadvise(fd, 0, 0, advice);
    ftruncate(fd, 14 * PAGE);
    char *p = mmap(NULL, 14 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    *(volatile char *)p;
    report(what, p);
}

int main(void)
{
    unaligned();
    doubled("b", POSIX_FADV_RANDOM, "sequential, then random");
    doubled("c", POSIX_FADV_NORMAL, "then normal");
    return 0;
}
