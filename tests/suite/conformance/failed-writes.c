/* What reads and writes with buffers that cannot be used leave behind. (mm/filemap.c: generic_perform_write
   brings the page of the file in, and lets the file grow, before it looks at the buffer; rw_verify_area) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096

static void report(const char *what, int fd, ssize_t n)
{
    const char *why = n == -1 ? strerror(errno) : "";
    struct stat st;
    fstat(fd, &st);
    unsigned char in[4];
    char *map = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    mincore(map, 4 * PAGE, in);
    munmap(map, 4 * PAGE);
    printf("%-40s %ld %s, size %ld, cached %d%d%d%d\n", what, (long)n, why, (long)st.st_size,
           in[0] & 1, in[1] & 1, in[2] & 1, in[3] & 1);
    errno = 0;
}

static void look(int fd)
{
    char *bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *half = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(half, 'h', PAGE);
    munmap(half + PAGE, PAGE);

    report("a write at 0 from a bad buffer", fd, pwrite(fd, bad, 10, 0));
    report("one behind the end", fd, pwrite(fd, bad, 10, PAGE + 100));
    report("a read there", fd, pread(fd, half, 10, 50));
    report("a read past the end into a bad buffer", fd, pread(fd, bad, 10, 3 * PAGE));
    report("a read before the end into it", fd, pread(fd, bad, 10, 50));
    report("a write of which a part can be read", fd, pwrite(fd, half + PAGE - 10, 100, 2 * PAGE));
    report("two pages, one of them bad", fd, pwrite(fd, half, 2 * PAGE, 2 * PAGE));
    report("a write at the open file's offset", fd, write(fd, bad, 10));
    printf("the offset is %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    report("offset and count overflow: read", fd, pread(fd, half, 10, INT64_MAX - 5));
    report("and write", fd, pwrite(fd, half, 10, INT64_MAX - 5));
    char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memcpy(map, "0123456789", 10);
    report("a read into the page itself", fd, pread(fd, map + 200, 100, 0));
    printf("%.20s\n", map + 200);
    report("a write from it", fd, pwrite(fd, map, 100, 300));
    printf("%.40s\n", map + 300);
}

int main(void)
{
    puts("on the disk");
    look(open("data", O_CREAT | O_RDWR | O_TRUNC, 0644));
    puts("in memory");
    look(memfd_create("data", 0));
    return 0;
}
