/* wait and waitpid: exits, signals, stopped and continued children, WNOHANG, errors, orphans. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <signal.h>
#include <errno.h>
#include <sys/wait.h>

static void show(int s)
{
    if (WIFEXITED(s))
        printf("exited %d\n", WEXITSTATUS(s));
    else if (WIFSIGNALED(s))
        printf("signal %d\n", WTERMSIG(s));
    else if (WIFSTOPPED(s))
        printf("stopped %d\n", WSTOPSIG(s));
    else if (WIFCONTINUED(s))
        printf("continued\n");
}

int main(void)
{
    int s;
    pid_t p;
    setvbuf(stdout, NULL, _IONBF, 0);
    if ((p = fork()) == 0)
        exit(3);
    waitpid(p, &s, 0);
    show(s);
    if ((p = fork()) == 0)
        _exit(259);
    waitpid(p, &s, 0);
    show(s);
    if ((p = fork()) == 0)
        exit(-1);
    wait(&s);
    show(s);
    if ((p = fork()) == 0)
        abort();
    wait(&s);
    show(s);
    if ((p = fork()) == 0) {
        *(volatile int *)0 = 1;
    }
    wait(&s);
    show(s);
    if ((p = fork()) == 0) {
        volatile int z = 0;
        int o = z + 2;
        z = o / z;
    }
    wait(&s);
    show(s);
    if ((p = fork()) == 0) {
        raise(SIGKILL);
    }
    wait(&s);
    show(s);
    if ((p = fork()) == 0) {
        for (;;)
            pause();
    }
    kill(p, SIGTERM);
    wait(&s);
    show(s);
    if ((p = fork()) == 0) {
        raise(SIGSTOP);
        _exit(4);
    }
    waitpid(p, &s, WUNTRACED);
    show(s);
    kill(p, SIGCONT);
    waitpid(p, &s, 0);
    show(s);
    if ((p = fork()) == 0) {
        raise(SIGSTOP);
        for (;;)
            pause();
    }
    waitpid(p, &s, WUNTRACED);
    show(s);
    kill(p, SIGCONT);
    int r = waitpid(p, &s, WCONTINUED);
    printf("%d\n", r == p);
    show(s);
    kill(p, SIGTERM);
    waitpid(p, &s, 0);
    show(s);
    errno = 0;
    r = wait(&s);
    printf("%d %d\n", r, errno == ECHILD);
    perror("wait");
    r = waitpid(-1, &s, WNOHANG);
    printf("%d %d\n", r, errno);
    printf("%d\n", waitpid(1, NULL, 0));
    perror("waitpid");
    printf("%d\n", waitpid(-1, NULL, 12345678));
    perror("opt");
    if ((p = fork()) == 0) {
        pause();
    }
    printf("%d\n", waitpid(p, &s, WNOHANG));
    kill(p, SIGINT);
    printf("%d\n", waitpid(p, NULL, 0) == p);
    for (int i = 0; i < 4; i++)
        if (fork() == 0)
            _exit(i * 10);
    int sum = 0;
    while (wait(&s) > 0)
        sum += WEXITSTATUS(s);
    printf("sum %d\n", sum);
    p = fork();
    if (p == 0) {
        if (fork() == 0) {
            sleep(1);
            printf("orphan\n");
            exit(0);
        }
        exit(1);
    }
    waitpid(p, &s, 0);
    show(s);
    sleep(2);
    r = kill(p, 0);
    printf("kill 0 dead %d ", r);
    printf("%d\n", errno == ESRCH);
    printf("%d\n", kill(-99999, 9));
    perror("kill");
    return 44;
}
