/* Which neighbouring anonymous mappings become one: equal rights and flags, and a
   compatible anon_vma. (tools/testing/vma 167; linux-facts 1, 2, 17) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

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

static char *map(int page, int pages, int prot, int flags)
{
    return mmap(base + page * PAGE, pages * PAGE, prot, flags | MAP_FIXED, -1, 0);
}

static void fresh(void)
{
    munmap(base, AREA);
}

int main(void)
{
    base = mmap(NULL, AREA, PROT_NONE, ANON, -1, 0);
    fresh();
    map(1, 1, RW, ANON);
    map(2, 1, RW, ANON);
    show("untouched, untouched");
    map(0, 1, RW, ANON);
    show("in front");
    fresh();
    map(1, 1, RW, ANON)[0] = 1;
    map(2, 1, RW, ANON);
    show("touched, untouched");
    map(0, 1, RW, ANON);
    show("in front of touched");
    fresh();
    map(0, 1, RW, ANON)[0] = 1;
    map(2, 1, RW, ANON)[0] = 1;
    map(1, 1, RW, ANON);
    show("between two touched apart");
    fresh();
    map(0, 1, RW, ANON)[0] = 1;
    map(2, 1, RW, ANON);
    map(1, 1, RW, ANON);
    show("between touched and untouched");
    fresh();
    map(0, 1, RW, ANON);
    map(2, 1, RW, ANON)[0] = 1;
    map(1, 1, RW, ANON);
    show("between untouched and touched");
    fresh();
    map(0, 1, RW, ANON);
    map(1, 1, R, ANON);
    show("other rights");
    base[0] = 1;
    mprotect(base + PAGE, PAGE, RW);
    show("mprotect, touched left");
    mprotect(base + PAGE, PAGE, R);
    base[0] = 1;
    mprotect(base, PAGE, R);
    show("all read-only");
    fresh();
    map(0, 1, R, ANON);
    map(1, 1, RW, ANON)[0] = 1;
    mprotect(base + PAGE, PAGE, R);
    show("accounted beside not accounted");
    fresh();
    map(0, 1, R, ANON);
    map(1, 1, RW, ANON);
    mprotect(base + PAGE, PAGE, R);
    show("the same, untouched");
    fresh();
    map(0, 4, RW, ANON);
    mprotect(base + PAGE, PAGE, R);
    show("split by mprotect");
    mprotect(base + PAGE, PAGE, RW);
    show("and back");
    for (int i = 0; i < 4; i++)
        base[i * PAGE] = 1;
    mprotect(base + PAGE, PAGE, R);
    mprotect(base + PAGE, PAGE, RW);
    show("touched: split and back");
    munmap(base + PAGE, PAGE);
    map(1, 1, RW, ANON);
    show("touched: hole filled again");
    base[PAGE] = 1;
    show("and touched");
    fresh();
    map(0, 1, RW, ANON);
    map(1, 1, RW, ANON | MAP_NORESERVE);
    map(2, 1, RW, ANON);
    show("NORESERVE between");
    fresh();
    map(0, 1, RW, ANON);
    map(1, 1, RW, ANON | MAP_STACK);
    map(2, 1, RW, ANON);
    show("STACK between");
    fresh();
    map(0, 1, RW, ANON);
    map(1, 1, RW, ANON | MAP_POPULATE);
    map(2, 1, RW, ANON);
    show("POPULATE between");
    fresh();
    map(0, 1, RW, ANON);
    map(1, 1, RW, ANON | MAP_LOCKED);
    map(2, 1, RW, ANON);
    show("LOCKED between");
    munlock(base + PAGE, PAGE);
    show("unlocked");
    fresh();
    map(0, 3, RW, ANON);
    madvise(base + PAGE, PAGE, MADV_DONTDUMP);
    show("DONTDUMP");
    madvise(base + PAGE, PAGE, MADV_DODUMP);
    show("DODUMP");
    madvise(base + PAGE, PAGE, MADV_SEQUENTIAL);
    show("SEQUENTIAL");
    madvise(base + PAGE, PAGE, MADV_NORMAL);
    show("NORMAL");
    madvise(base + PAGE, PAGE, MADV_WIPEONFORK);
    show("WIPEONFORK");
    madvise(base + PAGE, PAGE, MADV_KEEPONFORK);
    show("KEEPONFORK");
    madvise(base + PAGE, PAGE, MADV_DONTFORK);
    show("DONTFORK");
    madvise(base + PAGE, PAGE, MADV_DOFORK);
    show("DOFORK");
    fresh();
    map(0, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
    map(2, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
    show("shared: two objects");
    mprotect(base + PAGE, PAGE, R);
    show("shared: split");
    mprotect(base + PAGE, PAGE, RW);
    show("shared: and back");
    fresh();
    map(0, 1, RW, ANON)[0] = 1;
    fflush(stdout);
    if (fork() == 0) {
        map(1, 1, RW, ANON);
        show("child: beside an inherited one");
        map(2, 1, RW, ANON);
        show("child: beside its own");
        exit(0);
    }
    wait(NULL);
    map(1, 1, RW, ANON);
    show("parent: beside the forked one");
    return 0;
}
