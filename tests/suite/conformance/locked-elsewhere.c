/* Pages that another process has locked are not made active by a second use, and MADV_FREE leaves
   them referenced. Both show in a child that inherits them unlocked. (T 127) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static char text[1 << 17];

static void referenced(const char *what, void *p)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    char start[32];
    sprintf(start, "%lx-", (unsigned long)p);
    char *field = strstr(strstr(text, start), "\nReferenced:");
    printf("%-30s referenced %d kB\n", what, atoi(field + 12));
}

/* In a child. */
static void use_twice(const char *what, int lock)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE;
    char *p = mmap((void *)0x10000000, 4 * PAGE, RW, flags, -1, 0);
    char *other = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lock)
        mlock(p, 4 * PAGE);
    printf("%s\n", what);
    fflush(stdout);
    if (fork() == 0) {
        referenced("inherited", p);
        madvise(p, 2 * PAGE, MADV_POPULATE_READ);
        referenced("two pages used again", p);
        madvise(p + 3 * PAGE, PAGE, MADV_FREE);
        /* Linux gives pages up in batches, the last of which is done when this begins. */
        madvise(other, PAGE, MADV_COLD);
        referenced("one given up", p);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    munmap(p, 4 * PAGE);
    munmap(other, PAGE);
}

int main(void)
{
    use_twice("locked by the parent", 1);
    use_twice("not locked", 0);
    return 0;
}
