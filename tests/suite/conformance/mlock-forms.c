/* The mlock family. (gVisor 83, 85, 86, 88; LTP 106, 127; open_posix 148) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static char *map(int pages, int prot, int flags)
{
    return mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static int resident(char *p, int pages)
{
    unsigned char vec[16];
    int count = 0;
    mincore(p, pages * PAGE, vec);
    for (int i = 0; i < pages; i++)
        count += vec[i] & 1;
    return count;
}

/* Locked pages refuse to be invalidated. */
static int locked(char *p)
{
    return msync(p, PAGE, MS_ASYNC | MS_INVALIDATE) == -1 && errno == EBUSY;
}

static void report(const char *what, int result, char *p, int pages)
{
    int error = errno;
    printf("%-28s %2d %-22s resident %d, locked", what, result, result ? strerror(error) : "", resident(p, pages));
    for (int i = 0; i < pages; i++)
        printf(" %d", locked(p + i * PAGE));
    printf("\n");
    errno = 0;
}

int main(void)
{
    char *p = map(4, RW, 0);
    report("mlock of 2 bytes over an edge", mlock(p + 2 * PAGE - 1, 2), p, 4);
    report("munlock of one byte", munlock(p + PAGE, 1), p, 4);
    report("munlock twice", munlock(p + PAGE, 1), p, 4);
    report("mlock, length 0", mlock(p + 3 * PAGE, 0), p, 4);
    report("mlock2, 0", mlock2(p + 3 * PAGE, PAGE, 0), p, 4);
    p = map(4, RW, 0);
    report("mlock2, ONFAULT", mlock2(p, 4 * PAGE, MLOCK_ONFAULT), p, 4);
    p[PAGE] = 1;
    report("touched", 0, p, 4);
    report("mlock2, unknown", mlock2(p, PAGE, 8), p, 4);
    p = map(4, PROT_NONE, 0);
    report("mlock, none", mlock(p, 4 * PAGE), p, 4);
    p = map(4, PROT_READ, 0);
    report("mlock, read-only", mlock(p, 4 * PAGE), p, 4);
    p = map(4, RW, MAP_LOCKED);
    report("MAP_LOCKED", 0, p, 4);
    fflush(stdout);
    if (fork() == 0) {
        report("child", 0, p, 4);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    report("dontneed, locked", madvise(p, PAGE, MADV_DONTNEED), p, 4);
    p = mremap(p, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    report("mremap, grown", 0, p, 6);
    report("munlock all of it", munlock(p, 6 * PAGE), p, 6);
    report("dontneed", madvise(p, PAGE, MADV_DONTNEED), p, 6);
    munmap(p + 2 * PAGE, PAGE);
    report("mlock over a hole", mlock(p, 4 * PAGE), p, 2);
    report("after the hole", 0, p + 3 * PAGE, 3);
    report("mlock, overflowing", mlock(p, -1), p, 2);
    report("mlockall, 0", mlockall(0), p, 2);
    report("mlockall, ONFAULT alone", mlockall(MCL_ONFAULT), p, 2);
    report("mlockall, unknown", mlockall(8), p, 2);
    report("munlockall", munlockall(), p, 2);
    return 0;
}
