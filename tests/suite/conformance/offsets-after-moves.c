/* Mappings show the right pages of their file after splits, merges, moves and growth. (LTP 118; selftests 151, 152) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
static long P = 4096;
int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 16; i++) {
        char b[4096];
        memset(b, 'a' + i, P);
        write(fd, b, P);
    }
    /* pgoff right after merges and moves */
    char *b = mmap(0, 16 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(b, 16 * P, 3, MAP_SHARED | MAP_FIXED, fd, 0);
    mprotect(b + 4 * P, 4 * P, 1);
    mprotect(b + 6 * P, 4 * P, 1);
    mprotect(b + 4 * P, 6 * P, 3);
    for (int i = 0; i < 16; i++)
        putchar(b[i * P]);
    putchar('\n');
    char *q = mremap(b + 5 * P, 3 * P, 3 * P, MREMAP_MAYMOVE | MREMAP_FIXED, b + 12 * P);
    for (int i = 0; i < 16; i++) {
        if (i >= 5 && i < 8)
            putchar('.');
        else
            putchar(b[i * P]);
    }
    putchar('\n');
    q = mremap(q, 3 * P, 6 * P, MREMAP_MAYMOVE);
    for (int i = 0; i < 6; i++)
        putchar(q[i * P]);
    putchar('\n');
    q = mremap(q, 6 * P, P, 0);
    printf("%c\n", q[0]);
    mmap(b + 5 * P, 3 * P, 3, MAP_SHARED | MAP_FIXED, fd, 5 * P);
    for (int i = 0; i < 12; i++)
        putchar(b[i * P]);
    putchar('\n');
    /* expand within a neighbouring hole, then merge with what follows */
    char *x = mmap(0, 8 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++)
        x[i * P] = '0' + i;
    munmap(x + 2 * P, 3 * P);
    q = mremap(x, 2 * P, 5 * P, 0);
    printf("%d\n", q == x);
    for (int i = 0; i < 8; i++)
        printf("%d ", x[i * P]);
    printf("\n");
    q = mremap(x + 2 * P, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    printf("%d %d %d\n", q != MAP_FAILED, q != MAP_FAILED ? q[0] : -1, x[2 * P]);
    errno = 0;
    q = mremap(b, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    int e = errno;
    printf("%d %d\n", q != MAP_FAILED, e);
    if (q != MAP_FAILED)
        printf("%c %c\n", q[0], b[0]);
    q = mremap(b, 0, 2 * P, MREMAP_MAYMOVE);
    printf("%c %c %d\n", q[0], q[P], q != b);
    q[0] = 'Z';
    printf("%c\n", b[0]);
    return 0;
}
