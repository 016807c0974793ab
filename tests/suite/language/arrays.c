/* Arrays of arrays, of variable length, of pointers and strings; pointers to arrays; initialisers. */
#include <stdio.h>
#include <string.h>

#define N 4

static const char *const month[] = { "Jan", "Feb", [3] = "Apr", "May" };
static int grid[3][N] = { { 1, 2 }, [2] = { 7, 8, 9 } };
static struct { char name[8]; int days[2]; } seasons[] = { { "spring", { 90, 91 } }, { .days = { 1 }, .name = "x" } };

static int trace(int n, int m[n][n])
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += m[i][i];
    return sum;
}

static void transpose(int (*to)[3], const int (*from)[N])
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < N; c++)
            to[c][r] = from[r][c];
}

static long squares(int n)
{
    long square[n], sum = 0;
    for (int i = 0; i < n; i++)
        square[i] = (long)i * i;
    for (int i = n; i-- > 0;)
        sum += square[i];
    return sum + (long)sizeof square;
}

int main(void)
{
    int turned[N][3], matrix[3][3] = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } };
    for (int i = 0; i < (int)(sizeof month / sizeof month[0]); i++)
        printf("%s ", month[i] ? month[i] : "(none)");
    printf("\n");
    transpose(turned, (const int (*)[N])grid);
    for (int r = 0; r < N; r++)
        printf("%d %d %d\n", turned[r][0], turned[r][1], turned[r][2]);
    printf("trace %d\n", trace(3, matrix));
    for (int n = 1; n < 50; n += 16)
        printf("%ld ", squares(n));
    printf("\n");
    int (*row)[3] = matrix + 1;
    int *flat = &matrix[0][0];
    printf("%d %d %d %d\n", (*row)[2], row[1][0], flat[4], *(*(matrix + 2) + 1));
    printf("%ld %ld\n", (long)(&matrix[2][1] - flat), (long)((char *)row - (char *)matrix));
    printf("%s %d %s %d %d\n", seasons[0].name, seasons[0].days[1], seasons[1].name, seasons[1].days[0],
           (int)(sizeof seasons / sizeof *seasons));
    char text[] = "initialised", *words[3] = { text, text + 4, "literal" };
    text[0] = 'I';
    for (int i = 0; i < 3; i++)
        printf("%s%c", words[i], i < 2 ? ' ' : '\n');
    int big[300] = { [10] = 5, [290] = 6, 7 };
    int sum = 0;
    for (int i = 0; i < 300; i++)
        sum += big[i] * i;
    printf("sum %d\n", sum);
    for (int n = 1; n <= 3; n++) {
        char triangle[n][n + 1];
        memset(triangle, '*', sizeof triangle);
        for (int i = 0; i < n; i++)
            triangle[i][i + 1] = '\0';
        for (int i = 0; i < n; i++)
            printf("%s ", triangle[i]);
        printf("(%zu)\n", sizeof triangle);
    }
    return 0;
}
