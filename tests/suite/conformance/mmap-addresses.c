/* Hints, fixed addresses, and MAP_FIXED_NOREPLACE. (gVisor 7, 8, 10, 11, 13, 14) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static char *base;

static void try(const char *what, char *address, size_t length, int flags)
{
    errno = 0;
    char *p = mmap(address, length, RW, ANON | flags, -1, 0);
    if (p == MAP_FAILED)
        printf("%-34s %s\n", what, strerror(errno));
    else
        printf("%-34s page %ld\n", what, (long)(p - base) / PAGE);
}

int main(void)
{
    base = mmap(NULL, 16 * PAGE, PROT_NONE, ANON, -1, 0);
    munmap(base, 16 * PAGE);
    try("hint", base + 4 * PAGE, PAGE, 0);
    try("unaligned hint", base + 6 * PAGE + 123, PAGE, 0);
    try("fixed", base + 8 * PAGE, 2 * PAGE, MAP_FIXED);
    try("fixed, unaligned", base + 8 * PAGE + 1, PAGE, MAP_FIXED);
    strcpy(base + 8 * PAGE, "old");
    try("noreplace, exactly there", base + 8 * PAGE, 2 * PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace, first page taken", base + 9 * PAGE, 2 * PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace, last page taken", base + 7 * PAGE, 2 * PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace, around it", base + 7 * PAGE, 4 * PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace, unaligned", base + 12 * PAGE + 5, PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace, free", base + 12 * PAGE, PAGE, MAP_FIXED_NOREPLACE);
    try("noreplace with fixed, taken", base + 8 * PAGE, PAGE, MAP_FIXED_NOREPLACE | MAP_FIXED);
    printf("still %s\n", base + 8 * PAGE);
    try("fixed over it", base + 8 * PAGE, PAGE, MAP_FIXED);
    printf("now %d\n", base[8 * PAGE]);
    try("stack", NULL, 0, MAP_STACK);
    char *s = mmap(NULL, PAGE, RW, ANON | MAP_STACK, -1, 0);
    char *l = mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0);
    printf("MAP_STACK %d, MAP_LOCKED %d\n", s != MAP_FAILED, l != MAP_FAILED);
    char *low = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0);
    printf("MAP_32BIT below 4 GiB: %d\n", low != MAP_FAILED && ((unsigned long)low + PAGE) >> 32 == 0);
    try("beyond the end of user space", (char *)(1UL << 47), PAGE, MAP_FIXED);
    try("over the end of user space", (char *)((1UL << 47) - 2 * PAGE), 2 * PAGE, MAP_FIXED);
    return 0;
}
