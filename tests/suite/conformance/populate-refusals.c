/* What MADV_POPULATE_READ and MADV_POPULATE_WRITE refuse, and what they leave. (selftests 155) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
static long P = 4096;
static void r(const char *w, int x)
{
    int e = errno;
    printf("%-28s %d %s\n", w, x, x ? strerror(e) : "");
    errno = 0;
}
int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 8 * P);
    int ro = open("f", O_RDONLY);
    char *anon = mmap(0, 8 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    r("populate read none", madvise(mmap(0, P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), P, MADV_POPULATE_READ));
    r("populate write ro", madvise(mmap(0, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), P, MADV_POPULATE_WRITE));
    r("populate read wo", madvise(mmap(0, P, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), P, MADV_POPULATE_READ));
    r("populate write wo", madvise(mmap(0, P, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), P, MADV_POPULATE_WRITE));
    r("populate read exec", madvise(mmap(0, P, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), P, MADV_POPULATE_READ));
    munmap(anon + 3 * P, P);
    unsigned char v[8];
    r("hole middle", madvise(anon, 8 * P, MADV_POPULATE_WRITE));
    int m = mincore(anon, 3 * P, v);
    printf("%d %d%d%d\n", m, v[0], v[1], v[2]);
    m = mincore(anon + 4 * P, 4 * P, v);
    printf("%d %d%d%d%d\n", m, v[0], v[1], v[2], v[3]);
    r("hole end", madvise(anon, 4 * P, MADV_POPULATE_READ));
    r("hole start", madvise(anon + 3 * P, 4 * P, MADV_POPULATE_READ));
    char *f = mmap(0, 10 * P, 3, MAP_SHARED, fd, 0);
    r("beyond eof", madvise(f, 10 * P, MADV_POPULATE_READ));
    r("beyond eof w", madvise(f, 10 * P, MADV_POPULATE_WRITE));
    char *huge = mmap(0, 1L << 40, PROT_READ, MAP_SHARED, fd, 0);
    r("beyond eof, and any RAM", madvise(huge, 1L << 40, MADV_POPULATE_READ));
    r("shared w", madvise(f, 8 * P, MADV_POPULATE_WRITE));
    char *g = mmap(0, 4 * P, PROT_READ, MAP_SHARED, ro, 0);
    r("ro shared w", madvise(g, 4 * P, MADV_POPULATE_WRITE));
    r("ro shared r", madvise(g, 4 * P, MADV_POPULATE_READ));
    r("unaligned", madvise(g + 1, P, MADV_POPULATE_READ));
    r("length 0", madvise(g, 0, MADV_POPULATE_READ));
    r("length 1", madvise(g, 1, MADV_POPULATE_READ));
    return 0;
}
