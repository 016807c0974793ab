/* How many VMAs are left by each of a long row of calls. (vma 167; Asterinas 170) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
static long P = 4096;
static int vmas(char *lo, char *hi)
{
    static char text[65536];
    int fd = open("/proc/self/maps", O_RDONLY), n = 0, k, count = 0;
    while ((k = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += k;
    text[n] = 0;
    close(fd);
    for (char *l = text; l && *l;) {
        unsigned long a = strtoul(l, 0, 16);
        count += a >= (unsigned long)lo && a < (unsigned long)hi;
        l = strchr(l, '\n');
        if (l)
            l++;
    }
    return count;
}
int main(void)
{
    char *b = mmap(0, 64 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *e = b + 64 * P;
    munmap(b, 64 * P);
    int fl = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
#define N printf("%d: %d\n", __LINE__, vmas(b, e));
    mmap(b + 4 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 6 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 2 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 10 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 8 * P, 2 * P, 3, fl, -1, 0);
    N mprotect(b + 5 * P, P, 1);
    N mprotect(b + 5 * P, P, 3);
    N b[2 * P] = 1;
    b[11 * P] = 1;
    N munmap(b + 6 * P, P);
    N mmap(b + 6 * P, P, 3, fl, -1, 0);
    N munmap(b, 64 * P);
    N mmap(b, P, 3, fl, -1, 0);
    b[0] = 1;
    mmap(b + 2 * P, P, 3, fl, -1, 0);
    b[2 * P] = 1;
    N mmap(b + P, P, 3, fl, -1, 0);
    N b[P] = 1;
    N munmap(b, 64 * P);
    mmap(b, 4 * P, 3, fl, -1, 0);
    N madvise(b + P, P, MADV_DONTFORK);
    N madvise(b + P, P, MADV_DOFORK);
    N madvise(b + P, P, MADV_SEQUENTIAL);
    N madvise(b, 4 * P, MADV_NORMAL);
    N mlock(b + 2 * P, P);
    N munlock(b, 4 * P);
    N madvise(b + P, 2 * P, MADV_WIPEONFORK);
    N madvise(b + P, 2 * P, MADV_KEEPONFORK);
    N madvise(b + P, P, MADV_DONTDUMP);
    N madvise(b + P, P, MADV_DODUMP);
    N char *q = mremap(b + P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, b + 10 * P);
    N q = mremap(q, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, b + P);
    N mmap(b + 20 * P, 2 * P, 3, fl | MAP_NORESERVE, -1, 0);
    N mmap(b + 22 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 30 * P, 2 * P, 3, fl | MAP_STACK, -1, 0);
    N mmap(b + 32 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 40 * P, 2 * P, 3, fl | MAP_POPULATE, -1, 0);
    N mmap(b + 42 * P, 2 * P, 3, fl, -1, 0);
    N mmap(b + 44 * P, 2 * P, 3, fl | MAP_LOCKED, -1, 0);
    N int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 16 * P);
    mmap(b + 50 * P, 2 * P, 1, MAP_SHARED | MAP_FIXED, fd, 0);
    N mmap(b + 52 * P, 2 * P, 1, MAP_SHARED | MAP_FIXED, fd, 2 * P);
    N mmap(b + 54 * P, 2 * P, 1, MAP_SHARED | MAP_FIXED, fd, 3 * P);
    N int fd2 = open("f", O_RDWR);
    mmap(b + 56 * P, 2 * P, 1, MAP_SHARED | MAP_FIXED, fd2, 5 * P);
    N mmap(b + 58 * P, 2 * P, 1, MAP_PRIVATE | MAP_FIXED, fd2, 7 * P);
    N int d = dup(fd2);
    mmap(b + 60 * P, 2 * P, 1, MAP_PRIVATE | MAP_FIXED, d, 9 * P);
    N mprotect(b + 50 * P, 4 * P, 3);
    N mprotect(b + 51 * P, 2 * P, 1);
    N return 0;
}
