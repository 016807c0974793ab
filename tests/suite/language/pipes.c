/* A pipeline: the child writes numbers into a pipe, the parent sums them; then a pipe that nobody reads. */
#include <stdio.h>
#include <signal.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/wait.h>

static void producer(int fd)
{
    char line[16];
    for (int i = 1; i <= 2000; i++) {
        int n = snprintf(line, sizeof line, "%d\n", i * i);
        if (write(fd, line, n) != n)
            _exit(9);
    }
    _exit(3);
}

int main(void)
{
    int fds[2], back[2], status;
    if (pipe(fds) == -1 || pipe(back) == -1) {
        perror("pipe");
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        producer(fds[1]);
    }
    close(fds[1]);
    char buf[100];
    long sum = 0, number = 0, bytes = 0;
    ssize_t n;
    while ((n = read(fds[0], buf, sizeof buf)) > 0) {
        bytes += n;
        for (ssize_t i = 0; i < n; i++) {
            if (buf[i] == '\n') {
                sum += number;
                number = 0;
            } else {
                number = number * 10 + (buf[i] - '0');
            }
        }
    }
    waitpid(child, &status, 0);
    printf("%ld bytes, sum %ld, child %d\n", bytes, sum, WEXITSTATUS(status));

    /* stdout redirected into a pipe by dup2. */
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(back[1], 1);
        close(back[0]);
        printf("said by the child\n");
        fflush(stdout);
        _exit(0);
    }
    close(back[1]);
    n = read(back[0], buf, sizeof buf - 1);
    buf[n] = '\0';
    printf("heard: %s", buf);
    wait(NULL);
    printf("then end of file: %zd\n", read(back[0], buf, 1));
    close(back[0]);

    /* Nobody reads: EPIPE where SIGPIPE is ignored. */
    pipe(fds);
    close(fds[0]);
    signal(SIGPIPE, SIG_IGN);
    n = write(fds[1], "x", 1);
    printf("write: %zd, EPIPE %d\n", n, errno == EPIPE);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        write(fds[1], "x", 1);
        _exit(0);
    }
    wait(&status);
    printf("killed by SIGPIPE %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    pipe(fds);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    n = read(fds[0], buf, 1);
    printf("empty pipe, O_NONBLOCK: %zd, EAGAIN %d\n", n, errno == EAGAIN);
    return 0;
}
