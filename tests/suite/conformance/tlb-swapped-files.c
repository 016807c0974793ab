/* Two files mapped, unmapped and mapped again the other way round: each address shows its new
   file. A sparse file has data where it was stored only. (LTP 110, 112) */
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
    int a = open("first", O_CREAT | O_RDWR | O_TRUNC, 0644), b = open("second", O_CREAT | O_RDWR | O_TRUNC, 0644);
    ftruncate(a, PAGE);
    ftruncate(b, PAGE);
    pwrite(a, "a", 1, 0);
    pwrite(b, "b", 1, 0);
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, a, 0), *q = mmap(NULL, PAGE, RW, MAP_SHARED, b, 0);
    for (int i = 0; i < 4; i++) {
        printf("%c %c\n", p[0], q[0]);
        munmap(p, PAGE);
        munmap(q, PAGE);
        mmap(p, PAGE, RW, MAP_SHARED | MAP_FIXED, i % 2 ? a : b, 0);
        mmap(q, PAGE, RW, MAP_SHARED | MAP_FIXED, i % 2 ? b : a, 0);
        p[0] = p[0] == 'a' || p[0] == 'A' ? 'A' + i * 32 % 64 : 'B' + i * 32 % 64;
    }
    int fd = open("sparse", O_CREAT | O_RDWR | O_TRUNC, 0644);
    off_t size = 5L << 30;
    printf("grown: %d\n", ftruncate(fd, size));
    char *s = mmap(NULL, size, RW, MAP_SHARED, fd, 0);
    for (off_t at = 0; at < size; at += 1L << 30)
        s[at + 17] = 'g';
    int sum = 0;
    for (off_t at = 0; at < size; at += 1L << 29)
        sum += s[at + 17] == 'g';
    msync(s, size, MS_SYNC);
    struct stat st;
    fstat(fd, &st);
    printf("found %d, size %ld, few blocks %d\n", sum, (long)st.st_size, st.st_blocks < 1000);
    char c;
    pread(fd, &c, 1, (3L << 30) + 17);
    printf("%c\n", c);
    return 0;
}
