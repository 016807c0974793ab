/* msync on every kind of mapping. (gVisor 73, 74) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096

static void try(const char *what, char *p, size_t length, int flags)
{
    errno = 0;
    if (msync(p, length, flags) == 0)
        printf(" %s ok;", what);
    else
        printf(" %s %s;", what, strerror(errno));
}

int main(void)
{
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    ftruncate(fd, 2 * PAGE);
    for (int kind = 0; kind < 8; kind++) {
        int prot = kind & 1 ? PROT_READ : PROT_READ | PROT_WRITE;
        int sharing = kind & 2 ? MAP_SHARED : MAP_PRIVATE;
        int object = kind & 4 ? 0 : MAP_ANONYMOUS;
        char *p = mmap(NULL, 2 * PAGE, prot, sharing | object, object ? -1 : fd, 0);
        printf("%s %s %s:", object ? "anonymous" : "file", kind & 2 ? "shared" : "private", kind & 1 ? "r" : "rw");
        if (!(kind & 1))
            p[0] = 'x';
        try("sync", p, 2 * PAGE, MS_SYNC);
        try("async", p, 2 * PAGE, MS_ASYNC);
        try("none", p, 2 * PAGE, 0);
        try("both", p, 2 * PAGE, MS_SYNC | MS_ASYNC);
        try("invalidate", p, 2 * PAGE, MS_SYNC | MS_INVALIDATE);
        try("unaligned length", p, 5000, MS_SYNC);
        try("unaligned address", p + 1, PAGE, MS_SYNC);
        try("length 0", p, 0, MS_SYNC);
        try("length -1", p, -1, MS_SYNC);
        try("unknown flag", p, PAGE, 8);
        if (mlock(p, PAGE) == 0) {
            try("invalidate, locked", p, PAGE, MS_ASYNC | MS_INVALIDATE);
            munlock(p, PAGE);
        }
        printf("\n");
        munmap(p, 2 * PAGE);
        try("unmapped", p, PAGE, MS_SYNC);
        printf("\n");
    }
    return 0;
}
