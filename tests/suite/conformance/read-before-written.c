/* Pages that are loaded before anything is stored: of a shared file, of MAP_NORESERVE, below 4 GiB.
   (gVisor 46, 50, 55) */
#include <stdio.h>
#include <fcntl.h>
#include <unistd.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
int main(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char b[4096];
    memset(b, 'q', sizeof b);
    write(fd, b, sizeof b);
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int n = 0;
    for (int i = 0; i < 4096; i++)
        n += p[i] == 'q';
    printf("%d\n", n);
    ssize_t r = pread(fd, b, 10, 4090);
    printf("%zd\n", r);
    unsigned char v;
    mincore(p, 4096, &v);
    printf("%d\n", v & 1);
    char *np = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    n = 0;
    for (int i = 0; i < 1 << 20; i += 4096)
        n += np[i];
    printf("%d\n", n);
    np[5000] = 3;
    printf("%d %d\n", np[5000], np[4999]);
    char *q = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    printf("below 4 GiB: %d\n", (unsigned long)q + 8192 <= 1UL << 32);
    q = mmap((void *)0x700000000000, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    printf("below 4 GiB: %d\n", (unsigned long)q + 8192 <= 1UL << 32);
    q = mmap(NULL, 8192, PROT_READ, MAP_SHARED | MAP_32BIT, fd, 0);
    printf("file below 2 GiB: %d\n", (unsigned long)q + 8192 <= 1UL << 31);
    return 0;
}
