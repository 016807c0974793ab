/* A stack overflow is caught on a stack of the handler's own; without one, the handler cannot be called. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char handlers_own[65536];
static sigjmp_buf again;
static volatile int depth, on_it, nested;

static int is_on(char *address)
{
    return address >= handlers_own && address < handlers_own + sizeof handlers_own;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    char here;
    (void)number, (void)info, (void)context;
    on_it = is_on(&here);
    siglongjmp(again, 1);
}

static void on_user(int number)
{
    char here;
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("handler of %d on its stack: %d, flags %d\n", number, is_on(&here), stack.ss_flags);
    if (!nested++)
        raise(SIGUSR2);
    if (nested == 2) {
        int result = sigaltstack(&stack, NULL);
        printf("changed from there: %d %s\n", result, strerror(errno));
        nested++;
    }
}

static int overflow(int n)
{
    volatile char pad[1000];
    pad[0] = (char)n;
    depth = n;
    return overflow(n + 1) + pad[0];
}

static void catch_overflow(void)
{
    struct rlimit limit;
    struct sigaction action;
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = 256 * 1024;
    setrlimit(RLIMIT_STACK, &limit);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 2; i++) {
        if (sigsetjmp(again, 1) == 0)
            overflow(0);
        printf("caught, on the handler's stack %d, deep %d\n", on_it, depth > 100 && depth < 300);
    }
}

int main(void)
{
    struct sigaction action;
    stack_t stack, old;
    int status, result;
    sigaltstack(NULL, &old);
    printf("none: flags %d size %zu\n", old.ss_flags, old.ss_size);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_user;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    nested = 5;
    raise(SIGUSR1);
    nested = 0;
    stack.ss_sp = handlers_own;
    stack.ss_flags = 0;
    stack.ss_size = 2000;
    result = sigaltstack(&stack, NULL);
    printf("too small: %d %s\n", result, strerror(errno));
    stack.ss_size = sizeof handlers_own;
    stack.ss_flags = 99;
    result = sigaltstack(&stack, NULL);
    printf("bad flags: %d %s\n", result, strerror(errno));
    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);
    raise(SIGUSR1);
    fflush(stdout);
    if (fork() == 0) {
        catch_overflow();
        fflush(stdout);
        stack.ss_flags = SS_DISABLE;
        sigaltstack(&stack, NULL);
        overflow(0);
        _exit(1);
    }
    wait(&status);
    printf("without it: killed by %d\n", WTERMSIG(status));
    return 0;
}
