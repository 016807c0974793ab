/* setjmp and longjmp: out of deep calls, values, several buffers, volatile variables; a tiny exception scheme. */
#include <stdio.h>
#include <setjmp.h>
#include <string.h>

static jmp_buf outer, inner, table[3];
static int depth_reached;

static void dive(int depth)
{
    char local[50];
    memset(local, depth, sizeof local);
    depth_reached = depth;
    if (depth == 20)
        longjmp(outer, local[10]);
    dive(depth + 1);
}

static int parse(const char *text)
{
    int n = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            longjmp(inner, *text);
        n = n * 10 + (*text - '0');
    }
    return n;
}

static int safely(const char *text)
{
    volatile int tries = 0;
    int error = setjmp(inner);
    tries++;
    if (error) {
        printf("bad character '%c' at try %d\n", error, tries);
        return -1;
    }
    return parse(text);
}

int main(void)
{
    volatile int kept = 1;
    int value = setjmp(outer);
    if (value == 0) {
        kept = 2;
        dive(0);
    }
    printf("value %d, depth %d, kept %d\n", value, depth_reached, kept);
    printf("%d %d\n", safely("1234"), safely("12x4"));

    if (setjmp(table[1]) == 0)
        longjmp(table[1], 0);
    else
        printf("0 becomes 1\n");

    volatile int rounds = 0;
    switch (setjmp(table[2])) {
    case 0:
        rounds = 1;
        longjmp(table[2], 5);
    case 5:
        rounds++;
        longjmp(table[2], 6);
    case 6:
        rounds++;
        break;
    default:
        printf("not here\n");
    }
    printf("rounds %d\n", rounds);
    return 0;
}
