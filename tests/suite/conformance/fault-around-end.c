/* What a read beyond a file's end maps of the pages before it: all that are cached, but not the
   last page of a disk file alone where there is no page table yet. (T 47) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define AT ((char *)0x10000000)

static char text[1 << 17], zeros[PAGE];

static int resident(void)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    return atoi(strstr(strstr(text, "10000000-"), "\nRss:") + 5);
}

/* Maps 16 pages of a file of which `size` pages are there and two may be cached. */
static void try(const char *what, int fd, int size, int one, int other)
{
    int sink = open("sink", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, size * PAGE);
    pwrite(fd, zeros, PAGE, one * PAGE);
    pwrite(fd, zeros, PAGE, other * PAGE);
    mmap(AT, 16 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    int failed = write(sink, AT + 12 * PAGE, 1) < 0;
    printf("%-24s %s, resident %d kB\n", what, failed ? strerror(errno) : "read", resident());
    munmap(AT, 16 * PAGE);
    close(sink);
    close(fd);
}

/* A child gets a page table where a VMA of its parent has one and may have private pages. */
static void in_child(const char *what, int fd)
{
    mmap(AT, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0);
    fflush(stdout);
    if (fork() == 0) {
        int sink = open("sink", O_RDWR | O_CREAT, 0600);
        pwrite(fd, zeros, PAGE, 0);
        int failed = write(sink, AT + 12 * PAGE, 1) < 0;
        printf("%-24s %s, resident %d kB\n", what, failed ? strerror(errno) : "read", resident());
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    munmap(AT, 16 * PAGE);
    close(fd);
}

/* mremap makes a page table at the new place where the old one had one. */
static void moved(const char *what, int fd)
{
    pwrite(fd, zeros, PAGE, 0);
    mmap(AT + 64 * PAGE, 16 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    munmap(AT + 32 * PAGE, PAGE);
    char *p = mremap(AT + 64 * PAGE, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT + (1 << 21));
    int sink = open("sink", O_RDWR | O_CREAT, 0600);
    int failed = write(sink, p + 12 * PAGE, 1) < 0;
    printf("%-24s %s, ", what, failed ? strerror(errno) : "read");
    mremap(p, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT);
    printf("resident %d kB\n", resident());
}

static int disk(const char *name)
{
    return open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
}

int main(void)
{
    try("the only page", disk("a"), 1, 0, 0);
    try("the last page", disk("b"), 10, 9, 9);
    try("another page", disk("c"), 10, 3, 3);
    try("that and the last page", disk("d"), 10, 3, 9);
    try("the last two pages", disk("e"), 10, 8, 9);
    try("the last page of a memfd", memfd_create("m", 0), 1, 0, 0);
    in_child("in a child", disk("f"));
    mmap(AT + 32 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_FIXED, -1, 0);
    try("with a page table", disk("g"), 1, 0, 0);
    in_child("in a child, with it", disk("h"));
    moved("moved to a new table", disk("i"));
    return 0;
}
