/* Who spins with sched_yield lets time pass, so that one who sleeps wakes; a short wait does not wake a long sleeper. */
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile int turn;
    volatile int data[10];
    volatile int done;
};

int main(void)
{
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (fork() == 0) {
        for (int i = 0; i < 10; i++) {
            while (s->turn != 1)
                sched_yield();
            s->data[i] *= 2;
            s->turn = 0;
        }
        _exit(0);
    }
    int total = 0;
    for (int i = 0; i < 10; i++) {
        s->data[i] = i + 1;
        s->turn = 1;
        while (s->turn != 0)
            usleep(10);
        total += s->data[i];
    }
    wait(NULL);
    printf("%d\n", total);

    if (fork() == 0) {
        for (int i = 0; i < 20; i++)
            sched_yield();
        s->done = 1;
        _exit(0);
    }
    usleep(200000);
    printf("%d\n", s->done);
    wait(NULL);
    return 0;
}
