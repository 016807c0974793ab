/* Pages that fallocate gives a file. In tmpfs they are there, but no data before their first use; on
   the disk they are blocks that read as zeros, and a hole until they are in the page cache. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define AT ((char *)0x10000000)

static char text[1 << 17], bytes[4 * PAGE];

static int field(const char *name)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    return atoi(strstr(strstr(text, "10000000-"), name) + strlen(name));
}

static void report(const char *what, int fd)
{
    unsigned char in[4];
    mincore(AT, 4 * PAGE, in);
    long data = lseek(fd, 0, SEEK_DATA), hole = lseek(fd, 0, SEEK_HOLE);
    printf("%-34s %d%d%d%d, data %ld, hole %ld, Rss %d, dirty %d\n", what, in[0], in[1], in[2], in[3], data, hole,
           field("\nRss:"), field("\nPrivate_Dirty:"));
}

static void map(int fd)
{
    mmap(AT, 4 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
}

static void each(const char *kind, int fd, int mode, int first)
{
    printf("%s\n", kind);
    fallocate(fd, mode, first * PAGE, (4 - first) * PAGE);
    map(fd);
    report("reserved", fd);
    struct stat s;
    fstat(fd, &s);
    printf("%-34s %ld bytes, blocks of %ld\n", "its size", (long)s.st_size, (long)s.st_blocks * 512);
    pread(fd, bytes, sizeof bytes, 0);
    report("read", fd);
    fallocate(fd, 0, PAGE, PAGE);
    report("page 1 reserved again", fd);
    pwrite(fd, "x", 1, 3 * PAGE);
    report("page 3 written to", fd);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    getrusage(RUSAGE_SELF, &before);
    *(volatile char *)(AT + 2 * PAGE);
    getrusage(RUSAGE_SELF, &after);
    report("page 2 loaded", fd);
    printf("%-34s minor %ld, major %ld\n", "its faults", after.ru_minflt - before.ru_minflt, after.ru_majflt - before.ru_majflt);
    *(volatile char *)AT;
    report("page 0 loaded", fd);
    close(fd);
}

/* A write that failed leaves a page behind the end. Writeback makes it clean, and writes nothing. */
static void promised(const char *what, const char *name, int writes, int forgets)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    map(fd);
    if (writes)
        pwrite(fd, AT, 100, 0);
    fsync(fd);
    if (forgets)
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    fallocate(fd, FALLOC_FL_ZERO_RANGE, 600, 100);
    *(volatile char *)AT;
    report(what, fd);
    close(fd);
}

int main(void)
{
    each("memfd", memfd_create("m", 0), 0, 0);
    each("memfd, its size kept", memfd_create("m", 0), FALLOC_FL_KEEP_SIZE, 1);
    each("disk", open("a", O_RDWR | O_CREAT | O_TRUNC, 0600), 0, 0);

    puts("a page that a load made is clean before it is reserved");
    int fd = memfd_create("m", 0);
    ftruncate(fd, 4 * PAGE);
    map(fd);
    *(volatile char *)AT;
    report("loaded", fd);
    fallocate(fd, 0, 0, 4 * PAGE);
    report("reserved", fd);

    puts("pages that are reserved are not mapped around a fault");
    fd = memfd_create("m", 0);
    pwrite(fd, bytes, PAGE, 0);
    fallocate(fd, 0, 0, 4 * PAGE);
    map(fd);
    *(volatile char *)AT;
    report("page 0 loaded", fd);
    pwrite(fd, bytes, PAGE, PAGE);
    map(fd);
    *(volatile char *)AT;
    report("page 1 written to, page 0 loaded", fd);

    puts("a part of a disk file's page: nothing is dirty where the page was only reserved");
    fd = open("b", O_RDWR | O_CREAT | O_TRUNC, 0600);
    fallocate(fd, 0, 0, 2 * PAGE);
    pwrite(fd, bytes, 2 * PAGE, 2 * PAGE);
    fsync(fd);
    map(fd);
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE + 100, 100);
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * PAGE + 100, 100);
    report("a hole in pages 1 and 3", fd);
    *(volatile char *)(AT + PAGE);
    *(volatile char *)(AT + 3 * PAGE);
    report("loaded", fd);
    fallocate(fd, FALLOC_FL_ZERO_RANGE, 2 * PAGE, PAGE + 100);
    report("zeroed from page 2 to within 3", fd);
    ftruncate(fd, PAGE + 100);
    fallocate(fd, 0, 0, 4 * PAGE);
    report("cut to page 1, and reserved anew", fd);

    puts("but where a page has found its block, its part is zeroed");
    promised("no page", "c", 0, 0);
    promised("a page that was written back", "d", 1, 0);
    promised("and forgotten", "e", 1, 1);
    return 0;
}
