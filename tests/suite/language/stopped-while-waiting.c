/* SIGSTOP stops a process also where it sleeps or waits: it does nothing until SIGCONT, and takes its
   other signals then. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    int turns, caught, ends;
};

static struct shared *shared;

static void on_signal(int number)
{
    shared->caught += number;
}

static void sleeper(void)
{
    signal(SIGUSR1, on_signal);
    while (!shared->ends) {
        shared->turns++;
        usleep(1000);
    }
    _exit(3);
}

static void look(const char *what, int before)
{
    usleep(20000);
    printf("%s: %s, caught %d\n", what, shared->turns > before ? "runs" : "stands", shared->caught);
}

int main(void)
{
    int status, turns, ends[2];
    char c;
    pid_t child;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    child = fork();
    if (child == 0)
        sleeper();
    look("before", 0);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    printf("stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    turns = shared->turns;
    look("stopped", turns);
    kill(child, SIGUSR1);
    look("signalled", turns);
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    printf("continued %d\n", WIFCONTINUED(status));
    look("continued", turns);
    shared->ends = 1;
    waitpid(child, &status, 0);
    printf("exit %d\n", WEXITSTATUS(status));

    pipe(ends);
    child = fork();
    if (child == 0) {
        read(ends[0], &c, 1);
        _exit(c);
    }
    usleep(5000);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    write(ends[1], "x", 1);
    usleep(20000);
    printf("reader: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("reader: exit %c\n", WEXITSTATUS(status));

    child = fork();
    if (child == 0) {
        pause();
        _exit(1);
    }
    usleep(5000);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    usleep(5000);
    printf("SIGTERM waits: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("killed by %d\n", WTERMSIG(status));
    return 0;
}
