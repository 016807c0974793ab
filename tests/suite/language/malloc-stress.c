/* The heap under load: many sizes, random order, contents kept, realloc both ways, big blocks, alignment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>

#define SLOTS 200

static unsigned char *slot[SLOTS];
static size_t size[SLOTS];
static uint32_t state = 2463534242u;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static size_t some_size(void)
{
    switch (next() % 8) {
    case 0:
        return next() % 50000;
    case 1:
        return 130000 + next() % 100000;
    default:
        return next() % 600;
    }
}

static void check(int i)
{
    for (size_t k = 0; k < size[i]; k += 1 + size[i] / 16)
        if (slot[i][k] != (unsigned char)(i * 7 + k)) {
            printf("slot %d of %zu is wrong at %zu\n", i, size[i], k);
            exit(1);
        }
}

static void fill(int i)
{
    for (size_t k = 0; k < size[i]; k += 1 + size[i] / 16)
        slot[i][k] = (unsigned char)(i * 7 + k);
}

int main(void)
{
    size_t total = 0;
    int rounds = 0, misaligned = 0;
    for (; rounds < 4000; rounds++) {
        int i = next() % SLOTS;
        if (slot[i] == NULL) {
            size[i] = some_size();
            slot[i] = next() % 4 ? malloc(size[i]) : calloc(1, size[i]);
            total += size[i];
        } else if (next() % 3) {
            check(i);
            free(slot[i]);
            slot[i] = NULL;
            continue;
        } else {
            size_t old = size[i];
            check(i);
            size[i] = some_size();
            slot[i] = realloc(slot[i], size[i] ? size[i] : 1);
            size_t kept = old < size[i] ? old : size[i];
            for (size_t k = 0; k < kept; k += 1 + old / 16)
                if (slot[i][k] != (unsigned char)(i * 7 + k)) {
                    printf("realloc lost byte %zu\n", k);
                    return 1;
                }
        }
        misaligned += (uintptr_t)slot[i] % 16 != 0;
        fill(i);
    }
    for (int i = 0; i < SLOTS; i++)
        if (slot[i] != NULL) {
            check(i);
            free(slot[i]);
        }
    printf("%d rounds, %zu bytes in all, misaligned %d\n", rounds, total, misaligned);

    /* A block that was just freed is the next one of its size. */
    char *a = malloc(100), *b = malloc(100);
    free(a);
    char *c = malloc(100);
    printf("reused %d, apart %d\n", a == c, (int)((b > a ? b - a : a - b) >= 100));
    char *z = calloc(25, 4);
    int sum = 0;
    for (int i = 0; i < 100; i++)
        sum += z[i];
    printf("calloc sum %d\n", sum);
    void *aligned;
    printf("posix_memalign %d, %d\n", posix_memalign(&aligned, 4096, 100), (int)((uintptr_t)aligned % 4096));
    memset(aligned, 1, 100);
    free(aligned);
    printf("too much: %d\n", malloc((size_t)-1) == NULL && calloc((size_t)1 << 40, (size_t)1 << 40) == NULL);
    free(b);
    free(c);
    free(z);
    return 0;
}
