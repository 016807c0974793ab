/* A file of /tmp may have the program's own name: it is another file than the running program. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    struct stat st;
    int fd = open("/tmp/own-name", O_RDWR | O_CREAT | O_TRUNC, 0600);

    printf("%d\n", fd != -1);
    fstat(fd, &st);
    printf("%ld\n", (long)st.st_size);
    ftruncate(fd, 100);
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(p, "not the program");
    puts(p);
    unlink("/tmp/own-name");
    puts("still here");
    return 0;
}
