/* MADV_DONTNEED of parts of 2 MiB zeroes exactly those. (gVisor 80) */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#define M (2UL << 20)
int main(void)
{
    char *r = mmap(NULL, 4 * M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *p = (char *)(((unsigned long)r + M - 1) & ~(M - 1));
    unsigned long ranges[8][2] = {{0, M},    {0, M / 2},    {M / 2, M},         {M / 4, 3 * M / 4},
                                  {0, 4096}, {M - 4096, M}, {M / 2, M + M / 2}, {0, 2 * M}};
    for (int k = 0; k < 8; k++) {
        for (unsigned long i = 0; i < 2 * M; i += 4096)
            p[i] = 1 + (i >> 12) % 100;
        int rc = madvise(p + ranges[k][0], ranges[k][1] - ranges[k][0], MADV_DONTNEED);
        int bad = 0, zero = 0;
        for (unsigned long i = 0; i < 2 * M; i += 4096) {
            int in = i >= ranges[k][0] && i < ranges[k][1];
            int want = in ? 0 : 1 + (i >> 12) % 100;
            bad += p[i] != want;
            zero += p[i] == 0;
        }
        printf("%d: %d bad %d zero %d\n", k, rc, bad, zero);
    }
    return 0;
}
