/* /proc/self/pagemap read by a program: present, file or shared, exclusive, guard, and which pages are one
   frame. (LTP 104, selftests 155, 161) */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define FRAME ((1UL << 55) - 1)

static int pagemap;

static uint64_t entry(void *address)
{
    uint64_t bits = 0;
    pread(pagemap, &bits, sizeof bits, (uintptr_t)address / PAGE * 8);
    return bits;
}

static void show(const char *what, char *p, int pages)
{
    int i;
    printf("%-22s", what);
    for (i = 0; i < pages; i++) {
        uint64_t bits = entry(p + (long)i * PAGE);
        printf(" %c%c%c%c", bits >> 63 ? 'p' : '-', bits >> 61 & 1 ? 'f' : '-', bits >> 56 & 1 ? 'e' : '-',
               bits >> 58 & 1 ? 'g' : '-');
    }
    printf("\n");
}

static int same_frame(void *a, void *b)
{
    return (entry(a) & FRAME) == (entry(b) & FRAME);
}

static void try(const char *what, size_t count, off_t offset)
{
    static char buffer[64];
    ssize_t given = pread(pagemap, buffer, count, offset);
    if (given < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %zd\n", what, given);
}

int main(void)
{
    char *p, *s, *f, *g;
    volatile char c;
    int fd, status;
    pagemap = open("/proc/self/pagemap", O_RDONLY);
    p = mmap(NULL, 6 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    show("untouched", p, 6);
    p[0] = 1;
    p[3 * PAGE] = 1;
    c = p[PAGE];
    c = p[4 * PAGE];
    show("two stored, two loaded", p, 6);
    printf("zero page shared %d, others %d\n", same_frame(p + PAGE, p + 4 * PAGE), same_frame(p, p + 3 * PAGE));
    madvise(p + 2 * PAGE, 2 * PAGE, MADV_POPULATE_WRITE);
    mprotect(p, PAGE, PROT_NONE);
    show("populated, protected", p, 6);
    madvise(p + 4 * PAGE, 2 * PAGE, 102);
    madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED);
    show("guards, one given up", p, 6);

    s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    show("shared, populated", s, 4);
    fd = open("pagemap", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 4; i++)
        pwrite(fd, s, PAGE, (off_t)i * PAGE);
    f = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    show("private file, populated", f, 4);
    munmap(f, 4 * PAGE);
    f = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
    c = f[0];
    f[PAGE] = 1;
    show("loaded, stored", f, 4);
    g = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    c = g[0];
    c = g[PAGE];
    show("and mapped shared", g, 4);
    printf("one frame %d, its copy %d\n", same_frame(f, g), same_frame(f + PAGE, g + PAGE));

    fflush(stdout);
    p[3 * PAGE] = 2;
    if (fork() == 0) {
        int inherited = pagemap;
        show("its parent's", p, 6);
        pagemap = open("/proc/self/pagemap", O_RDONLY);
        show("child", p, 6);
        p[3 * PAGE] = 3;
        show("child stored", p, 6);
        pagemap = inherited;
        show("its parent's", p, 6);
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    show("after the child", p, 6);

    try("seven bytes", 7, 0);
    try("at 4", 8, 4);
    try("nothing", 0, 0);
    try("the null page", 8, 0);
    try("two, one beyond the end", 16, (off_t)((1UL << 47) / PAGE - 2) * 8);
    try("beyond the end", 16, (off_t)(1UL << 47) / PAGE * 8);
    unlink("pagemap");
    return 0;
}
