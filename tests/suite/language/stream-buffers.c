/* What setvbuf changes: a small buffer does not keep what is left of a long text; an unbuffered stream stays so. */
#include <stdio.h>
#include <unistd.h>
#include <string.h>
#include <sys/wait.h>
int main(void)
{
    static char b[64];
    setvbuf(stdout, b, _IOFBF, sizeof b);
    printf("short ");
    puts("a long line of text that certainly does not fit into the sixty-four bytes of the buffer");
    puts("again");
    if (fork() == 0) _exit(0);
    wait(NULL);
    printf("0123456789012345678901234567890123456789012345678901234567");
    fflush(stdout);
    puts("lost or not, a long line of text that certainly does not fit into sixty-four bytes of it");
    fflush(stdout);
    static char c[200];
    setvbuf(stdout, c, _IOFBF, sizeof c);
    for (int i = 0; i < 50; i++) printf("%d ", i * 1000);
    puts("");
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("unbuffered"); printf("\n");
    printf("%d\n", setvbuf(stdout, NULL, _IOLBF, 0));
    printf("tail without newline");
    _exit(3);
}
