/* What glibc says of a heap that a program misuses: each case in a child, whose end is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>
static void fill(volatile char *p, int c, int n)
{
    while (n-- > 0)
        *p++ = c;
}

static void run(const char *name, int which)
{
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        char *volatile a = malloc(40), *volatile b = malloc(40), *volatile c = malloc(2000), *volatile d = malloc(2000), *volatile e = malloc(24); volatile int local = 0;
        switch (which) {
        case 0: free(a); free(a); break;
        case 1: free(c); free(c); break;
        case 2: { char *volatile p = (char *)&local; free(p); }; break;
        case 3: free(a + 8); break;
        case 4: fill(a, 'A', 60); free(b); break;
        case 5: fill(c, 'A', 2024); free(d); break;
        case 6: free(a); free(b); free(a); break;
        case 7: b = realloc(a + 4, 100); break;
        case 8: fill(e, 0x41, 40); c = malloc(3000); break;
        case 9: fill(e, 0xff, 40); c = malloc(3000); break;
        case 10: free(c); free(d); free(c); break;
        case 11: { char *volatile p[9]; for (int i = 0; i < 9; i++) p[i] = malloc(40); for (int i = 0; i < 9; i++) free(p[i]); free(p[8]); break; }
        case 12: { char *volatile p[9]; for (int i = 0; i < 9; i++) p[i] = malloc(40); for (int i = 0; i < 9; i++) free(p[i]); free(p[7]); break; }
        case 13: free(c); strcpy(c, "stale"); break;
        case 14: free(d); fill(d, 1, 64); c = malloc(1990); break;
        case 15: free((void *)16); break;
        case 16: c[2000] = 1; free(c); break;
        case 17: { char *volatile m = malloc(300000); free(m + 16); break; }
        case 18: { char *volatile m = malloc(300000); free(m); free(m); break; }
        }
        _exit(0);
    }
    int st; waitpid(p, &st, 0);
    printf("%s: %s %d\n", name, WIFSIGNALED(st) ? "signal" : "exit", WIFSIGNALED(st) ? WTERMSIG(st) : WEXITSTATUS(st));
}
int main(void)
{
    const char *names[] = { "double", "double large", "stack", "inside", "overflow", "overflow large", "a b a", "realloc inside", "top", "top ff", "large a b a", "fast top", "fast", "stale", "stale unsorted", "16", "one byte", "mapped inside", "mapped twice" };
    for (int i = 0; i < 19; i++) run(names[i], i);
    return 0;
}
