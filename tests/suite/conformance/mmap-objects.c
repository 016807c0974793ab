/* What can be mapped: pipes, directories and most devices cannot, /dev/zero can,
   and each mapping of it is memory of its own. (gVisor 1, 2, 4, 5, 17, 34) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

static void try(const char *what, int prot, int flags, int fd)
{
    errno = 0;
    char *p = mmap(NULL, 4096, prot, flags, fd, 0);
    printf("%-24s %s\n", what, p == MAP_FAILED ? strerror(errno) : "mapped");
}

static int zeros(const char *p, int length)
{
    for (int i = 0; i < length; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

int main(void)
{
    int ends[2];
    if (pipe(ends) == -1)
        return 1;
    try("pipe, read end", PROT_READ, MAP_PRIVATE, ends[0]);
    try("pipe, write end", PROT_READ, MAP_PRIVATE, ends[1]);
    try("pipe, to execute", PROT_READ | PROT_EXEC, MAP_PRIVATE, ends[0]);
    try("directory", PROT_READ, MAP_PRIVATE, open(".", O_RDONLY));
    try("/dev/null", PROT_READ, MAP_PRIVATE, open("/dev/null", O_RDWR));
    try("no descriptor", PROT_READ, MAP_PRIVATE, 99);
    try("descriptor -1", PROT_READ, MAP_SHARED, -1);
    int file = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    try("O_PATH", PROT_READ, MAP_PRIVATE, open("data", O_PATH));
    try("closed", PROT_READ, MAP_PRIVATE, (close(file), file));

    int fd = open("/dev/zero", O_RDWR);
    try("/dev/zero, private", PROT_READ, MAP_PRIVATE, fd);
    try("/dev/zero, shared", PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    char *a = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *b = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *c = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("zeros: %d %d %d\n", zeros(a, 3 * 4096), zeros(b, 3 * 4096), zeros(c, 3 * 4096));
    memset(a, 'a', 3 * 4096);
    memset(c, 'c', 2 * 4096);
    printf("a %c, b still zeros %d, c %c\n", a[5000], zeros(b, 3 * 4096), c[5000]);
    char buffer[4] = "xyz";
    int count = read(fd, buffer, 3);
    printf("read %d: %d\n", count, zeros(buffer, 3));
    munmap(a, 3 * 4096);
    a = mmap(NULL, 3 * 4096, PROT_READ, MAP_SHARED, fd, 0);
    printf("mapped again, zeros: %d\n", zeros(a, 3 * 4096));
    munmap(a, 3 * 4096);
    a = mmap(NULL, 1000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    a[4095] = 1;
    printf("1000 bytes of it end with a page: %d\n", a[4095]);
    return 0;
}
