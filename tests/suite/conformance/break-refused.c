/* brk and sbrk: a break that is refused stays where it was, what lies beyond it is gone and comes back as zeros.
   (gVisor 71) */
#include <stdio.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

int main(void)
{
    /* stdio takes its own buffer from the heap: everything is done before anything is printed. */
    int results[12], n = 0;
    char *start = sbrk(0);
    results[n++] = brk(start + 8192);
    start[0] = 1;
    start[8191] = 2;
    errno = 0;
    results[n++] = brk((void *)-1);
    results[n++] = errno;
    results[n++] = (char *)sbrk(0) == start + 8192;
    results[n++] = brk(start);
    errno = 0;
    results[n++] = sbrk((intptr_t)1 << 46) == (void *)-1;
    results[n++] = errno;
    results[n++] = sbrk(8192) == start;
    results[n++] = start[8191];
    results[n++] = sbrk(-4096) == start + 8192;
    results[n++] = (char *)sbrk(0) == start + 4096;
    results[n++] = brk(start);
    for (int i = 0; i < n; i++)
        printf("%d %d\n", i, results[i]);
    return 0;
}
