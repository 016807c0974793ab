/* RLIMIT_AS and RLIMIT_DATA set and taken back. (gVisor 26) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
static long P = 4096;
static void r(const char *w, int x)
{
    int e = errno;
    printf("%-28s %d %s\n", w, x, x ? strerror(e) : "");
    errno = 0;
}
static void m(const char *w, void *p)
{
    int e = errno;
    printf("%-28s %s\n", w, p == MAP_FAILED ? strerror(e) : "ok");
    errno = 0;
}
int main(void)
{
    struct rlimit l;
    int a = MAP_PRIVATE | MAP_ANONYMOUS;
    getrlimit(RLIMIT_AS, &l);
    printf("%d %d\n", l.rlim_cur == RLIM_INFINITY, l.rlim_max == RLIM_INFINITY);
    l.rlim_cur = 64 << 20;
    r("set AS", setrlimit(RLIMIT_AS, &l));
    m("1 MiB", mmap(0, 1 << 20, 3, a, -1, 0));
    m("64 MiB", mmap(0, 64 << 20, 3, a, -1, 0));
    m("64 MiB none", mmap(0, 64 << 20, 0, a, -1, 0));
    m("64 MiB noreserve", mmap(0, 64 << 20, 0, a | MAP_NORESERVE, -1, 0));
    char *p = mmap(0, 2 << 20, 3, a, -1, 0);
    m("grow", mremap(p, 2 << 20, 80 << 20, MREMAP_MAYMOVE));
    m("sbrk", sbrk(80 << 20));
    l.rlim_cur = RLIM_INFINITY;
    r("reset AS", setrlimit(RLIMIT_AS, &l));
    m("64 MiB", mmap(0, 64 << 20, 3, a, -1, 0));
    getrlimit(RLIMIT_DATA, &l);
    l.rlim_cur = 1 << 20;
    r("set DATA", setrlimit(RLIMIT_DATA, &l));
    m("rw", mmap(0, P, 3, a, -1, 0));
    m("ro", mmap(0, P, 1, a, -1, 0));
    m("shared", mmap(0, P, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    char *q = mmap(0, 4 * P, 1, a, -1, 0);
    r("mprotect to rw", mprotect(q, P, 3));
    m("sbrk", sbrk(4 << 20));
    l.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_DATA, &l);
    l.rlim_cur = 10;
    l.rlim_max = 5;
    r("cur over max", setrlimit(RLIMIT_CORE, &l));
    r("bad resource", setrlimit(99, &l));
    r("bad resource", getrlimit(-1, &l));
    r("bad pointer", getrlimit(RLIMIT_AS, (void *)8));
    getrlimit(RLIMIT_STACK, &l);
    printf("stack %ld\n", (long)l.rlim_cur);
    return 0;
}
