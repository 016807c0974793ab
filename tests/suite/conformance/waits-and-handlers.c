/* What a call waits for comes before the signal that comes with it: the call is done, and then the handler runs. A
   signal alone interrupts the call. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int handled, collected;

static void on_child(int number)
{
    int status, error = errno;
    handled++;
    while (waitpid(-1, &status, WNOHANG) > 0)
        collected++;
    errno = error;
}

static void on_user(int number)
{
    handled++;
}

static void handler(int signal, void (*function)(int), int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = function;
    action.sa_flags = flags;
    sigaction(signal, &action, NULL);
    handled = collected = 0;
}

/* When the parent waits. */
static void end(int status)
{
    usleep(20000);
    _exit(status);
}

static void show(const char *what, long result, int error)
{
    printf("%-28s %2ld %d, handled %d, collected there %d\n", what, result, error, handled, collected);
}

static void waits(const char *what, int flags)
{
    handler(SIGCHLD, on_child, flags);
    if (fork() == 0)
        end(7);
    int status = 0;
    errno = 0;
    long pid = wait(&status);
    show(what, pid > 0 ? WEXITSTATUS(status) : -1, errno);
}

int main(void)
{
    waits("wait, its child ends", 0);
    waits("the same with SA_RESTART", SA_RESTART);

    int ends[2];
    char byte = 0;
    pipe(ends);
    handler(SIGCHLD, on_child, 0);
    if (fork() == 0) {
        write(ends[1], "x", 1);
        end(0);
    }
    errno = 0;
    long done = read(ends[0], &byte, 1);
    int error = errno;
    pause();
    show("read, of a child that ends", done, error);

    handler(SIGUSR1, on_user, 0);
    int parent = getpid(), child = fork();
    if (child == 0) {
        usleep(20000);
        kill(parent, SIGUSR1);
        pause();
    }
    errno = 0;
    done = read(ends[0], &byte, 1);
    show("read, a signal alone", done, errno);
    kill(child, SIGKILL);

    handler(SIGCHLD, on_child, 0);
    child = fork();
    if (child == 0)
        pause();
    if (fork() == 0)
        end(0);
    errno = 0;
    done = waitpid(child, NULL, 0);
    show("waitpid, another child ends", done, errno);
    handler(SIGCHLD, SIG_DFL, 0);
    kill(child, SIGKILL);
    show("waitpid, that child", waitpid(child, NULL, 0) == child, 0);
    return 0;
}
