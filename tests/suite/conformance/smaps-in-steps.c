/* What smaps says of mappings as they are read, written, locked, shared and dropped. (gVisor 92; LTP 127) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
static long P = 4096;
static int kb(const char *key, void *at)
{
    static char text[65536];
    int fd = open("/proc/self/smaps", O_RDONLY), n = 0, k;
    while ((k = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += k;
    text[n] = 0;
    close(fd);
    char start[32];
    sprintf(start, "%lx-", (unsigned long)at);
    char *line = strstr(text, start);
    if (!line)
        return -1;
    line = strstr(line, key);
    return line ? atoi(line + strlen(key)) : -2;
}
static void show(const char *w, void *p)
{
    printf("%-18s Size %d Rss %d Pss %d SC %d SD %d PC %d PD %d Ref %d Anon %d Locked %d\n", w, kb("\nSize:", p),
           kb("\nRss:", p), kb("\nPss:", p), kb("\nShared_Clean:", p), kb("\nShared_Dirty:", p),
           kb("\nPrivate_Clean:", p), kb("\nPrivate_Dirty:", p), kb("\nReferenced:", p), kb("\nAnonymous:", p),
           kb("\nLocked:", p));
}
int main(void)
{
    volatile char c;
    /* Between two pages of another kind, so that it merges with nothing of the C library. */
    char *p = mmap(0, 10 * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p = mmap(p + P, 8 * P, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    show("untouched", p);
    c = p[0];
    c = p[P];
    show("2 read", p);
    p[2 * P] = 1;
    p[3 * P] = 2;
    show("2 written", p);
    p[0] = 1;
    show("zero to written", p);
    mlock(p, 8 * P);
    show("locked", p);
    munlock(p, 8 * P);
    madvise(p, 2 * P, MADV_DONTNEED);
    show("2 dropped", p);
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 8; i++)
        pwrite(fd, "x", 1, i * P);
    fsync(fd);
    char *f = mmap(0, 8 * P, 3, MAP_SHARED, fd, 0);
    show("file untouched", f);
    c = f[0];
    show("file read", f);
    f[0] = 2;
    show("file written", f);
    msync(f, 8 * P, MS_SYNC);
    show("file synced", f);
    char *g = mmap(0, 8 * P, 3, MAP_PRIVATE, fd, 0);
    c = g[0];
    show("private read", g);
    show("shared then", f);
    g[P] = 1;
    g[2 * P] = 1;
    show("private written", g);
    munmap(f, 8 * P);
    show("private alone", g);
    char *s = mmap(0, 4 * P, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    c = s[0];
    s[P] = 1;
    show("shmem", s);
    (void)c;
    return 0;
}
