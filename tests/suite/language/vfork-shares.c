/* vfork: the child runs first, on the parent's memory; what it stores stays. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

#define DEPTH 3

static int log_length;
static char events[32];

static void note(char c)
{
    events[log_length++] = c;
}

/* The child runs in its parent's frames: it changes their variables, of whatever kind. */
static int nested(int depth, volatile int *seen)
{
    volatile int own = depth;
    if (depth < DEPTH)
        return nested(depth + 1, seen) * 10 + own;
    pid_t pid = vfork();
    if (pid == 0) {
        own += 5;
        *seen = own;
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return own;
}

int main(void)
{
    int status, rounds = 0;
    volatile int *heap = malloc(4 * sizeof *heap);
    int before = 0;
    volatile int local[2] = { 1, 1 };
    heap[0] = 1;
    for (int i = 0; i < 3; i++) {
        note('a');
        pid_t pid = vfork();
        if (pid == 0) {
            note('b');
            heap[0] += 10;
            local[1] *= 3;
            _exit(i + 20);
        }
        note('c');
        waitpid(pid, &status, 0);
        rounds += WEXITSTATUS(status);
    }
    volatile int scalar = 222, seen = 0;
    switch (vfork()) {
    case 0:
        scalar *= 3;
        _exit(0);
    default:
        wait(NULL);
    }
    printf("scalar %d, nested %d", scalar, nested(0, &seen));
    printf(", seen %d\n", seen);
    printf("%s\n", events);
    printf("heap %d, local %d %d, rounds %d, before %d\n", heap[0], local[0], local[1], rounds, before);
    return 0;
}
