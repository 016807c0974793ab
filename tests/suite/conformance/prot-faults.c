/* What each protection lets through, and the si_code of what it does not.
   (gVisor 19, 20, 22, 23, 28; LTP 98, 115; open_posix 139) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static sigjmp_buf back;
static volatile int code;
static void *volatile where;

static void handler(int sig, siginfo_t *info, void *context)
{
    code = info->si_code;
    where = info->si_addr;
    siglongjmp(back, sig);
}

static void load(const char *what, volatile char *p)
{
    int sig = sigsetjmp(back, 1);
    if (sig == 0)
        printf("%-22s load %d\n", what, *p);
    else
        printf("%-22s load: %s, %s, there %d\n", what, sig == SIGSEGV ? "SIGSEGV" : "SIGBUS",
               code == SEGV_MAPERR ? "MAPERR" : code == SEGV_ACCERR ? "ACCERR" : "?", where == (void *)p);
}

static void store(const char *what, volatile char *p)
{
    int sig = sigsetjmp(back, 1);
    if (sig == 0) {
        *p = 7;
        printf("%-22s store\n", what);
    } else {
        printf("%-22s store: %s, %s, there %d\n", what, sig == SIGSEGV ? "SIGSEGV" : "SIGBUS",
               code == SEGV_MAPERR ? "MAPERR" : code == SEGV_ACCERR ? "ACCERR" : "?", where == (void *)p);
    }
}

/* Eight bytes at once: none of them is looked at where the last ones have no address. */
static void wide(const char *what, volatile long *p)
{
    int sig = sigsetjmp(back, 1);
    if (sig == 0)
        *p = 7;
    else
        printf("%-22s store: %s, %s, at %p\n", what, sig == SIGSEGV ? "SIGSEGV" : "SIGBUS",
               code == SEGV_MAPERR ? "MAPERR" : code == SI_KERNEL ? "KERNEL" : "?", where);
    sig = sigsetjmp(back, 1);
    if (sig == 0)
        *p;
    else
        printf("%-22s load: %s, %s, at %p\n", what, sig == SIGSEGV ? "SIGSEGV" : "SIGBUS",
               code == SEGV_MAPERR ? "MAPERR" : code == SI_KERNEL ? "KERNEL" : "?", where);
}

static void result(const char *what, int value)
{
    printf("%-22s %d %s\n", what, value, value == -1 ? strerror(errno) : "");
}

static char *map(int prot)
{
    return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);

    char *p = map(PROT_NONE);
    load("none", p);
    store("none", p);
    mprotect(p, 4096, PROT_READ | PROT_WRITE);
    store("none made rw", p + 9);
    load("none made rw", p + 9);
    mprotect(p, 4096, PROT_NONE);
    load("rw made none", p + 9);
    mprotect(p, 4096, PROT_READ);
    load("none made r", p + 9);
    store("none made r", p + 9);
    p = map(PROT_READ);
    load("r", p + 4095);
    store("r", p + 4095);
    p = map(PROT_WRITE);
    load("w, first touch", p + 1);
    store("w", p + 1);
    load("w", p + 1);
    p = map(PROT_EXEC);
    load("x", p);
    store("x", p);
    munmap(p, 4096);
    load("unmapped", p + 11);
    store("unmapped", p + 11);
    load("null", NULL);
    store("null", NULL);
    p = map(PROT_READ);
    result("mprotect, unaligned", mprotect(p + 1, 4096, PROT_READ));
    result("mprotect, unknown bit", mprotect(p, 4096, 0x40));
    result("mprotect, length 0", mprotect(p, 0, PROT_READ));
    munmap(p, 4096);
    result("mprotect, unmapped", mprotect(p, 4096, PROT_READ));
    wide("the last of 2^47", (volatile long *)((1UL << 47) - 8));
    wide("across 2^47", (volatile long *)((1UL << 47) - 7));
    return 0;
}
