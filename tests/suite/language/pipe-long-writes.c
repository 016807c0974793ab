/* Writes that are longer than a pipe: they wait again and again while somebody reads, in pieces that fit nothing. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char out[250000], in[7777];

static void send(int fd, size_t length, int seed)
{
    size_t i;
    for (i = 0; i < length; i++)
        out[i] = (char)(i * seed);
    printf("wrote %zd\n", write(fd, out, length));
}

int main(void)
{
    int ends[2], status, calls = 0;
    unsigned sum = 0;
    long total = 0;
    ssize_t length, i;
    pipe(ends);
    if (fork() == 0) {
        close(ends[0]);
        send(ends[1], 199999, 7);
        send(ends[1], 3, 11);
        send(ends[1], 65537, 13);
        send(ends[1], 249856, 17);
        fflush(stdout);
        _exit(5);
    }
    close(ends[1]);
    while ((length = read(ends[0], in, sizeof in)) > 0) {
        total += length;
        calls += length < 4096;
        for (i = 0; i < length; i++)
            sum = sum * 31 + (unsigned char)in[i];
    }
    wait(&status);
    printf("read %ld, sum %x, exit %d\n", total, sum, WEXITSTATUS(status));
    return 0;
}
