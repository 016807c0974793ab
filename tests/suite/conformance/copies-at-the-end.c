/* A structure that would end behind the last address of a process is not copied at all; one that ends in a hole is
   copied as far as it goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096

static void limits(const char *what, char *end)
{
    char before[9];
    memcpy(before, end - 9, 9);
    errno = 0;
    int result = getrlimit(RLIMIT_FSIZE, (struct rlimit *)(end - 9));
    printf("%-28s %d %s, changed %d\n", what, result, strerror(errno), memcmp(before, end - 9, 9) != 0);
}

static void ends(const char *what, char *end)
{
    errno = 0;
    int result = pipe((int *)(end - 4));
    printf("%-28s %d %s\n", what, result, strerror(errno));
}

int main(void)
{
    char *last = (char *)0x7ffffffff000, *low = (char *)0x10001000;
    /* Where the stack ends there, its last page does as well. */
    mmap(last - PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    mmap(low - PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    limits("limits in a hole", low);
    limits("limits behind the end", last);
    ends("descriptors in a hole", low);
    ends("descriptors behind the end", last);
    printf("the next descriptor is %d\n", dup(0));
    return 0;
}
