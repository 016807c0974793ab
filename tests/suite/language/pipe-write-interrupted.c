/* A signal ends a write to a full pipe: with the number of the bytes that it has written, whatever
   SA_RESTART says; with EINTR or by starting anew where that is none. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static char bytes[100000];

static void on_signal(int number)
{
    (void)number;
    caught++;
}

static void try(const char *what, int fd, int number, size_t length)
{
    ssize_t written;
    if (fork() == 0) {
        usleep(5000);
        kill(getppid(), number);
        _exit(0);
    }
    written = write(fd, bytes, length);
    if (written < 0)
        printf("%s: %s", what, strerror(errno));
    else
        printf("%s: %zd", what, written);
    while (wait(NULL) > 0)
        ;
    printf(", caught %d\n", (int)caught);
}

int main(void)
{
    struct sigaction action;
    int ends[2];
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    pipe(ends);
    try("empty pipe", ends[1], SIGUSR1, sizeof bytes);
    try("full pipe", ends[1], SIGUSR1, sizeof bytes);
    read(ends[0], bytes, 30000);
    try("room for some, SA_RESTART", ends[1], SIGUSR2, sizeof bytes);
    if (fork() == 0) {
        usleep(30000);
        read(ends[0], bytes, 65536);
        _exit(0);
    }
    try("full pipe, SA_RESTART", ends[1], SIGUSR2, 100);
    return 0;
}
