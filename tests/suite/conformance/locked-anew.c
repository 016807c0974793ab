/* A page that one call unlocks and locks anew ends unlocked, though a locked mapping has it: munlock is done late, finds the
   last lock gone, and what was locked meanwhile is lost. (mm/mlock.c: munlock_folio, mlock_folio, __mlock_folio: "This is a
   little surprising, but quite possible") A locked page has no second use; so a later use tells, by smaps: Referenced. */
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

static char text[1 << 17];

static int referenced(void)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    return atoi(strstr(strstr(text, "10000000-"), "\nReferenced:") + 12);
}

/* What a child sees, which inherits the entries without having used them: of page 0 of the file, after one more use. */
static void inherited(const char *what, int fd)
{
    mmap(AT, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
    AT[PAGE] = 1;
    *(volatile char *)AT;
    mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    mlock(LOCKED + 4 * PAGE, PAGE);
    fflush(stdout);
    if (fork() == 0) {
        printf("%-32s %d kB\n", what, referenced());
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static int locked(void)
{
    int fd = memfd_create("m", 0);
    ftruncate(fd, 2 * PAGE);
    mmap(LOCKED, 5 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap(LOCKED, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_LOCKED, fd, 0);
    return fd;
}

int main(void)
{
    int fd = locked();
    inherited("locked", fd);

    fd = locked();
    mmap(LOCKED, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_LOCKED, fd, 0);
    inherited("locked anew by one call", fd);

    fd = locked();
    munmap(LOCKED, PAGE);
    mlock(LOCKED + 4 * PAGE, PAGE);
    mmap(LOCKED, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_LOCKED, fd, 0);
    inherited("unlocked, then locked", fd);

    fd = locked();
    mmap(LOCKED + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_LOCKED, fd, 0);
    mmap(LOCKED, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_LOCKED, fd, 0);
    inherited("locked elsewhere as well", fd);
    return 0;
}
