/* What programs print with besides printf, on both streams, and numbers that they read and turn. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    int result;
    result = fputs("one ", stdout);
    printf("%d\n", result > 0);
    result = fputc('A' + 256, stdout);
    printf(" %d\n", result);
    result = putc('\n', stdout);
    printf("%d\n", result);
    dup2(1, 2);
    fflush(stdout);
    fputs("to the other stream\n", stderr);
    fputc('!', stderr);
    putc('\n', stderr);
    fputs("", stdout);
    close(1);
    result = fputs("nowhere\n", stdout);
    result = result == EOF || fflush(stdout) == EOF;
    fprintf(stderr, "closed: %d\n", result);
    fprintf(stderr, "%ld %ld %ld\n", atol(" -12345678901x"), atol("99999999999999999999"), atol("none"));
    fprintf(stderr, "%d %d %ld %ld\n", abs(-3), abs(INT_MAX), labs(-4000000000L), labs(5));
    return 0;
}
