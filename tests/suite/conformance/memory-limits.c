/* What RLIMIT_DATA and RLIMIT_AS refuse, and when; what RLIMIT_MEMLOCK does not refuse root. (T 26) */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGE 4096
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void tell(const char *what, int failed)
{
    printf("%-44s %s\n", what, failed ? strerror(errno) : "ok");
}

static void limit(int resource, rlim_t soft)
{
    struct rlimit l;
    getrlimit(resource, &l);
    l.rlim_cur = soft;
    setrlimit(resource, &l);
}

static void *map(int prot, int flags, size_t pages)
{
    return mmap(NULL, pages * PAGE, prot, flags, -1, 0);
}

static void data(void)
{
    char *p = map(R, ANON, 4);
    limit(RLIMIT_DATA, PAGE);
    tell("RLIMIT_DATA of a page: private, writable", map(RW, ANON, 4) == MAP_FAILED);
    tell("read-only", map(R, ANON, 4) == MAP_FAILED);
    tell("shared, writable", map(RW, MAP_SHARED | MAP_ANONYMOUS, 4) == MAP_FAILED);
    tell("read-only made writable", mprotect(p, PAGE, RW));
    limit(RLIMIT_DATA, 0);
    tell("RLIMIT_DATA of 0: private, writable", map(RW, ANON, 4) == MAP_FAILED);
    tell("read-only made writable", mprotect(p, PAGE, RW));
    limit(RLIMIT_DATA, RLIM_INFINITY);
}

static void address_space(void)
{
    char *p = map(RW, ANON, 4);
    limit(RLIMIT_AS, PAGE);
    tell("RLIMIT_AS of a page: read-only", map(R, ANON, 1) == MAP_FAILED);
    tell("over what is there", mmap(p, PAGE, R, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
    tell("grown", mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    tell("moved", mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * PAGE) == MAP_FAILED);
    limit(RLIMIT_AS, RLIM_INFINITY);
}

/* What holds for others (unprivileged/locked-memory-limit.c). */
static void locked_memory(void)
{
    limit(RLIMIT_MEMLOCK, 2 * PAGE);
    tell("root's RLIMIT_MEMLOCK of two pages: four locked", mlock(map(RW, ANON, 4), 4 * PAGE));
    tell("MAP_LOCKED", map(RW, ANON | MAP_LOCKED, 4) == MAP_FAILED);
    limit(RLIMIT_MEMLOCK, 0);
    tell("a limit of 0", map(RW, ANON | MAP_LOCKED, 4) == MAP_FAILED);
    tell("mlockall", mlockall(MCL_CURRENT));
}

int main(void)
{
    data();
    address_space();
    locked_memory();
    return 0;
}
