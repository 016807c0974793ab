/* One page of every three gets other rights, alone and in turn: mappings are split in three and joined again
   at every place among many, and each change reaches the page that it names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define PARTS 40
#define AREA (3 * PARTS * PAGE)
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)

static char *base;

/* The mappings of the area, from /proc/self/maps: how many, and the pages and the w of each. */
static void show(const char *what)
{
    static char text[65536];
    int fd = open("/proc/self/maps", O_RDONLY), length = 0, count = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    printf("%s:", what);
    for (char *line = text; *line; line = strchr(line, 10) + 1) {
        char *rest;
        unsigned long start = strtoul(line, &rest, 16), end = strtoul(rest + 1, &rest, 16);
        if (start >= (unsigned long)base && start < (unsigned long)base + AREA) {
            printf(" %ld%c", (long)(end - start) / PAGE, rest[2]);
            count++;
        }
    }
    printf(" = %d\n", count);
}

static void protect(int part, int prot)
{
    mprotect(base + (3 * part + 1) * PAGE, PAGE, prot);
}

int main(void)
{
    base = mmap(NULL, AREA + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    base += PAGE;
    mprotect(base, AREA, RW);
    for (int part = 0; part < PARTS; part += 2)
        protect(part, R);
    show("upwards");
    for (int part = PARTS - 1; part > 0; part -= 2)
        protect(part, R);
    show("downwards");
    for (int part = 0; part < PARTS; part++)
        protect(part, RW);
    show("joined");
    for (int part = 0; part < PARTS; part++)
        protect(part * 7 % PARTS, R);
    show("across");
    for (int part = 0; part < PARTS; part++)
        munmap(base + (3 * (part * 11 % PARTS) + 1) * PAGE, PAGE);
    show("holes");
    for (int part = 0; part < PARTS; part++)
        mmap(base + (3 * (part * 3 % PARTS) + 1) * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    show("filled");
    for (int part = 0; part < PARTS; part++)
        madvise(base + (3 * (part * 7 % PARTS) + 1) * PAGE, PAGE, MADV_DONTFORK);
    show("not for children");
    for (int part = 0; part < PARTS; part++)
        madvise(base + (3 * part + 1) * PAGE, PAGE, MADV_DOFORK);
    show("for children");
    return 0;
}
