/* Handlers: siginfo, nesting, masks, one-shot, restart and EINTR, faults that a handler repairs, division by zero. */
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <setjmp.h>
#include <errno.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

static volatile int count, depth, deepest, order[8], at;
static char *volatile page;
static sigjmp_buf back;

static void counting(int sig)
{
    count++;
}

static void nested(int sig, siginfo_t *info, void *context)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (sig == SIGUSR1 && depth == 1)
        raise(SIGUSR2);
    order[at++] = sig == SIGUSR1 ? 1 : 2;
    depth--;
}

/* Gives the page its rights; the store is tried again. */
static void repair(int sig, siginfo_t *info, void *context)
{
    count += info->si_code == SEGV_ACCERR && info->si_addr == page + 100;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void leave(int sig, siginfo_t *info, void *context)
{
    siglongjmp(back, info->si_code == FPE_INTDIV ? 10 : 20);
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction sa;
    memset(&sa, 0, sizeof sa);
    sigemptyset(&sa.sa_mask);
    sa.sa_sigaction = handler;
    sa.sa_flags = SA_SIGINFO | flags;
    sigaction(sig, &sa, NULL);
}

int main(void)
{
    int status;
    signal(SIGUSR1, counting);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    printf("count %d\n", count);
    printf("old handler %d\n", signal(SIGUSR1, SIG_IGN) == counting);
    raise(SIGUSR1);
    printf("ignored: count %d\n", count);

    install(SIGUSR1, nested, 0);
    install(SIGUSR2, nested, 0);
    raise(SIGUSR1);
    printf("depth %d, order %d %d\n", deepest, order[0], order[1]);

    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    install(SIGSEGV, repair, 0);
    count = 0;
    *(volatile char *)(page + 100) = 'r';
    printf("repaired %d, byte %c\n", count, page[100]);

    install(SIGFPE, leave, 0);
    volatile int zero = 0;
    for (volatile int round = 0; round < 3; round++) {
        int code = sigsetjmp(back, 1);
        if (code == 0)
            printf("%d\n", 100 / zero);
        else
            printf("SIGFPE, code %d, round %d\n", code, round);
    }

    install(SIGUSR1, nested, SA_RESETHAND);
    raise(SIGUSR1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGUSR1);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("one-shot: killed by SIGUSR1 %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);

    /* A signal ends a pause with EINTR; the sender is in siginfo. */
    struct sigaction sa;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = counting;
    sigaction(SIGUSR1, &sa, NULL);
    count = 0;
    pid_t parent = getpid();
    fflush(stdout);
    child = fork();
    if (child == 0) {
        usleep(50000);
        kill(parent, SIGUSR1);
        _exit(7);
    }
    int r = pause();
    printf("pause: %d, EINTR %d, count %d\n", r, errno == EINTR, count);
    while (waitpid(child, &status, 0) == -1)
        ;
    printf("child %d\n", WEXITSTATUS(status));

    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    r = kill(child, 0);
    printf("SIGTERM %d, kill of nobody %d, ESRCH %d\n", WTERMSIG(status) == SIGTERM, r, errno == ESRCH);
    return 0;
}
