/* An allocator that puts a guard page behind each block, and takes freed blocks' rights away. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096

struct header {
    size_t pages;
    void *base;
};

static sigjmp_buf again;
static char *volatile block;
static volatile long offset;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    offset = (char *)info->si_addr - block;
    siglongjmp(again, 1);
}

static void *fenced(size_t size)
{
    size_t pages = (size + sizeof(struct header) + PAGE - 1) / PAGE + 1;
    char *base = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *end = base + (pages - 1) * PAGE;
    char *start = end - ((size + 15) & ~(size_t)15);
    mprotect(end, PAGE, PROT_NONE);
    ((struct header *)start)[-1] = (struct header){ pages, base };
    return start;
}

static void release(void *start)
{
    struct header *header = (struct header *)start - 1;
    mprotect(header->base, header->pages * PAGE, PROT_NONE);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    size_t sizes[] = { 16, 100, 4096, 10000, 4080, 1 };
    int i;
    sigaction(SIGSEGV, &action, NULL);
    for (i = 0; i < 6; i++) {
        volatile long k = 0;
        block = fenced(sizes[i]);
        memset(block, 1, sizes[i]);
        if (sigsetjmp(again, 1) == 0)
            for (;; k++)
                block[k] = 2;
        printf("%zu bytes: overrun stopped at %ld", sizes[i], offset);
        release(block);
        if (sigsetjmp(again, 1) == 0)
            printf(", freed and read: %d\n", block[0]);
        else
            printf(", use after free stopped at %ld\n", offset);
    }
    return 0;
}
