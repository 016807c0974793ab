/* The preprocessor: function-like macros, continuation, conditions, stringising, pasting, handle_error. */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/wait.h>

#define VERSION 3
#define SQUARE(x) ((x) * (x))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define SWAP(type, a, b) do { type swap_tmp = (a); (a) = (b); (b) = swap_tmp; } while (0)
#define SHOW(expr) printf(#expr " = %d\n", (int)(expr))
#define FIELD(n) field_##n
#define handle_error(msg) \
    do { perror(msg); exit(EXIT_FAILURE); } while (0)
#define FOR_EACH(i, n) \
    for (int i = 0; \
         i < (n);   \
         i++)

#if VERSION >= 3 && defined(SQUARE)
#define KIND "new"
#else
#define KIND "old"
#endif
#ifndef MISSING
#define MISSING 12
#endif
#undef VERSION
#ifdef VERSION
#error "VERSION is undefined"
#endif

int main(void)
{
    int FIELD(one) = 4, field_two = 9, status;
    SHOW(SQUARE(field_one + 1));
    SHOW(MAX(field_one, FIELD(two)) - MISSING);
    SWAP(int, field_one, field_two);
    SHOW(field_one * 10 + field_two);
    printf("%s\n", KIND);
    int total = 0;
    FOR_EACH(i, 5)
        total += i;
    SHOW(total);
    assert(total == 10);
    fflush(stdout);
    if (fork() == 0) {
        close(2);
        if (open("no/such/file", O_RDONLY) == -1)
            handle_error("open");
        _exit(0);
    }
    wait(&status);
    printf("handle_error: %d\n", WEXITSTATUS(status));
    fflush(stdout);
    if (fork() == 0) {
        close(2);
        assert(total == 11);
        _exit(0);
    }
    wait(&status);
    printf("assert: signal %d\n", WTERMSIG(status));
    printf("line %d\n", __LINE__);
    return 0;
}
