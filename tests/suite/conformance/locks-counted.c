/* How often a page is locked is counted, mapping by mapping, of all processes; but locks and unlocks wait in batches of 31,
   in order. What was unlocked and locked anew in one batch stays unlocked; a new page that is not on a list yet when its
   lock's turn comes is locked and not counted, so that the first unlock is taken for the last. (mm/mlock.c: mlock_count,
   mlock_folio_batch, __mlock_folio, __munlock_folio)
   A second use makes a page active, and not one that is locked. Once all is unlocked one more use tells them apart, by smaps:
   Referenced. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define AT ((char *)0x10000000)
#define LOCKED ((char *)0x20000000)
#define ALSO ((char *)0x30000000)
#define USE ((char *)0x40000000)

static char text[1 << 17];

static int referenced(void)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    return atoi(strstr(strstr(text, "10000000-"), "\nReferenced:") + 12) / 4;
}

/* Locking begins with emptying the batches. */
static void empty_batches(void)
{
    static char *page;
    if (!page)
        page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mlock(page, PAGE);
    munlock(page, PAGE);
}

static void use(int pages)
{
    madvise(USE, pages * PAGE, MADV_POPULATE_READ);
    empty_batches();
}

/* What is not locked becomes active. */
static void activate(int fd, int pages)
{
    mmap(USE, pages * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    empty_batches();
    use(pages);
    use(pages);
}

/* What a child sees, which inherits the entries without having used them: those of active pages are referenced. */
static void tell(const char *what, int fd, int pages)
{
    munlockall();
    mmap(AT, (pages + 1) * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
    AT[pages * PAGE] = 1;
    for (int i = 0; i < pages; i++)
        *(volatile char *)(AT + i * PAGE);
    use(pages);
    fflush(stdout);
    if (fork() == 0) {
        printf("%-36s %2d of %d locked\n", what, pages - referenced(), pages);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    munmap(AT, (pages + 1) * PAGE);
    munmap(LOCKED, 64 * PAGE);
    munmap(ALSO, 64 * PAGE);
    munmap(USE, 64 * PAGE);
    empty_batches();
}

static int file(int pages)
{
    int fd = memfd_create("m", 0);
    ftruncate(fd, (pages + 1) * PAGE);
    return fd;
}

static void lock(char *at, int fd, int pages)
{
    mmap(at, pages * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_LOCKED, fd, 0);
}

static void two_mappings(int gone)
{
    int fd = file(4);
    lock(LOCKED, fd, 4);
    lock(ALSO, fd, 4);
    munmap(ALSO, 4 * PAGE);
    if (gone > 1)
        munmap(LOCKED, 4 * PAGE);
    activate(fd, 4);
    tell(gone > 1 ? "two mappings, both gone" : "two mappings, one gone", fd, 4);
}

/* The other process ends last: what it used counts at its end. */
static void two_processes(int both)
{
    int fd = file(4), to[2], from[2];
    char byte;
    pipe(to);
    pipe(from);
    lock(LOCKED, fd, 4);
    fflush(stdout);
    if (fork() == 0) {
        mlock(LOCKED, 4 * PAGE);
        if (both)
            munlock(LOCKED, 4 * PAGE);
        write(from[1], "l", 1);
        read(to[0], &byte, 1);
        munlock(LOCKED, 4 * PAGE);
        write(from[1], "u", 1);
        read(to[0], &byte, 1);
        _exit(0);
    }
    read(from[0], &byte, 1);
    munlock(LOCKED, 4 * PAGE);
    activate(fd, 4);
    write(to[1], "u", 1);
    read(from[0], &byte, 1);
    tell(both ? "two processes, both unlocked" : "two processes, one unlocked", fd, 4);
    write(to[1], "e", 1);
    wait(NULL);
}

static void forked(void)
{
    int fd = file(4);
    lock(LOCKED, fd, 4);
    fflush(stdout);
    if (fork() == 0) {
        munmap(LOCKED, 4 * PAGE);
        _exit(0);
    }
    wait(NULL);
    activate(fd, 4);
    tell("a child inherited it and ended", fd, 4);
}

static void moved(void)
{
    int fd = file(4);
    lock(LOCKED, fd, 4);
    lock(ALSO, fd, 4);
    mremap(LOCKED, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, LOCKED + 16 * PAGE);
    munmap(ALSO, 4 * PAGE);
    activate(fd, 4);
    tell("two mappings, one moved, one gone", fd, 4);
}

/* One call that unlocks the pages and locks them anew. */
static void anew(int pages)
{
    char what[64];
    int fd = file(pages);
    lock(LOCKED, fd, pages);
    mmap(LOCKED, pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_LOCKED, fd, 0);
    sprintf(what, "%d pages locked anew", pages);
    activate(fd, pages);
    tell(what, fd, pages);
}

/* One call that unlocks some pages and locks new ones. */
static void not_counted(int unlocked, int pages)
{
    char what[64];
    int fd = file(pages);
    mmap(LOCKED, unlocked * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED, -1, 0);
    lock(LOCKED, fd, pages);
    lock(ALSO, fd, pages);
    munmap(ALSO, pages * PAGE);
    activate(fd, pages);
    sprintf(what, "%d new after %d unlocked, one gone", pages, unlocked);
    tell(what, fd, pages);
}

int main(void)
{
    two_mappings(1);
    two_mappings(2);
    two_processes(0);
    two_processes(1);
    forked();
    moved();
    anew(4);
    anew(20);
    anew(31);
    anew(40);
    not_counted(0, 40);
    not_counted(1, 40);
    not_counted(10, 40);
    return 0;
}
