/* Integer types: promotion, conversion, wrap-around, shifts, division, comparison across signs, compound assignment. */
#include <stdio.h>
#include <stdint.h>
#include <limits.h>
#include <stdbool.h>

int main(void)
{
    signed char sc = 127;
    unsigned char uc = 255;
    short s = -1;
    unsigned short us = 65535;
    unsigned u = 4000000000u;
    long l = 1L << 40;
    bool b = 256;

    sc++;
    uc += 2;
    printf("%d %d %d %d\n", sc, uc, s == us, b);
    printf("%d %d\n", -1 < 1u, -1L < 1u);
    printf("%u %ld %lu\n", u * 2, (long)u * 2, (unsigned long)-1 / 2);
    printf("%d %d %d %d\n", -7 / 2, -7 % 2, 7 / -2, 7 % -2);
    printf("%d %d %u\n", -8 >> 1, (int)(0x80000000u >> 31), ~0u >> 4);
    printf("%ld %x %lx\n", l >> 38, (int)l, (l | 0xff) & ~0xfL);
    printf("%d %d\n", (char)0x1ff, (short)0x18000);
    uint8_t a8 = 200, b8 = 100;
    printf("%d %d\n", a8 + b8, (uint8_t)(a8 + b8));
    int64_t wide = INT32_MAX;
    wide = wide * 2 + 1;
    printf("%ld %d\n", wide, (int)wide);
    int x = 10;
    x += 5;
    x <<= 2;
    x ^= 0x55;
    x %= 37;
    x |= 64;
    x &= ~2;
    x -= -3;
    x *= -1;
    x /= 2;
    printf("x %d\n", x);
    s = 30000;
    s += 10000;
    us -= 65530;
    us <<= 4;
    printf("%d %d\n", s, us);
    printf("%d %d %d\n", !5, !!5, -(-5));
    printf("%d %d\n", 'a' + 1, '\n');
    printf("%zu %zu %zu %zu\n", sizeof(char), sizeof(sc + sc), sizeof(long long), sizeof('a'));
    printf("%d %ld %u %lu\n", INT_MIN, LONG_MIN, UINT_MAX, ULONG_MAX);
    unsigned hash = 2166136261u;
    for (const char *p = "hash me"; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    printf("%u\n", hash);
    uint64_t mix = 0x9e3779b97f4a7c15ull;
    mix ^= mix >> 30;
    mix *= 0xbf58476d1ce4e5b9ull;
    mix ^= mix >> 27;
    printf("%lx %d\n", mix, (int)(mix % 1000));
    int i = 5, j = i++ * 2, k = --i + 1;
    printf("%d %d\n", j > 0, k);
    char *p = (char *)1000;
    int *q = (int *)p;
    printf("%lu %lu %ld\n", (unsigned long)(p + 3), (unsigned long)(q + 3), (long)(&q[7] - (q - 2)));
    return 0;
}
