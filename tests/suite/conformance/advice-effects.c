/* Advice that reaches fork, the file, or the page cache: COLD, WILLNEED, REMOVE, DONTNEED on
   files, and hole punching beside it. (LTP 121, 122; linux-facts 11, 21) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static int fd;

static void show(const char *what, int result, char *s, char *p)
{
    int error = errno;
    char f[4];
    for (int i = 0; i < 4; i++)
        if (pread(fd, &f[i], 1, i * PAGE) != 1)
            f[i] = '-';
    printf("%-26s %2d %-22s file", what, result, result ? strerror(error) : "");
    for (int i = 0; i < 4; i++)
        printf(" %c", f[i] ? f[i] : '.');
    printf(", shared");
    for (int i = 0; i < 4; i++)
        printf(" %c", s[i * PAGE] ? s[i * PAGE] : '.');
    printf(", private");
    for (int i = 0; i < 4; i++)
        printf(" %c", p[i * PAGE] ? p[i * PAGE] : '.');
    printf("\n");
    errno = 0;
}

int main(void)
{
    for (int memory = 0; memory < 2; memory++) {
        fd = memory ? memfd_create("m", 0) : open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
        printf("%s\n", memory ? "memfd" : "disk file");
        for (int i = 0; i < 4; i++)
            pwrite(fd, &"abcd"[i], 1, i * PAGE);
        ftruncate(fd, 4 * PAGE);
        char *s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
        char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
        p[0] = 'P';
        p[PAGE] = 'P';
        show("stored", 0, s, p);
        show("shared: dontneed", madvise(s, 2 * PAGE, MADV_DONTNEED), s, p);
        show("private: dontneed 1 page", madvise(p, PAGE, MADV_DONTNEED), s, p);
        p[0] = 'P';
        show("shared: remove 2 pages", madvise(s, 2 * PAGE, MADV_REMOVE), s, p);
        show("private: remove", madvise(p, PAGE, MADV_REMOVE), s, p);
        s[0] = 's';
        show("stored again", 0, s, p);
        show("punch pages 0 to 2",
             fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 3 * PAGE), s, p);
        show("punch without keep size", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, PAGE), s, p);
        show("punch half a page",
             fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * PAGE, 100), s, p);
        show("fallocate past the end", fallocate(fd, 0, 4 * PAGE, PAGE), s, p);
        printf("size %d\n", (int)lseek(fd, 0, SEEK_END));
        show("willneed", madvise(s, 4 * PAGE, MADV_WILLNEED), s, p);
        show("cold", madvise(s, 4 * PAGE, MADV_COLD), s, p);
    }
    return 0;
}
