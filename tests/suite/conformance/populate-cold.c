/* Which faults populating counts where the page is not in the cache; /dev/zero by a descriptor for
   reading; offsets past what can be mapped. (T 2, 5, 29, 32, 155) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static struct rusage before;

static void start(void)
{
    getrusage(RUSAGE_SELF, &before);
    getrusage(RUSAGE_SELF, &before);
}

static void report(const char *what)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    printf("%-28s minor %ld major %ld\n", what, now.ru_minflt - before.ru_minflt, now.ru_majflt - before.ru_majflt);
}

/* A file without any page in the cache. */
static int cold(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 16 * PAGE);
    return fd;
}

static void *file(int fd, int flags)
{
    return mmap(NULL, 4 * PAGE, RW, flags, fd, 0);
}

static void tell(const char *what, void *p)
{
    printf("%-28s %s\n", what, p == MAP_FAILED ? strerror(errno) : "ok");
}

int main(void)
{
    start();
    report("nothing");
    char *p = file(cold("a"), MAP_SHARED);
    start();
    madvise(p, 4 * PAGE, MADV_POPULATE_READ);
    report("MADV_POPULATE_READ");
    p = file(cold("b"), MAP_SHARED);
    start();
    madvise(p, 4 * PAGE, MADV_POPULATE_WRITE);
    report("MADV_POPULATE_WRITE, shared");
    p = file(cold("c"), MAP_PRIVATE);
    start();
    madvise(p, 4 * PAGE, MADV_POPULATE_WRITE);
    report("MADV_POPULATE_WRITE, private");
    p = file(cold("d"), MAP_SHARED);
    start();
    mlock(p, 4 * PAGE);
    report("mlock");
    int fd = cold("e");
    start();
    p = file(fd, MAP_SHARED | MAP_POPULATE);
    report("MAP_POPULATE");

    int zero = open("/dev/zero", O_RDONLY), directory = open(".", O_RDONLY);
    volatile char *z = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, zero, 0);
    printf("a shared page of /dev/zero: %d\n", z[0]);
    tell("its stores", mprotect((void *)z, PAGE, RW) ? MAP_FAILED : NULL);
    off_t last = -PAGE;
    tell("/dev/zero's last page", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, zero, last));
    tell("the last page before it", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, zero, last - PAGE));
    tell("a directory", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, directory, 0));
    tell("a directory's last page", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, directory, last));
    return 0;
}
