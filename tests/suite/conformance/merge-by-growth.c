/* What mremap adds in place joins the VMA above it too, even where fork gave the pages below: unlike
   other VMAs, those of a child take in nothing new. (linux-facts 1, 3) */
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

static char text[1 << 16];

static void maps(const char *what)
{
    int fd = open("/proc/self/maps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    printf("%s:", what);
    char *line = text;
    while (line && *line) {
        unsigned long start = strtoul(line, NULL, 16);
        if (start >= 0x10000000 && start < 0x10010000)
            printf(" %.17s", line);
        line = strchr(line, '\n');
        line = line ? line + 1 : line;
    }
    printf("\n");
    fflush(stdout);
}

static void place(int page)
{
    mmap(AT + page * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void grow(const char *what)
{
    place(2);
    mremap(AT, PAGE, 2 * PAGE, 0);
    maps(what);
    munmap(AT + PAGE, 2 * PAGE);
}

int main(void)
{
    place(0);
    AT[0] = 1;
    grow("grown");
    if (fork() == 0) {
        grow("grown in a child");
        place(1);
        maps("another beside it");
        _exit(0);
    }
    wait(NULL);
    return 0;
}
