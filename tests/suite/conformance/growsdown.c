/* A MAP_GROWSDOWN mapping grows when the page below it is touched, and keeps 256 pages
   of distance to what lies below. (LTP 109; linux-facts 19) */
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf back;
static volatile int code;

static void handler(int sig, siginfo_t *info, void *context)
{
    code = info->si_code;
    siglongjmp(back, 1);
}

static void touch(const char *what, volatile char *p)
{
    if (sigsetjmp(back, 1) == 0) {
        *p = 1;
        printf("%-36s stored\n", what);
    } else {
        printf("%-36s SIGSEGV %s\n", what, code == SEGV_MAPERR ? "MAPERR" : "ACCERR");
    }
}

int main(void)
{
    static char stack[16384];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);

    char *base = mmap(NULL, 2000 * PAGE, PROT_NONE, ANON, -1, 0);
    munmap(base, 2000 * PAGE);
    char *s = mmap(base + 1000 * PAGE, PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
    printf("mapped at page %ld\n", (long)(s - base) / PAGE);
    touch("its own page", s);
    touch("the page below", s - PAGE);
    touch("the page below that", s - 2 * PAGE);
    touch("five further down", s - 7 * PAGE);
    touch("in between", s - 4 * PAGE);
    unsigned char vec;
    printf("in between is mapped: %d\n", mincore(s - 5 * PAGE, PAGE, &vec));
    char *below = mmap(base + 700 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    touch("257 above a neighbour", base + (700 + 1 + 256) * PAGE);
    touch("256 above a neighbour", base + (700 + 256) * PAGE);
    touch("just above a neighbour", base + 701 * PAGE);
    mprotect(below, PAGE, PROT_NONE);
    touch("256 above, neighbour PROT_NONE", base + (700 + 256) * PAGE);
    touch("just above, neighbour PROT_NONE", base + 701 * PAGE);
    touch("the neighbour", base + 700 * PAGE);
    return 0;
}
