/* printf's conversions with flags, width, precision and length. */
#include <stdio.h>
#include <stdint.h>
#include <limits.h>
#include <sys/types.h>

int main(void)
{
    char buf[32];
    printf("[%d] [%5d] [%-5d] [%05d] [%+d] [% d]\n", 42, 42, 42, 42, 42, 42);
    printf("[%.3d] [%8.3d] [%-8.3d] [%08.3d] [%.0d]\n", 7, 7, 7, 7, 0);
    printf("[%u] [%x] [%X] [%#x] [%#X] [%o] [%#o]\n", 3000000000u, 48879, 48879, 48879, 48879, 8, 8);
    printf("[%#x] [%#o] [%10x] [%-10x] [%010x]\n", 0, 0, 255, 255, 255);
    printf("[%c] [%3c] [%-3c] [%c]\n", 'a', 'b', 'c', 65);
    printf("[%s] [%8s] [%-8s] [%.2s] [%8.3s]\n", "text", "text", "text", "text", "text");
    printf("[%*d] [%-*d] [%.*s] [%*d]\n", 6, 1, 6, 2, 3, "abcdef", -4, 3);
    printf("[%hhd] [%hhu] [%hd] [%hu]\n", 300, 300, 70000, 70000);
    printf("[%ld] [%lu] [%lx] [%lld] [%llu]\n", LONG_MIN, ULONG_MAX, ULONG_MAX, LLONG_MAX, ULLONG_MAX);
    printf("[%zu] [%zd] [%td] [%jd]\n", (size_t)-1, (ssize_t)-1, (char *)9 - (char *)4, (intmax_t)INT64_MIN);
    printf("[%d] [%i] [%d%%]\n", INT_MIN, INT_MAX, 100);
    printf("[%p] [%p] [%20p] [%-20p]\n", (void *)0x1234, NULL, (void *)0xabcdef, (void *)1);
    printf("[%s]\n", (char *)NULL);
    int n = snprintf(buf, 8, "%s-%d", "truncated", 12345);
    printf("%d [%s]\n", n, buf);
    n = sprintf(buf, "%04x:%-4d|", 0xab, 9);
    printf("%d [%s]\n", n, buf);
    n = snprintf(NULL, 0, "%d %s", 1000, "and more");
    printf("%d\n", n);
    n = printf("counted\n");
    printf("%d\n", n);
    printf("%d %d %u %u\n", (char)200, (unsigned char)200, (unsigned)-1, (unsigned short)-1);
    printf("%s%s%s\n", "one", "" "two", "three" /* joined */ " and four");
    putchar('x');
    putchar('\n');
    puts("");
    puts("the end\ttab \\ \"quoted\" \x41\102");
    return 0;
}
