/* Signals to a process that waits for a semaphore, and signals that a write sends its own process. */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

static sem_t *semaphore;
static volatile int handled;

static void on_signal(int signal)
{
    handled += signal;
}

static void handle(int signal, int flags)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
    sigaction(signal, &action, NULL);
}

/* A child that waits for the semaphore; by now it does. */
static pid_t waiter(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        int result = sem_wait(semaphore);
        _exit(result == 0 ? handled : 100 + errno);
    }
    usleep(20000);
    return pid;
}

static int status_of(pid_t pid, int options)
{
    int status = 0;
    waitpid(pid, &status, options);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WIFSTOPPED(status) ? 2000 + WSTOPSIG(status) : WEXITSTATUS(status);
}

static void waits(void)
{
    semaphore = mmap(NULL, sizeof *semaphore, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(semaphore, 1, 0);
    pid_t pid = waiter();
    kill(pid, SIGTERM);
    printf("without a handler: %d\n", status_of(pid, 0));
    handle(SIGUSR1, SA_RESTART);
    pid = waiter();
    kill(pid, SIGUSR1);
    usleep(20000);
    sem_post(semaphore);
    printf("with SA_RESTART: %d\n", status_of(pid, 0));
    handle(SIGUSR1, 0);
    pid = waiter();
    kill(pid, SIGUSR1);
    printf("without SA_RESTART: %d, EINTR is %d\n", status_of(pid, 0), EINTR);
    pid = waiter();
    kill(pid, SIGSTOP);
    printf("stopped: %d", status_of(pid, WUNTRACED));
    sem_post(semaphore);
    usleep(20000);
    printf(", still %d", waitpid(pid, NULL, WNOHANG));
    kill(pid, SIGCONT);
    printf(", continued: %d\n", status_of(pid, 0));
}

static void writes(void)
{
    int ends[2];
    pipe(ends);
    close(ends[0]);
    handle(SIGPIPE, 0);
    handle(SIGXFSZ, 0);
    ssize_t n = write(ends[1], "x", 1);
    printf("broken pipe: %zd, %s", n, strerror(errno));
    printf(", handled %d\n", handled);
    struct rlimit limit = { 10, RLIM_INFINITY };
    setrlimit(RLIMIT_FSIZE, &limit);
    int fd = open("limited", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t within = write(fd, "0123456789abc", 13);
    int before = handled;
    n = write(fd, "x", 1);
    int error = errno;
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    printf("up to the limit: %zd, handled %d\n", within, before);
    printf("beyond it: %zd, %s, handled %d\n", n, strerror(error), handled);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    waits();
    writes();
    return 0;
}
