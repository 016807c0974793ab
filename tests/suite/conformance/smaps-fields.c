/* What smaps counts: rights, resident, private and shared, clean and dirty, locked.
   (gVisor 89, 92; LTP 106; linux-facts 8, 9, 16) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char text[1 << 17];

static void field(const char *entry, const char *end, const char *name)
{
    char *found = strstr(entry, name);
    if (found != NULL && found < end)
        printf(" %d", atoi(found + strlen(name)));
    else
        printf(" ?");
}

/* The fields of the mapping at p, in KiB, and its VmFlags. */
static void show(const char *what, void *p)
{
    int fd = open("/proc/self/smaps", O_RDONLY), length = 0, n;
    while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    close(fd);
    text[length] = 0;
    char start[32];
    sprintf(start, "%lx-", (unsigned long)p);
    char *entry = strstr(text, start);
    if (entry == NULL) {
        printf("%s: none\n", what);
        return;
    }
    char *flags = strstr(entry, "VmFlags:"), *line = strchr(flags, '\n');
    printf("%-22s", what);
    field(entry, flags, "\nSize:");
    printf(" rss");
    field(entry, flags, "\nRss:");
    field(entry, flags, "\nPss:");
    printf(" shared");
    field(entry, flags, "\nShared_Clean:");
    field(entry, flags, "\nShared_Dirty:");
    printf(" private");
    field(entry, flags, "\nPrivate_Clean:");
    field(entry, flags, "\nPrivate_Dirty:");
    printf(" ref");
    field(entry, flags, "\nReferenced:");
    printf(" anon");
    field(entry, flags, "\nAnonymous:");
    printf(" locked");
    field(entry, flags, "\nLocked:");
    printf(" %.*s\n", (int)(line - flags - 9), flags + 9);
}

int main(void)
{
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    char block[PAGE];
    memset(block, 'f', sizeof block);
    for (int i = 0; i < 4; i++)
        write(fd, block, PAGE);
    fsync(fd);
    int ro = open("data", O_RDONLY);
    volatile char *p = mmap(NULL, 4 * PAGE, PROT_WRITE, ANON | MAP_NORESERVE, -1, 0);
    show("write-only, untouched", (void *)p);
    p[0] = 1;
    p[PAGE] = 1;
    show("two pages stored", (void *)p);
    p = mmap(NULL, 4 * PAGE, R, ANON, -1, 0);
    (void)p[0];
    show("zero page", (void *)p);
    p = mmap(NULL, 4 * PAGE, R, MAP_SHARED, ro, 0);
    show("shared, read-only fd", (void *)p);
    p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    p[0] = 'x';
    p[PAGE] = 'x';
    show("shared, two stored", (void *)p);
    msync((void *)p, 4 * PAGE, MS_SYNC);
    show("after msync", (void *)p);
    pwrite(fd, "y", 1, PAGE);
    show("after pwrite", (void *)p);
    munmap((void *)p, 4 * PAGE);
    fsync(fd);
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    p[0] = 'q';
    show("private file, copied", (void *)p);
    p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p[0] = 1;
    show("shared anonymous", (void *)p);
    p = mmap(NULL, 4 * PAGE, RW, ANON | MAP_LOCKED, -1, 0);
    show("locked", (void *)p);
    p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    p[0] = 1;
    p[PAGE] = 1;
    volatile char *go = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        show("child, inherited", (void *)p);
        p[0] = 2;
        show("child, one copied", (void *)p);
        fflush(stdout);
        go[0] = 1;
        while (go[0] == 1)
            usleep(1000);
        _exit(0);
    }
    while (go[0] == 0)
        usleep(1000);
    show("parent", (void *)p);
    p[0] = 3;
    go[0] = 2;
    waitpid(child, NULL, 0);
    show("child gone", (void *)p);
    madvise((void *)p, 2 * PAGE, MADV_FREE);
    show("MADV_FREE", (void *)p);
    p[0] = 4;
    show("stored again", (void *)p);
    madvise((void *)p, 4 * PAGE, MADV_DONTDUMP);
    madvise((void *)p, 4 * PAGE, MADV_RANDOM);
    madvise((void *)p, 4 * PAGE, MADV_WIPEONFORK);
    show("advised", (void *)p);
    mprotect((void *)p, 4 * PAGE, PROT_NONE);
    show("PROT_NONE", (void *)p);
    return 0;
}
