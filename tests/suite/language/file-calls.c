/* What file calls give and set errno to: open, read, write, lseek, stat, truncate, dup, fcntl, fallocate, unlink, devices. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <fcntl.h>
#include <string.h>
#include <errno.h>
#include <sys/stat.h>
#define SHOW(x)                                                                                                        \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        long r_ = (long)(x);                                                                                           \
        printf("%s = %ld %s\n", #x, r_, errno ? strerror(errno) : "");                                                 \
    } while (0)

int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0644);
    printf("%d\n", fd);
    SHOW(open("f", O_RDWR | O_CREAT | O_EXCL, 0644));
    SHOW(open("nope", O_RDONLY));
    SHOW(open("f/x", O_RDONLY));
    SHOW(open(".", O_WRONLY));
    SHOW(open("", O_RDONLY));
    SHOW(open("nodir/x", O_CREAT | O_RDWR, 0600));
    SHOW(write(fd, "hello world", 11));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(lseek(fd, -5, SEEK_END));
    char b[32] = {0};
    SHOW(read(fd, b, 32));
    puts(b);
    SHOW(read(fd, b, 1));
    SHOW(lseek(fd, -100, SEEK_SET));
    SHOW(lseek(fd, 0, 99));
    SHOW(pread(fd, b, 5, 6));
    SHOW(pwrite(fd, "W", 1, 6));
    SHOW(pread(fd, b, -1, 0));
    SHOW(pread(fd, b, 5, -1));
    SHOW(lseek(fd, 100, SEEK_SET));
    SHOW(write(fd, "!", 1));
    int dir = open(".", O_RDONLY);
    SHOW(lseek(dir, 0, SEEK_END));
    SHOW(lseek(dir, 1, SEEK_CUR));
    SHOW(lseek(dir, -7, SEEK_END));
    SHOW(lseek(dir, 5, SEEK_DATA));
    SHOW(lseek(dir, 5, SEEK_HOLE));
    SHOW(lseek(dir, -1, SEEK_HOLE));
    close(dir);
    struct stat st;
    SHOW(fstat(fd, &st));
    printf("%ld %o %ld %d\n", st.st_size, st.st_mode, st.st_nlink, S_ISREG(st.st_mode));
    printf("%ld\n", st.st_blksize);
    SHOW(stat("f", &st));
    SHOW(stat("nope", &st));
    SHOW(stat(".", &st));
    printf("%d\n", S_ISDIR(st.st_mode));
    SHOW(fstat(99, &st));
    SHOW(fstat(fd, (struct stat *)8));
    SHOW(ftruncate(fd, 5));
    SHOW(fstat(fd, &st));
    printf("%ld\n", st.st_size);
    SHOW(ftruncate(fd, -1));
    SHOW(truncate("f", 20));
    SHOW(stat("f", &st));
    printf("%ld\n", st.st_size);
    SHOW(truncate("nope", 1));
    int ro = open("f", O_RDONLY);
    SHOW(ftruncate(ro, 1));
    SHOW(write(ro, "x", 1));
    int wo = open("f", O_WRONLY | O_APPEND);
    SHOW(read(wo, b, 1));
    SHOW(write(wo, "end", 3));
    SHOW(lseek(wo, 0, SEEK_CUR));
    printf("%x %x\n", fcntl(wo, F_GETFL), fcntl(ro, F_GETFL) & O_ACCMODE);
    int d = dup(fd);
    printf("%d\n", d);
    SHOW(lseek(d, 3, SEEK_SET));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(dup2(fd, 20));
    SHOW(dup2(fd, fd));
    SHOW(dup2(99, 5));
    SHOW(dup(99));
    SHOW(fcntl(fd, F_DUPFD, 30));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_SETFD, FD_CLOEXEC));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(20, F_GETFD));
    SHOW(fcntl(fd, 9999));
    SHOW(close(20));
    SHOW(close(20));
    SHOW(fsync(fd));
    SHOW(fdatasync(fd));
    SHOW(fsync(99));
    SHOW(fallocate(fd, 0, 0, 8192));
    SHOW(fstat(fd, &st));
    printf("%ld %ld\n", st.st_size, st.st_blocks);
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 4096));
    SHOW(fstat(fd, &st));
    printf("%ld\n", st.st_size);
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    SHOW(fallocate(fd, 0, 0, 0));
    SHOW(fallocate(ro, 0, 0, 10));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    SHOW(posix_fadvise(fd, 0, 0, 77));
    SHOW(posix_fadvise(99, 0, 0, 0));
    SHOW(unlink("f"));
    SHOW(unlink("f"));
    SHOW(fstat(fd, &st));
    printf("%ld\n", st.st_nlink);
    SHOW(unlink("."));
    SHOW(write(fd, (void *)8, 4));
    SHOW(read(fd, (void *)8, 4));
    SHOW(open((char *)8, 0));
    SHOW(creat("g", 0600));
    SHOW(close(open("g", O_TRUNC | O_RDWR)));
    sync();
    int z = open("/dev/zero", O_RDWR);
    SHOW(read(z, b, 4));
    printf("%d\n", b[0]);
    SHOW(write(z, b, 4));
    int nl = open("/dev/null", O_RDWR);
    SHOW(read(nl, b, 4));
    SHOW(write(nl, b, 4));
    SHOW(fstat(nl, &st));
    printf("%d\n", S_ISCHR(st.st_mode));
    return 0;
}
