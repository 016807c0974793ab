/* vfork: the child runs first, on the parent's memory; what it stores stays. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

static int log_length;
static char events[32];

static void note(char c)
{
    events[log_length++] = c;
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
    printf("%s\n", events);
    printf("heap %d, local %d %d, rounds %d, before %d\n", heap[0], local[0], local[1], rounds, before);
    return 0;
}
