/* Hole punching, truncation and growth under live mappings, of a disk file and of a memfd. (gVisor 40, 41; Asterinas 172) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
static long P = 4096;
static void r(const char *w, long x)
{
    int e = errno;
    printf("%-28s %ld %s\n", w, x, x < 0 ? strerror(e) : "");
    errno = 0;
}
int main(void)
{
    for (int k = 0; k < 2; k++) {
        printf("-- %d\n", k);
        int fd = k ? memfd_create("x", 0) : open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
        for (int i = 0; i < 8; i++) {
            char b[4096];
            memset(b, 'a' + i, P);
            write(fd, b, P);
        }
        char *s = mmap(0, 8 * P, 3, MAP_SHARED, fd, 0), *p = mmap(0, 8 * P, 3, MAP_PRIVATE, fd, 0);
        p[2 * P] = '!';
        p[5 * P] = '!';
        r("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, P, 2 * P));
        for (int i = 0; i < 8; i++)
            printf("%d/%d ", s[i * P], p[i * P]);
        printf("\n");
        r("punch part", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * P + 100, 50));
        printf("%d %d %d %d\n", s[3 * P + 99], s[3 * P + 100], s[3 * P + 149], s[3 * P + 150]);
        r("punch no keep", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, P));
        r("zero range", fallocate(fd, FALLOC_FL_ZERO_RANGE, 4 * P, P));
        printf("%d\n", s[4 * P]);
        r("extend", fallocate(fd, 0, 8 * P, P));
        struct stat st;
        fstat(fd, &st);
        printf("%ld\n", (long)st.st_size);
        r("extend keep", fallocate(fd, FALLOC_FL_KEEP_SIZE, 9 * P, P));
        fstat(fd, &st);
        printf("%ld\n", (long)st.st_size);
        r("length 0", fallocate(fd, 0, 0, 0));
        r("negative", fallocate(fd, 0, -1, 10));
        r("truncate", ftruncate(fd, 5 * P + 10));
        printf("%d %d\n", s[5 * P + 9], s[5 * P + 10]);
        r("grow", ftruncate(fd, 8 * P));
        for (int i = 0; i < 8; i++)
            printf("%d/%d ", s[i * P], p[i * P]);
        printf("\n");
        r("negative", ftruncate(fd, -1));
        r("huge", ftruncate(fd, 1L << 62));
        r("remove", madvise(s, P, MADV_REMOVE));
        printf("%d\n", s[0]);
        munmap(s, 8 * P);
        munmap(p, 8 * P);
        close(fd);
        r("closed", ftruncate(fd, 0));
        int ro = open("f", O_RDONLY | O_CREAT, 0600);
        r("ro", ftruncate(ro, 0));
        r("ro falloc", fallocate(ro, 0, 0, P));
    }
    r("path", truncate("f", 100));
    r("no path", truncate("nofile", 100));
    r("dir", truncate(".", 0));
    int pp[2];
    pipe(pp);
    r("pipe", ftruncate(pp[1], 0));
    r("pipe falloc", fallocate(pp[1], 0, 0, 1));
    return 0;
}
