/* A memfd: sizes, seals, and who shares it. (gVisor 95) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define RW (PROT_READ | PROT_WRITE)

static void report(const char *what, long result)
{
    printf("%-36s %ld %s\n", what, result, result == -1 ? strerror(errno) : "");
    errno = 0;
}

static long mapped(int fd, int prot, int flags)
{
    void *p = mmap(NULL, PAGE, prot, flags, fd, 0);
    if (p == MAP_FAILED)
        return -1;
    munmap(p, PAGE);
    return 0;
}

int main(void)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    struct stat st;
    report("write", write(fd, "hello", 5));
    fstat(fd, &st);
    report("size", st.st_size);
    report("links", st.st_nlink);
    report("seals at first", fcntl(fd, F_GET_SEALS));
    report("grow", ftruncate(fd, 2 * PAGE));
    report("seal shrink", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    report("shrink", ftruncate(fd, PAGE));
    report("grow", ftruncate(fd, 3 * PAGE));
    report("seal grow", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    report("grow", ftruncate(fd, 4 * PAGE));
    report("write past the end", pwrite(fd, "x", 1, 3 * PAGE));
    report("reserve before the end", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 3 * PAGE));
    report("reserve past it, the size kept", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 3 * PAGE + 1));
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    report("seal exec, while mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC));
    report("seal write, while mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(p, PAGE);
    p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    report("seal write, while mapped to read", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(p, PAGE);
    report("seal write", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    report("write", pwrite(fd, "x", 1, 0));
    report("map shared, rw", mapped(fd, RW, MAP_SHARED));
    report("map shared, r", mapped(fd, PROT_READ, MAP_SHARED));
    report("map private, rw", mapped(fd, RW, MAP_PRIVATE));
    report("seals", fcntl(fd, F_GET_SEALS));
    report("seal exec", fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC));
    report("seals", fcntl(fd, F_GET_SEALS));
    report("seal seal", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    report("seal again", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    int plain = memfd_create("plain", 0);
    report("seals without sealing", fcntl(plain, F_GET_SEALS));
    report("add to it", fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE));
    int file = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    report("seals of a file", fcntl(file, F_GET_SEALS));
    ftruncate(plain, PAGE);
    int twin = dup(plain);
    char *a = mmap(NULL, PAGE, RW, MAP_SHARED, plain, 0), *b = mmap(NULL, PAGE, RW, MAP_SHARED, twin, 0);
    a[7] = 's';
    printf("shared by a dup'd descriptor: %c\n", b[7]);
    report("unknown flag", memfd_create("x", 0x100));
    return 0;
}
