/* Where malloc puts blocks after many frees, and what it reuses: distances in bytes from the first block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned state = 12345;

static unsigned number(void)
{
    state = state * 1103515245u + 12345u;
    return state >> 16;
}

static char *first;

static void blocks_of_all_sizes(int steps)
{
    void *blocks[64] = { 0 };

    for (int step = 0; step < steps; step++) {
        int i = number() % 64;
        switch (number() % 6) {
        case 0:
        case 1:
            free(blocks[i]);
            blocks[i] = NULL;
            break;
        case 2:
            if (!blocks[i])
                blocks[i] = malloc(number() % 200);
            break;
        case 3:
            if (!blocks[i])
                blocks[i] = malloc(number() % 5000);
            break;
        case 4:
            if (blocks[i])
                blocks[i] = realloc(blocks[i], number() % 3000 + 1);
            else
                blocks[i] = calloc(1, number() % 600);
            break;
        default:
            if (!blocks[i]) {
                size_t align = 16 << number() % 9;
                if (posix_memalign(&blocks[i], align, number() % 3000))
                    puts("no memory");
            }
        }
        if (step % 25 == 0)
            printf("%d: %ld\n", step, blocks[i] ? (char *)blocks[i] - first : -1);
    }
    for (int i = 0; i < 64; i++)
        free(blocks[i]);
}

static void large_blocks(void)
{
    char *blocks[8];

    for (int i = 0; i < 8; i++) {
        blocks[i] = malloc(20000 * (i + 1));
        printf("%d bytes: %s\n", 20000 * (i + 1), blocks[i] > first && blocks[i] - first < 1 << 20 ? "heap" : "mapping");
    }
    printf("break at %ld\n", (char *)sbrk(0) - first);
    for (int i = 0; i < 8; i++)
        free(blocks[i]);
    printf("break at %ld\n", (char *)sbrk(0) - first);
    blocks[0] = malloc(150000);
    printf("150000 bytes: %s\n", blocks[0] > first && blocks[0] - first < 1 << 20 ? "heap" : "mapping");
}

static void break_of_the_program_itself(void)
{
    sbrk(4096 + 8);
    char *a = malloc(60000), *b = malloc(120000);
    printf("%ld %ld\n", a - first, b - first);
    printf("break at %ld\n", (char *)sbrk(0) - first);
    free(a);
    free(b);
    char *c = malloc(50000);
    printf("%d\n", c == a);
}

int main(void)
{
    static char buffer[1024];

    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    first = malloc(8);
    blocks_of_all_sizes(3000);
    large_blocks();
    break_of_the_program_itself();
    return 0;
}
