/* The gap below a mapping that grows down counts against the hole beneath it alone: where another
   mapping is close below, the search goes on under that. (linux-facts 19) */
#include <stdio.h>
#include <sys/mman.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void place(const char *what, char *top, long pages)
{
    char *p = mmap(NULL, pages * PAGE, RW, ANON, -1, 0);
    printf("%-36s %ld pages below\n", what, (top - p) / PAGE - pages);
    munmap(p, pages * PAGE);
}

int main(void)
{
    /* The end of the lowest hole; those above it are filled. */
    char *top = (char *)mmap(NULL, 1300 * PAGE, PROT_NONE, ANON, -1, 0) + 1300 * PAGE;
    munmap(top - 1300 * PAGE, 1300 * PAGE);
    char *p = top;
    while (p >= top)
        p = mmap(NULL, 200 * PAGE, PROT_NONE, ANON, -1, 0);
    munmap(p, 200 * PAGE);
    mmap(top - 2 * PAGE, 2 * PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    place("below one that grows down", top, 201);
    mmap(top - 4 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    place("another right below it", top, 201);
    munmap(top - 4 * PAGE, 2 * PAGE);
    mmap(top - 204 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    place("a hole between, too small", top, 201);
    place("a hole between, of the size", top, 200);
    return 0;
}
