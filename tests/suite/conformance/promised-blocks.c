/* A block that was promised to a write (delayed allocation) is data for lseek, though the write failed, and the page has left
   the page cache, before the file grew over it. (fs/ext4/inode.c: ext4_da_write_begin; fs/iomap/seek.c: iomap_seek_data) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096

static void report(const char *what, long result)
{
    printf("  %-10s %ld %s\n", what, result, result == -1 ? strerror(errno) : "");
}

int main(void)
{
    char *bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int page = 0; page < 2; page++) {
        for (int drop = 0; drop < 2; drop++) {
            int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
            printf("page %d%s\n", page, drop ? ", dropped" : "");
            report("written", pwrite(fd, bad, 100, page * PAGE));
            report("data", lseek(fd, 0, SEEK_DATA));
            if (drop)
                posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            report("grown", ftruncate(fd, 2 * PAGE + 539));
            report("data", lseek(fd, 11, SEEK_DATA));
            report("hole", lseek(fd, 0, SEEK_HOLE));
            posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            report("data", lseek(fd, 11, SEEK_DATA));
            fsync(fd);
            report("data", lseek(fd, 11, SEEK_DATA));
            close(fd);
        }
    }
    return 0;
}
