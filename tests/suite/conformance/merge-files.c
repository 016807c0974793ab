/* Which neighbouring file mappings become one: one open file and following offsets; and what
   mremap does to what it moves. (tools/testing/vma 167; LTP 116, 118; linux-facts 1, 3) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define AREA (64 * PAGE)
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *base;

/* The mappings of the area, from /proc/self/maps: first page, pages, rights. */
static void show(const char *what)
{
    static char text[16384];
    int fd = open("/proc/self/maps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    printf("%-30s", what);
    for (char *line = text; *line; line = strchr(line, 10) + 1) {
        char *rest;
        unsigned long start = strtoul(line, &rest, 16), end = strtoul(rest + 1, &rest, 16);
        if (start >= (unsigned long)base && start < (unsigned long)base + AREA)
            printf(" [%ld+%ld %.4s]", (long)(start - (unsigned long)base) / PAGE, (long)(end - start) / PAGE, rest + 1);
    }
    printf("\n");
}

static char *map(int page, int pages, int prot, int flags, int fd, int offset)
{
    return mmap(base + page * PAGE, pages * PAGE, prot, flags | MAP_FIXED, fd, (off_t)offset * PAGE);
}

static void fresh(void)
{
    munmap(base, AREA);
}

static void move(int from, int pages, int to)
{
    mremap(base + from * PAGE, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + to * PAGE);
}

int main(void)
{
    base = mmap(NULL, AREA, PROT_NONE, ANON, -1, 0);
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    ftruncate(fd, 16 * PAGE);
    int again = open("data", O_RDWR), twin = dup(fd);
    fresh();
    map(0, 1, R, MAP_SHARED, fd, 0);
    map(1, 1, R, MAP_SHARED, fd, 1);
    show("following offsets");
    map(2, 1, R, MAP_SHARED, fd, 3);
    show("an offset left out");
    map(2, 1, R, MAP_SHARED, twin, 2);
    show("a dup'd descriptor");
    map(3, 1, R, MAP_SHARED, again, 3);
    show("opened again");
    map(4, 1, R, MAP_PRIVATE, again, 4);
    show("private beside shared");
    map(5, 1, R, MAP_PRIVATE, again, 5);
    show("private beside private");
    fresh();
    map(0, 5, R, MAP_SHARED, fd, 0);
    mprotect(base + PAGE, PAGE, PROT_EXEC | R);
    mprotect(base + 3 * PAGE, PAGE, RW);
    show("five pages, two changed");
    mprotect(base, 5 * PAGE, R);
    show("all the same again");
    munmap(base + 2 * PAGE, PAGE);
    map(2, 1, R, MAP_SHARED, fd, 2);
    show("a hole filled with its page");
    munmap(base + 2 * PAGE, PAGE);
    map(2, 1, R, MAP_SHARED, fd, 7);
    show("with another");
    fresh();
    map(0, 2, RW, MAP_PRIVATE, fd, 0)[0] = 1;
    map(2, 2, RW, MAP_PRIVATE, fd, 2);
    show("private, touched and not");
    map(4, 2, RW, MAP_PRIVATE, fd, 5);
    base[4 * PAGE] = 1;
    map(6, 2, RW, MAP_PRIVATE, fd, 7);
    show("two touched");
    fresh();
    map(0, 4, R, MAP_SHARED, fd, 0);
    move(1, 1, 10);
    show("moved out");
    move(10, 1, 1);
    show("and back in");
    move(1, 1, 4);
    show("to the end");
    fresh();
    map(0, 3, RW, ANON, -1, 0);
    move(1, 1, 10);
    map(11, 1, RW, ANON, -1, 0);
    show("untouched, moved: merges");
    fresh();
    map(0, 3, RW, ANON, -1, 0)[PAGE] = 1;
    move(1, 1, 10);
    map(11, 1, RW, ANON, -1, 0);
    show("touched, moved: keeps its place");
    move(10, 1, 1);
    show("touched, moved back");
    fresh();
    map(0, 2, RW, ANON, -1, 0)[0] = 1;
    map(10, 2, RW, ANON, -1, 0)[0] = 1;
    move(10, 2, 2);
    show("touched moved beside touched");
    fresh();
    map(0, 2, RW, ANON, -1, 0);
    mremap(base, 2 * PAGE, 4 * PAGE, 0);
    show("grown in place");
    map(6, 1, RW, ANON, -1, 0);
    mremap(base, 4 * PAGE, 6 * PAGE, 0);
    show("grown up to a neighbour");
    mremap(base, 7 * PAGE, 3 * PAGE, 0);
    show("shrunk");
    fresh();
    for (int i = 0; i < 6; i++)
        pwrite(fd, &"ABCDEF"[i], 1, i * PAGE);
    map(0, 2, RW, MAP_PRIVATE, fd, 0);
    map(2, 2, RW, MAP_PRIVATE, fd, 2);
    map(4, 2, RW, MAP_PRIVATE, fd, 4);
    move(2, 2, 20);
    map(2, 2, RW, MAP_PRIVATE, fd, 2);
    show("middle mapped again");
    for (int i = 0; i < 6; i++)
        putchar(base[i * PAGE]);
    printf(" %c%c\n", base[20 * PAGE], base[21 * PAGE]);
    return 0;
}
