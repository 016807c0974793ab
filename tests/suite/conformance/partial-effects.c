/* Calls over four mappings of two pages with holes of one between them: what they did before they failed, and
   what they do in spite of the holes. (Asterinas 169, LTP 127) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 40
#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

static char text[1 << 16];

static void show(const char *what, char *from, int pages)
{
    unsigned long first = (unsigned long)from, last = first + (unsigned long)pages * PAGE;
    int fd = open("/proc/self/maps", O_RDONLY);
    ssize_t length = 0, count;
    char *line;
    while ((count = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += count;
    text[length] = 0;
    close(fd);
    printf("  %s:", what);
    for (line = text; *line; line = strchr(line, '\n') + 1) {
        unsigned long start = strtoul(line, &line, 16), end = strtoul(line + 1, &line, 16);
        if (end > first && start < last)
            printf(" %ld-%ld%.5s", (long)(start - first) / PAGE, (long)(end - first) / PAGE, line);
    }
    printf("\n");
}

static void told(const char *what, long result)
{
    int number = errno;
    if (result == -1)
        printf("%s: %s\n", what, strerror(number));
    else
        printf("%s: done\n", what);
}

/* Four mappings with room around them. */
static char *lay_out(void)
{
    char *room = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *first = room + 10 * PAGE;
    munmap(room + PAGE, (PAGES - 2) * PAGE);
    for (int i = 0; i < 12; i += 3)
        mmap(first + i * PAGE, 2 * PAGE, RW, PRIVATE, -1, 0);
    return first;
}

static void over_holes(void)
{
    unsigned char vec[2];
    char *p = lay_out();
    told("mprotect", mprotect(p, 12 * PAGE, PROT_READ));
    show("left", p, 12);
    p = lay_out();
    told("mprotect from a hole", mprotect(p + 2 * PAGE, 4 * PAGE, PROT_READ));
    show("left", p, 12);
    told("munmap", munmap(p, 12 * PAGE));
    show("left", p, 12);
    p = lay_out();
    told("mlock", mlock(p, 12 * PAGE));
    mincore(p + 3 * PAGE, 2 * PAGE, vec);
    printf("  behind the hole: %d%d\n", vec[0] & 1, vec[1] & 1);
    p = lay_out();
    p[0] = p[3 * PAGE] = 1;
    told("MADV_DONTNEED", madvise(p, 12 * PAGE, MADV_DONTNEED));
    printf("  %d %d\n", p[0], p[3 * PAGE]);
    told("MADV_POPULATE_READ", madvise(p, 12 * PAGE, MADV_POPULATE_READ));
    mincore(p, 2 * PAGE, vec);
    printf("  before the hole: %d%d\n", vec[0] & 1, vec[1] & 1);
    told("msync", msync(p, 12 * PAGE, MS_SYNC));
    told("mincore", mincore(p, 12 * PAGE, (void *)text));
}

static void moved(void)
{
    char *p = lay_out();
    told("mremap grows into a hole", (long)mremap(p, 2 * PAGE, 3 * PAGE, 0));
    told("mremap grows over a mapping", (long)mremap(p, 3 * PAGE, 6 * PAGE, 0));
    told("mremap moves mappings with a hole",
         (long)mremap(p + 3 * PAGE, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 20 * PAGE));
    show("left", p, 12);
    show("there", p + 20 * PAGE, 8);
    told("mremap shrinks mappings with a hole", (long)mremap(p + 20 * PAGE, 5 * PAGE, PAGE, 0));
    show("there", p + 20 * PAGE, 8);
}

static void refused(void)
{
    int zero = open("/dev/zero", O_RDONLY), directory = open(".", O_RDONLY);
    char *p = lay_out();
    mmap(p + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, zero, 0);
    told("mprotect of what may not be written", mprotect(p, 2 * PAGE, RW));
    show("left", p, 12);
    told("MAP_FIXED_NOREPLACE", (long)mmap(p + PAGE, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    told("MAP_FIXED of no file", (long)mmap(p + PAGE, 3 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, 99, 0));
    told("MAP_FIXED of a directory", (long)mmap(p + PAGE, 3 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, directory, 0));
    show("left", p, 12);
}

int main(void)
{
    over_holes();
    moved();
    refused();
    return 0;
}
