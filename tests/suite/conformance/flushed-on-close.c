/* A disk file that was cut to nothing is written to the disk when an open file of it is closed, lest
   a crash leave it empty. (ext4's auto_da_alloc) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static char text[1 << 17], page[PAGE];

static int dirty(char *p)
{
    char start[32];
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    sprintf(start, "%lx-", (unsigned long)p);
    return atoi(strstr(strstr(text, start), "\nPrivate_Dirty:") + 15);
}

static void try(const char *what, const char *name, int cut, int promised)
{
    int fd = open(name, O_RDWR | O_CREAT, 0600);
    if (!promised)
        pwrite(fd, page, PAGE, 0);
    if (cut)
        ftruncate(fd, 0);
    if (!promised)
        fallocate(fd, 0, 0, PAGE);
    int other = open(name, O_RDONLY);
    pwrite(fd, page, PAGE, 0);
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    printf("%-32s dirty %d kB", what, dirty(p));
    close(open(name, O_PATH));
    printf(", a path closed %d kB", dirty(p));
    close(other);
    printf(", another closed %d kB", dirty(p));
    pwrite(fd, page, PAGE, 0);
    close(open(name, O_RDONLY));
    printf(", written to and closed %d kB\n", dirty(p));
}

int main(void)
{
    try("new", "a", 0, 1);
    try("cut", "b", 1, 1);
    try("cut, its block taken before", "c", 1, 0);
    return 0;
}
