// Copy-on-write after fork: both processes share each frame until one of them stores into it.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (private == MAP_FAILED || shared == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    private[0] = 'a';
    private[4096] = 'b';
    shared[0] = 'c';

    pid_t child = fork();
    if (child == 0) {
        private[0] = 'X';
        shared[0] = 'Y';
        printf("child:  %c %c %c\n", private[0], private[4096], shared[0]);
        return 7;
    }
    int status;
    wait(&status);
    private[4096] = 'Z';
    printf("parent: %c %c %c\n", private[0], private[4096], shared[0]);
    printf("child exited with %d\n", WEXITSTATUS(status));
    return 0;
}
