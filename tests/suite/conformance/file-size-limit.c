/* RLIMIT_FSIZE: a write looks at it as a signed number, so that a huge limit allows none, while a new size is compared
   without a sign. (mm/filemap.c or fs/read_write.c: generic_write_check_limits; fs/attr.c: inode_newsize_ok) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <sys/resource.h>

static int signals;

static void count(int signal)
{
    signals++;
}

static void limit_to(rlim_t soft)
{
    struct rlimit limit = { soft, RLIM_INFINITY };
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Printing comes without the limit: standard output may be a file as well. */
static void report(const char *what, long result, rlim_t soft)
{
    int error = errno;
    limit_to(RLIM_INFINITY);
    printf("  %-28s %ld %s, SIGXFSZ %d\n", what, result, result == -1 ? strerror(error) : "", signals);
    signals = 0;
    limit_to(soft);
}

static void look(const char *name, rlim_t soft)
{
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    printf("%s\n", name);
    limit_to(soft);
    report("a write", pwrite(fd, "0123456789", 10, 0), soft);
    report("one from a bad buffer", pwrite(fd, (char *)1, 10, 4), soft);
    report("one further on", pwrite(fd, "0123456789", 10, 4090), soft);
    report("a larger size", ftruncate(fd, 8192), soft);
    report("an end far away", ftruncate(fd, 1L << 40), soft);
    limit_to(RLIM_INFINITY);
    close(fd);
}

int main(void)
{
    signal(SIGXFSZ, count);
    look("no limit", RLIM_INFINITY);
    look("5 bytes", 5);
    look("2^63 - 1", ((rlim_t)1 << 63) - 1);
    look("2^63", (rlim_t)1 << 63);
    look("2^64 - 2", RLIM_INFINITY - 1);
    return 0;
}
