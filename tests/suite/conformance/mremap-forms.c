/* The forms of mremap. (gVisor 56, 58, 59, 61, 62, 64, 65, 67, 68, 88; LTP 118, 133; selftests 151, 152) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *base;

/* Mapped pages of the area, a letter each: what its first byte is, '.' for 0, '-' for none. */
static void show(const char *what)
{
    unsigned char vec;
    printf("%-34s ", what);
    for (int i = 0; i < 24; i++) {
        if (mincore(base + i * PAGE, PAGE, &vec) == -1)
            putchar('-');
        else
            putchar(base[i * PAGE] ? base[i * PAGE] : '.');
    }
    putchar('\n');
}

static void area(void)
{
    munmap(base, 24 * PAGE);
}

static void place(int page, int pages, int flags, char name)
{
    char *p = mmap(base + page * PAGE, pages * PAGE, RW, flags | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (int i = 0; i < pages; i++)
        p[i * PAGE] = name + i;
}

static void move(const char *what, int from, int old, int new, int flags, int to)
{
    errno = 0;
    char *p = mremap(base + from * PAGE, old * PAGE, new * PAGE, flags, base + to * PAGE);
    if (p == MAP_FAILED)
        printf("%s: %s\n", what, strerror(errno));
    else if (p >= base && p < base + 24 * PAGE)
        printf("%s: page %ld\n", what, (p - base) / PAGE);
    else
        printf("%s: elsewhere, %c\n", what, p[0] ? p[0] : '.');
    show("");
}

static void refused(const char *what, void *p)
{
    printf("%s: %s\n", what, p == MAP_FAILED ? strerror(errno) : "moved");
}

int main(void)
{
    base = mmap(NULL, 24 * PAGE, PROT_NONE, ANON, -1, 0);
    area();
    place(0, 2, MAP_PRIVATE, 'a');
    move("same size", 0, 2, 2, 0, 0);
    move("grow in place", 0, 2, 4, 0, 0);
    place(4, 1, MAP_SHARED, 'x');
    move("grow, no room, not to move", 0, 4, 6, 0, 0);
    move("shrink over two mappings", 0, 5, 3, 0, 0);
    move("shrink", 0, 3, 1, 0, 0);
    area();
    place(0, 4, MAP_PRIVATE, 'a');
    move("fixed", 0, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 8);
    place(0, 2, MAP_SHARED, 'p');
    move("fixed over another", 8, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 1);
    move("overlapping", 1, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 3);
    move("fixed without maymove", 1, 4, 4, MREMAP_FIXED, 12);
    move("fixed and smaller", 1, 4, 2, MREMAP_MAYMOVE | MREMAP_FIXED, 12);
    move("fixed and larger", 12, 2, 5, MREMAP_MAYMOVE | MREMAP_FIXED, 18);
    area();
    place(0, 2, MAP_PRIVATE, 'a');
    place(2, 2, MAP_SHARED, 'p');
    move("move over two mappings", 0, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 10);
    move("grow over two mappings", 10, 4, 6, MREMAP_MAYMOVE, 0);
    move("shrink and move over two", 10, 4, 3, MREMAP_MAYMOVE | MREMAP_FIXED, 0);
    area();
    place(0, 2, MAP_SHARED, 'a');
    move("old length 0, shared", 0, 0, 2, MREMAP_MAYMOVE | MREMAP_FIXED, 5);
    base[0] = 'S';
    show("one object");
    place(12, 2, MAP_PRIVATE, 'p');
    move("old length 0, private", 12, 0, 2, MREMAP_MAYMOVE | MREMAP_FIXED, 16);
    move("dontunmap", 12, 2, 2, MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED, 16);
    move("dontunmap, other size", 16, 2, 1, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    move("dontunmap, not to move", 16, 2, 2, MREMAP_DONTUNMAP, 0);
    move("unmapped", 20, 1, 2, MREMAP_MAYMOVE, 0);
    move("new length 0", 16, 2, 0, MREMAP_MAYMOVE, 0);
    refused("unaligned", mremap(base + 1, PAGE, PAGE, 0));
    refused("unknown flag", mremap(base, PAGE, PAGE, 8));
    refused("overflowing length", mremap(base, PAGE, -1, MREMAP_MAYMOVE));

    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    for (int i = 0; i < 4; i++)
        pwrite(fd, &"ABCD"[i], 1, i * PAGE);
    ftruncate(fd, 4 * PAGE);
    area();
    mmap(base, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
    base[0] = 'a';
    move("private file, grown elsewhere", 0, 2, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 8);
    char *p = base + 8 * PAGE;
    refused("shrinking onto itself", mremap(p, -4096UL, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p));
    show("its first page");
    return 0;
}
