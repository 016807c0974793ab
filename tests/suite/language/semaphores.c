/* Process-shared semaphores: a bounded buffer, a lock, and taking turns. */
#include <stdio.h>
#include <unistd.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define SIZE 4
#define ITEMS 50

struct shared {
    sem_t empty, full, lock, turn[3];
    int buffer[SIZE];
    int in, out, most, counter;
    char text[40];
    int length;
};

int main(void)
{
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->empty, 1, SIZE);
    sem_init(&s->full, 1, 0);
    sem_init(&s->lock, 1, 1);

    if (fork() == 0) {
        for (int i = 1; i <= ITEMS; i++) {
            sem_wait(&s->empty);
            s->buffer[s->in++ % SIZE] = i;
            sem_post(&s->full);
        }
        _exit(0);
    }
    long sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(&s->full);
        int waiting = s->in - s->out;
        if (waiting > SIZE)
            s->most = waiting;
        sum = sum * 3 % 10007 + s->buffer[s->out++ % SIZE];
        sem_post(&s->empty);
    }
    wait(NULL);
    printf("sum %ld, in %d, out %d, overfull %d\n", sum, s->in, s->out, s->most);

    for (int c = 0; c < 3; c++)
        if (fork() == 0) {
            for (int i = 0; i < 100; i++) {
                sem_wait(&s->lock);
                s->counter++;
                sem_post(&s->lock);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("counter %d\n", s->counter);

    for (int c = 0; c < 3; c++)
        sem_init(&s->turn[c], 1, c == 0);
    for (int c = 2; c >= 0; c--)
        if (fork() == 0) {
            for (int i = 0; i < 4; i++) {
                sem_wait(&s->turn[c]);
                s->text[s->length++] = "abc"[c];
                sem_post(&s->turn[(c + 1) % 3]);
            }
            _exit(0);
        }
    for (int c = 0; c < 3; c++)
        wait(NULL);
    printf("%s\n", s->text);
    sem_destroy(&s->lock);
    return 0;
}
