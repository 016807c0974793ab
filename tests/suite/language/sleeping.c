/* Sleeps: what a signal leaves of them, bad requests and pointers; SIGCHLD of children that stop, go on and end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

static volatile sig_atomic_t children;

static void nothing(int sig)
{
}

static void child_changed(int sig, siginfo_t *info, void *context)
{
    children++;
    printf("SIGCHLD code %d status %d\n", info->si_code, info->si_status);
}

/* A child that signals its parent after a second and a half: each may be late by nearly half a second. */
static void signal_soon(void)
{
    pid_t parent = getpid();
    fflush(stdout);
    if (fork() == 0) {
        nanosleep(&(struct timespec){1, 500000000}, NULL);
        kill(parent, SIGUSR1);
        _exit(0);
    }
}

static void try(const struct timespec *request, struct timespec *left)
{
    errno = 0;
    int r = nanosleep(request, left);
    printf("%d %s\n", r, strerror(errno));
}

static void await_change(void)
{
    while (!children)
        usleep(1000);
    children = 0;
}

int main(void)
{
    struct sigaction action = {0};
    action.sa_handler = nothing;
    sigaction(SIGUSR1, &action, NULL);
    signal_soon();
    printf("left of sleep(5): %u\n", sleep(5));
    while (wait(NULL) < 0)
        ;
    struct timespec request = {4, 50000000}, left = {9, 9};
    signal_soon();
    try(&request, &left);
    printf("left %ld, more than 0.1 s %d\n", (long)left.tv_sec, left.tv_nsec > 100000000);
    while (wait(NULL) < 0)
        ;

    try((struct timespec *)8, NULL);
    try(NULL, NULL);
    request.tv_nsec = 1000000000;
    try(&request, NULL);
    request.tv_nsec = 5;
    request.tv_sec = -1;
    try(&request, NULL);
    request.tv_sec = 0;
    left.tv_sec = 9;
    try(&request, &left);
    try(&request, (struct timespec *)8);
    printf("untouched %ld, sleep(0) %u\n", (long)left.tv_sec, sleep(0));

    int status, go[2];
    pipe(go);
    action.sa_sigaction = child_changed;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGCHLD, &action, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        raise(SIGSTOP);
        /* Its end waits until the parent has seen that it went on: a SIGCHLD that is pending takes no second. */
        read(go[0], &byte, 1);
        _exit(5);
    }
    await_change();
    printf("stopped %d\n", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    kill(child, SIGCONT);
    await_change();
    write(go[1], "", 1);
    while (waitpid(child, &status, 0) != child)
        ;
    printf("exited %d\n", WEXITSTATUS(status));
    return 0;
}
