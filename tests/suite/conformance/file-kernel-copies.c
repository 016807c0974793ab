/* System calls whose buffers lie in mappings. (gVisor 47, 49, 52; linux-facts 18) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static void report(const char *what, ssize_t n)
{
    printf("%-36s %ld %s\n", what, (long)n, n == -1 ? strerror(errno) : "");
    errno = 0;
}

int main(void)
{
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    char block[PAGE];
    memset(block, 'f', sizeof block);
    write(fd, block, sizeof block);
    int other = open("other", O_CREAT | O_RDWR | O_TRUNC, 0644);

    char *past = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    report("read into a page past the end", pread(fd, past + PAGE, 10, 0));
    report("write from a page past the end", pwrite(other, past + PAGE, 10, 0));
    report("read across the end", pread(fd, past + PAGE - 10, 20, 0));
    report("write across the end", pwrite(other, past + PAGE - 10, 20, 0));

    char *hole = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(hole + PAGE, PAGE);
    report("read into a hole", pread(fd, hole + PAGE, 10, 0));
    report("read across a hole", pread(fd, hole + PAGE - 10, 20, 0));
    report("write from a hole", pwrite(other, hole + PAGE, 10, 0));
    report("write across a hole", pwrite(other, hole + PAGE - 10, 20, 0));
    printf("what arrived: %.10s\n", hole + PAGE - 10);

    char *fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    report("read into a read-only page", pread(fd, fixed, 10, 0));
    report("write from a read-only page", pwrite(other, fixed, 10, 0));
    char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    report("write from a PROT_NONE page", pwrite(other, none, 10, 0));
    report("read into NULL", pread(fd, NULL, 10, 0));
    report("read nothing into NULL", pread(fd, NULL, 0, 0));
    report("read at the end into NULL", pread(fd, NULL, 10, PAGE));

    report("read a page into its own mapping", pread(fd, past, PAGE, 0));
    report("read it shifted", pread(fd, past + 1, PAGE - 1, 0));
    report("write a page from its own mapping", pwrite(fd, past, PAGE, 0));
    past[0] = 'F';
    report("write it one page further", pwrite(fd, past, PAGE, PAGE));
    printf("%c%c %c%c\n", past[0], past[1], past[PAGE], past[PAGE + 1]);

    char *cow = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cow[0] = 'a';
    if (fork() == 0) {
        usleep(20000);
        _exit(0);
    }
    report("write from a page shared by fork", pwrite(other, cow, 1, 0));
    lseek(other, 100, SEEK_SET);
    write(other, "\0", 1);
    report("read zeros into it", pread(other, cow, 1, 100));
    report("write from it again", pwrite(other, cow, 1, 0));
    pread(other, block, 1, 0);
    printf("the file has %d\n", block[0]);
    return 0;
}
