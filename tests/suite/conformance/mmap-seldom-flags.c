/* MAP_SYNC without a file system that knows it, and MAP_DROPPABLE beside what excludes it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif
#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define AT ((char *)0x10000000)

static char text[1 << 16];

/* VmFlags of the mapping at AT, and where it ends. */
static void show(const char *what, void *map)
{
    if (map == MAP_FAILED) {
        printf("%-32s %s\n", what, strerror(errno));
        return;
    }
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    char *vma = strstr(text, "10000000-");
    char *flags = strstr(vma, "\nVmFlags:") + 1;
    printf("%-32s %.8s %.*s\n", what, vma + 9, (int)(strchr(flags, '\n') - flags), flags);
}

static void *map(int flags, int fd)
{
    return mmap(AT, PAGE, RW, flags | MAP_FIXED, fd, 0);
}

int main(void)
{
    int memory = memfd_create("m", 0);
    ftruncate(memory, 2 * PAGE);
    show("private memory, MAP_SYNC", map(MAP_PRIVATE | MAP_ANONYMOUS | MAP_SYNC, -1));
    mmap(AT + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    show("no merge with one without it", AT);
    mmap(AT + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_SYNC | MAP_FIXED, -1, 0);
    show("a merge with one with it", AT);
    show("shared memory, MAP_SYNC", map(MAP_SHARED | MAP_ANONYMOUS | MAP_SYNC, -1));
    show("memfd, MAP_SYNC", map(MAP_SHARED | MAP_SYNC, memory));
    show("memfd, validated", map(MAP_SHARED_VALIDATE | MAP_SYNC, memory));

    show("droppable", map(MAP_DROPPABLE | MAP_ANONYMOUS, -1));
    show("droppable, MAP_LOCKED", map(MAP_DROPPABLE | MAP_ANONYMOUS | MAP_LOCKED, -1));
    show("droppable, MAP_GROWSDOWN", map(MAP_DROPPABLE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1));
    show("droppable memfd", map(MAP_DROPPABLE, memory));
    mlockall(MCL_FUTURE);
    show("droppable after MCL_FUTURE", map(MAP_DROPPABLE | MAP_ANONYMOUS, -1));
    unsigned char resident;
    mincore(AT, PAGE, &resident);
    printf("resident %d\n", resident & 1);
    return 0;
}
