/* Blocked signals wait: sigprocmask and sets of signals, in handlers and over fork. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t order[16], caught;

static void note(int number)
{
    order[caught++] = number;
}

static void nested(int number)
{
    note(number);
    raise(SIGUSR2);
    raise(SIGHUP);
    note(-number);
}

static void show(const char *what)
{
    int i;
    printf("%s:", what);
    for (i = 0; i < caught; i++)
        printf(" %d", (int)order[i]);
    printf("\n");
    caught = 0;
}

static int is_blocked(int number)
{
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, number);
}

int main(void)
{
    struct sigaction action;
    sigset_t set, old;
    int status, result;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGHUP, &action, NULL);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGHUP);
    show("two blocked");
    sigdelset(&set, SIGUSR2);
    sigprocmask(SIG_SETMASK, &set, NULL);
    show("one let through");
    sigprocmask(SIG_SETMASK, &old, &set);
    show("both let through");
    printf("were blocked: %d %d %d\n", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2), sigismember(&set, SIGHUP));

    action.sa_handler = nested;
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    show("a handler's mask");
    printf("afterwards: %d %d\n", is_blocked(SIGUSR1), is_blocked(SIGUSR2));

    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    printf("all: %d %d %d %d\n", is_blocked(SIGINT), is_blocked(SIGSEGV), is_blocked(SIGKILL), is_blocked(SIGSTOP));
    if (fork() == 0) {
        raise(SIGTERM);
        _exit(is_blocked(SIGTERM));
    }
    wait(&status);
    printf("child exits with %d\n", WEXITSTATUS(status));
    if (fork() == 0) {
        volatile int *null = NULL;
        *null = 1;
    }
    wait(&status);
    printf("a blocked fault kills: %d\n", WTERMSIG(status));
    result = sigprocmask(77, &set, NULL);
    printf("bad how: %d %s\n", result, strerror(errno));
    result = sigprocmask(77, NULL, NULL);
    printf("without a set: %d\n", result);
    result = sigaddset(&set, 0);
    printf("no signal 0: %d %s\n", result, strerror(errno));
    result = sigismember(&set, 65);
    printf("no signal 65: %d\n", result);
    return 0;
}
