/* A division that cannot be done is SIGFPE, at an address within the program. */
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile int code, has_address;

static void on_trap(int signal, siginfo_t *info, void *context)
{
    code = info->si_code;
    has_address = info->si_addr != NULL;
    siglongjmp(back, signal);
}

static void attempt(const char *what, int dividend, int divisor, int remainder)
{
    volatile int result = 0;
    int trapped = sigsetjmp(back, 1);
    if (trapped == 0)
        result = remainder ? dividend % divisor : dividend / divisor;
    printf("%-18s trapped by %d, FPE_INTDIV %d, address %d, result %d\n", what, trapped,
           trapped && code == FPE_INTDIV, trapped && has_address, result);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
    sigaction(SIGFPE, &action, NULL);
    attempt("17 / 5", 17, 5, 0);
    attempt("17 / 0", 17, 0, 0);
    attempt("17 % 0", 17, 0, 1);
    attempt("INT_MIN / -1", INT_MIN, -1, 0);
    fflush(stdout);
    signal(SIGFPE, SIG_IGN);
    if (fork() == 0) {
        attempt("ignored", 1, 0, 0);
        exit(0);
    }
    int status;
    wait(&status);
    printf("a trap that is ignored kills: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
    return 0;
}
