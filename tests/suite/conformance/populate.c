/* MAP_POPULATE: every page is there at once; a private file page is copied only by a
   store. (gVisor 29; LTP 104; selftests 154) */
#include <stdio.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static long faults(void)
{
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    return ru.ru_minflt;
}

static void show(const char *what, char *p, int pages)
{
    unsigned char vec[8];
    mincore(p, pages * PAGE, vec);
    faults();
    long before = faults();
    int sum = 0;
    for (int i = 0; i < pages; i++)
        sum += *(volatile char *)(p + i * PAGE);
    long loads = faults() - before;
    printf("%-24s resident", what);
    for (int i = 0; i < pages; i++)
        printf(" %d", vec[i] & 1);
    printf(", %ld faults to load, sum %d\n", loads, sum);
}

int main(void)
{
    char block[3 * PAGE];
    for (int i = 0; i < sizeof block; i++)
        block[i] = 1;
    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    write(fd, block, sizeof block);
    int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    show("anonymous", mmap(NULL, 4 * PAGE, RW, anon | MAP_POPULATE, -1, 0), 4);
    show("anonymous, read-only", mmap(NULL, 4 * PAGE, PROT_READ, anon | MAP_POPULATE, -1, 0), 4);
    show("anonymous, none", mmap(NULL, 4 * PAGE, PROT_WRITE, anon | MAP_POPULATE, -1, 0), 4);
    show("shared file", mmap(NULL, 3 * PAGE, RW, MAP_SHARED | MAP_POPULATE, fd, 0), 3);
    show("private file", mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0), 3);
    char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    printf("past the end: %d\n", p != MAP_FAILED);
    pwrite(fd, "z", 1, 0);
    printf("private, writable: %d after the file changed\n", p[0]);
    p = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    pwrite(fd, "y", 1, 0);
    printf("private, read-only: %c after the file changed\n", p[0]);
    return 0;
}
