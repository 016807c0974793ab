/* Functions that call themselves and each other; the Ackermann function, the towers of Hanoi. */
#include <stdio.h>
#include <stdbool.h>

static int moves;

static bool is_odd(unsigned n);

static bool is_even(unsigned n)
{
    return n == 0 ? true : is_odd(n - 1);
}

static bool is_odd(unsigned n)
{
    return n == 0 ? false : is_even(n - 1);
}

static unsigned ackermann(unsigned m, unsigned n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static void hanoi(int n, char from, char to, char by)
{
    if (n == 0)
        return;
    hanoi(n - 1, from, by, to);
    if (moves++ < 5)
        printf("%c -> %c\n", from, to);
    hanoi(n - 1, by, to, from);
}

static long fibonacci(int n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

/* The depth of a recursion whose frames hold an array. */
static int deep(int n)
{
    char frame[200];
    frame[0] = (char)n;
    frame[199] = 1;
    if (n == 0)
        return 0;
    int below = deep(n - 1);
    return below + (frame[0] == (char)n) * frame[199];
}

int main(void)
{
    printf("%d %d %d\n", is_even(10), is_odd(7), is_even(7));
    printf("ackermann(2, 9) = %u\n", ackermann(2, 9));
    hanoi(8, 'A', 'C', 'B');
    printf("%d moves\n", moves);
    printf("fibonacci(20) = %ld\n", fibonacci(20));
    printf("deep: %d\n", deep(3000));
    return 0;
}
