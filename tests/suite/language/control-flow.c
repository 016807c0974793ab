/* switch with fall-through, nested loops, break, continue, goto, do-while, comma, conditional chains. */
#include <stdio.h>

enum colour { RED, GREEN = 5, BLUE };

static const char *name(enum colour c)
{
    switch (c) {
    case RED:
        return "red";
    case GREEN:
        return "green";
    case BLUE:
        return "blue";
    default:
        return "?";
    }
}

static int classify(int n)
{
    int score = 0;
    switch (n) {
    case 1:
        score += 1;
        /* fall through */
    case 2:
        score += 10;
        break;
    case 3: {
        int i;
        for (i = 0; i < 5; i++) {
            if (i == 3)
                break;
            score += 100;
        }
        break;
    }
    case -4:
    case 'x':
        score = 7777;
        break;
    default:
        score = -1;
    }
    return score;
}

/* Duff's device. */
static void copy(char *to, const char *from, int count)
{
    int n = (count + 3) / 4;
    switch (count % 4) {
    case 0: do { *to++ = *from++;
    case 3:      *to++ = *from++;
    case 2:      *to++ = *from++;
    case 1:      *to++ = *from++;
            } while (--n > 0);
    }
}

static int find(int wanted)
{
    int a, b, tries = 0;
    for (a = 1; a < 20; a++) {
        for (b = a; b < 20; b++) {
            tries++;
            if (a * a + b * b == wanted)
                goto found;
        }
    }
    return -1;
found:
    printf("%d = %d^2 + %d^2 after %d tries\n", wanted, a, b, tries);
    return a;
}

int main(void)
{
    char buf[16] = { 0 };
    printf("%s %s %s %s\n", name(RED), name(BLUE), name(GREEN), name(3));
    printf("%d %d %d %d %d %d\n", classify(1), classify(2), classify(3), classify(-4), classify('x'), classify(0));
    copy(buf, "duff's device", 13);
    puts(buf);
    find(250);
    printf("%d\n", find(3));

    int i = 0, sum = 0;
    while (1) {
        i++;
        if (i % 2)
            continue;
        if (i > 10)
            break;
        sum += i;
    }
    printf("i %d, sum %d\n", i, sum);
    do
        sum -= 7;
    while (sum > 0);
    printf("sum %d\n", sum);
    for (int a = 0, b = 10; a < b; a++, b -= 2)
        printf("(%d %d)", a, b);
    printf("\n");
    i = 3;
again:
    printf("%d ", i);
    if (--i)
        goto again;
    printf("go\n");
    int x = (i = 5, i * 2);
    printf("%d %s %d\n", x, x > 5 ? x > 9 ? "large" : "middle" : "small", !x || (i && !0));
    int calls = 0;
    if (calls++ && calls++)
        calls = 100;
    if (calls++ || calls++)
        printf("calls %d\n", calls);
    unsigned char c = 250;
    for (int k = 0; k < 10; k++)
        c++;
    printf("c %d\n", c);
    return 0;
}
