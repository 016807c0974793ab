/* Every advice on every kind of mapping. (gVisor 76, 79; LTP 121, 122, 124; selftests 155) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static struct { const char *name; int advice; } table[] = {
    { "NORMAL", MADV_NORMAL }, { "RANDOM", MADV_RANDOM }, { "SEQUENTIAL", MADV_SEQUENTIAL },
    { "WILLNEED", MADV_WILLNEED }, { "DONTNEED", MADV_DONTNEED }, { "FREE", MADV_FREE },
    { "DONTFORK", MADV_DONTFORK }, { "DOFORK", MADV_DOFORK }, { "DONTDUMP", MADV_DONTDUMP },
    { "DODUMP", MADV_DODUMP }, { "WIPEONFORK", MADV_WIPEONFORK }, { "KEEPONFORK", MADV_KEEPONFORK },
    { "COLD", MADV_COLD }, { "POPULATE_READ", MADV_POPULATE_READ },
    { "POPULATE_WRITE", MADV_POPULATE_WRITE },
};

static int fd;

static char *map(int kind, int prot)
{
    if (kind == 0)
        return mmap(NULL, 2 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (kind == 1)
        return mmap(NULL, 2 * PAGE, prot, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return mmap(NULL, 2 * PAGE, prot, kind == 2 ? MAP_PRIVATE : MAP_SHARED, fd, 0);
}

static const char *kinds[] = { "anonymous", "shared anonymous", "private file", "shared file" };

int main(void)
{
    fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    ftruncate(fd, 2 * PAGE);
    for (int k = 0; k < 4; k++) {
        printf("%s\n", kinds[k]);
        for (int i = 0; i < sizeof table / sizeof table[0]; i++) {
            pwrite(fd, "f", 1, 0);
            char *p = map(k, RW);
            p[0] = 'x';
            errno = 0;
            int result = madvise(p, PAGE, table[i].advice);
            int error = errno;
            unsigned char vec[2];
            mincore(p, 2 * PAGE, vec);
            printf("  %-15s %-18s byte %c, resident %d %d", table[i].name, result ? strerror(error) : "ok",
                   p[0] ? p[0] : '.', vec[0] & 1, vec[1] & 1);
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                unsigned char v;
                if (mincore(p, PAGE, &v) == -1)
                    _exit(1);
                _exit(p[0] ? p[0] : 2);
            }
            int status;
            waitpid(child, &status, 0);
            status = WEXITSTATUS(status);
            printf(", child %c\n", status == 1 ? '-' : status == 2 ? '.' : status);
            munmap(p, 2 * PAGE);
        }
    }
    char *p = map(0, PROT_READ);
    errno = 0;
    printf("POPULATE_WRITE, read-only: %d", madvise(p, PAGE, MADV_POPULATE_WRITE));
    printf(" %s\n", strerror(errno));
    p = map(0, PROT_WRITE);
    errno = 0;
    printf("POPULATE_READ, write-only: %d", madvise(p, PAGE, MADV_POPULATE_READ));
    printf(" %s\n", strerror(errno));
    p = map(0, PROT_NONE);
    errno = 0;
    printf("POPULATE_READ, none: %d", madvise(p, PAGE, MADV_POPULATE_READ));
    printf(" %s\n", strerror(errno));
    p = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p + PAGE, PAGE);
    unsigned char vec[1];
    errno = 0;
    printf("POPULATE_WRITE over a hole: %d", madvise(p, 3 * PAGE, MADV_POPULATE_WRITE));
    printf(" %s", strerror(errno));
    mincore(p, PAGE, vec);
    printf(", before it %d", vec[0]);
    mincore(p + 2 * PAGE, PAGE, vec);
    printf(", after it %d\n", vec[0]);
    p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    errno = 0;
    printf("POPULATE_READ past the end: %d", madvise(p, 4 * PAGE, MADV_POPULATE_READ));
    printf(" %s\n", strerror(errno));
    p = map(0, RW);
    mlock(p, PAGE);
    errno = 0;
    printf("DONTNEED, locked: %d", madvise(p, PAGE, MADV_DONTNEED));
    printf(" %s\n", strerror(errno));
    errno = 0;
    printf("FREE, locked: %d", madvise(p, PAGE, MADV_FREE));
    printf(" %s\n", strerror(errno));
    p = mmap(NULL, PAGE, RW, MAP_SHARED, open("/dev/zero", O_RDWR), 0x7ffffffffffff000);
    errno = 0;
    printf("REMOVE of a file's last page that could be: %d", madvise(p, PAGE, MADV_REMOVE));
    printf(" %s\n", strerror(errno));
    return 0;
}
