/* A pipe is made of pages: what cannot be copied to or from one of them as a whole counts not at
   all. (fs/pipe.c) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static int ends[2];
static char bytes[3 * PAGE];
static char *p;

static void result(const char *what, long n)
{
    printf("%-44s %ld%s%s\n", what, n, n < 0 ? " " : "", n < 0 ? strerror(errno) : "");
}

int main(void)
{
    pipe(ends);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    p = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p + 2 * PAGE, PAGE);
    memset(p, 'x', 2 * PAGE);

    result("a write of which 10 bytes are there", write(ends[1], p + 2 * PAGE - 10, 100));
    result("of which a page and more are there", write(ends[1], p + PAGE - 10, 2 * PAGE));
    result("100 bytes", write(ends[1], p, 100));
    result("a write that would join them", write(ends[1], p + 2 * PAGE - 10, 100));
    result("200 that join", write(ends[1], p, 200));
    result("a page's read into 10 bytes", read(ends[0], p + 2 * PAGE - 10, PAGE));
    p[2 * PAGE - 1] = 'y';
    result("a read of all into 300 bytes", read(ends[0], p + 2 * PAGE - 300, PAGE));
    result("what is left", read(ends[0], bytes, sizeof bytes));
    result("nothing", read(ends[0], bytes, 1));

    int writes = 0;
    while (write(ends[1], bytes, 256) == 256)
        writes++;
    printf("256 bytes each until it is full: %d\n", writes);
    read(ends[0], bytes, PAGE);
    writes = 0;
    while (write(ends[1], bytes, 2049) == 2049)
        writes++;
    printf("2049 bytes each in a page's room: %d\n", writes);
    while (read(ends[0], bytes, sizeof bytes) > 0)
        ;
    writes = 0;
    while (write(ends[1], bytes, 2049) == 2049)
        writes++;
    printf("2049 bytes each until it is full: %d\n", writes);
    return 0;
}
