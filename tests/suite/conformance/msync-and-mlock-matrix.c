/* msync and the mlock family on five kinds of mappings. (gVisor 73, 74, 83, 85, 86; open_posix 148) */
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
    ftruncate(fd, 4 * P);
    int m = memfd_create("m", 0);
    ftruncate(m, 4 * P);
    char *maps[5] = {mmap(0, 4 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     mmap(0, 4 * P, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0), mmap(0, 4 * P, 3, MAP_PRIVATE, fd, 0),
                     mmap(0, 4 * P, 3, MAP_SHARED, fd, 0), mmap(0, 4 * P, 3, MAP_SHARED, m, 0)};
    for (int i = 0; i < 5; i++) {
        char *p = maps[i];
        printf("-- %d\n", i);
        p[0] = 1;
        p[P] = 2;
        r("sync", msync(p, 4 * P, MS_SYNC));
        r("async", msync(p, 4 * P, MS_ASYNC));
        r("invalidate", msync(p, 4 * P, MS_INVALIDATE));
        r("none", msync(p, 4 * P, 0));
        r("both", msync(p, 4 * P, MS_SYNC | MS_ASYNC));
        r("bad flag", msync(p, 4 * P, 8));
        r("unaligned", msync(p + 1, P, MS_SYNC));
        r("length 0", msync(p, 0, MS_SYNC));
        r("length odd", msync(p, 5, MS_SYNC));
        r("wrap", msync(p, -1, MS_SYNC));
        r("mlock", mlock(p, P));
        r("invalidate locked", msync(p, 4 * P, MS_INVALIDATE));
        r("invalidate unlocked part", msync(p + P, P, MS_INVALIDATE));
        r("sync locked", msync(p, 4 * P, MS_SYNC));
        r("munlock", munlock(p, P));
        mprotect(p, P, PROT_NONE);
        r("none prot", msync(p, 4 * P, MS_SYNC));
        munmap(p + P, P);
        r("hole", msync(p, 4 * P, MS_SYNC));
        r("hole async", msync(p, 4 * P, MS_ASYNC));
        r("munlock hole", munlock(p, 4 * P));
        r("mlock hole", mlock(p, 4 * P));
        r("mlock none", mlock(p, P));
        r("mlock2", mlock2(p + 2 * P, P, MLOCK_ONFAULT));
        r("mlock2 bad", mlock2(p + 2 * P, P, 4));
        r("mlock 0", mlock(p, 0));
        r("mlock wrap", mlock(p, -1L));
        r("mlock odd", mlock(p + 2 * P + 7, 3));
    }
    r("mlockall 0", mlockall(0));
    r("mlockall bad", mlockall(8));
    r("mlockall onfault", mlockall(MCL_ONFAULT));
    r("mlockall future", mlockall(MCL_FUTURE));
    char *p = mmap(0, 2 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char v[2];
    mincore(p, 2 * P, v);
    printf("%d %d\n", v[0], v[1]);
    r("dontneed locked", madvise(p, P, MADV_DONTNEED));
    r("munlockall", munlockall());
    r("dontneed", madvise(p, P, MADV_DONTNEED));
    r("mlockall current", mlockall(MCL_CURRENT));
    r("mlockall c onfault", mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
    p = mmap(0, 2 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mincore(p, 2 * P, v);
    printf("%d %d\n", v[0], v[1]);
    r("munlockall", munlockall());
    return 0;
}
