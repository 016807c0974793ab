// The textbook's lines: a file is mapped, and the first load brings its page in.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    int fd = open("greeting.txt", O_RDWR | O_CREAT, 0644);
    size_t size = 4096;
    write(fd, "Hello, pages", 12);
    ftruncate(fd, size);

    char *ptr = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    char x = ptr[0];
    printf("%c\n", x);
    printf("%c%c%c%c\n", ptr[1], ptr[2], ptr[3], ptr[4]);
    printf("%d\n", ptr[12]);
    munmap(ptr, size);
    close(fd);
    return 0;
}
