/* string.h and ctype.h on arrays, literals and mapped memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <errno.h>
#include <sys/mman.h>

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

int main(void)
{
    char a[64] = "memory", b[] = { 'm', 'a', 'p', 0 };
    printf("%zu %zu %zu\n", strlen(a), sizeof a, sizeof b);
    strcat(strcat(a, "-"), b);
    printf("%s\n", a);
    printf("%s %s %s\n", strchr(a, 'm') == a ? "first" : "?", strrchr(a, 'm'), strstr(a, "y-m"));
    printf("%d %d %d\n", strchr(a, 'z') == NULL, strstr(a, "zz") == NULL, (int)(strchr(a, '\0') - a));
    printf("%d %d %d %d\n", sign(strcmp("abc", "abd")), sign(strcmp("b", "abc")), strcmp("", ""),
           sign(strcmp("abc", "ab")));
    printf("%d %d %d\n", strncmp("abcx", "abcy", 3), sign(strncmp("abcx", "abcy", 4)), strncmp("a", "b", 0));
    printf("%d %d\n", sign(memcmp("a\0b", "a\0c", 3)), memcmp("same", "same", 4));
    printf("%d\n", (int)((char *)memchr("find the t", 't', 10) - "find the t") >= 0);

    char c[8];
    memset(c, 'x', sizeof c);
    strncpy(c, "ab", 5);
    printf("%d %d %c\n", c[1], c[4], c[5]);
    strncpy(c, "long enough", sizeof c);
    printf("%.8s\n", c);
    memmove(c + 2, c, 6);
    printf("%.8s\n", c);
    memmove(c, c + 2, 6);
    printf("%.8s\n", c);
    memcpy(c, "copied!", 8);
    puts(c);

    char *words = strdup("the QUICK brown fox, 42!");
    int letters = 0, digits = 0, spaces = 0;
    for (char *p = words; *p; p++) {
        letters += isalpha((unsigned char)*p) != 0;
        digits += isdigit((unsigned char)*p) != 0;
        spaces += isspace((unsigned char)*p) != 0;
        *p = p == words || p[-1] == ' ' ? toupper(*p) : tolower(*p);
    }
    printf("%s: %d %d %d\n", words, letters, digits, spaces);
    free(words);

    char *end;
    printf("%d %d %d\n", atoi("  -17abc"), atoi("x"), atoi("+5"));
    printf("%ld ", strtol("0x1fg", &end, 16));
    printf("[%s]\n", end);
    printf("%ld %ld %ld\n", strtol("077", NULL, 0), strtol("zz", NULL, 36), strtol("1010", NULL, 2));
    errno = 0;
    long big = strtol("99999999999999999999", &end, 10);
    printf("%ld %d %d\n", big, errno == ERANGE, *end);
    printf("%lu %lu\n", strtoul("18446744073709551615", NULL, 10), strtoul("-1", NULL, 10));
    printf("%s | %s\n", strerror(ENOENT), strerror(EAGAIN));

    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(page, 'p', 8192);
    page[4090] = '\0';
    strcpy(page + 4091, "across the page boundary");
    printf("%zu %zu %s\n", strlen(page), strlen(page + 4091), page + 4091 + 7);
    page[8191] = '\0';
    munmap(page + 4096, 4096);
    printf("%zu %d\n", strlen(page + 1000), strcmp(page + 4000, page + 4000));
    return 0;
}
