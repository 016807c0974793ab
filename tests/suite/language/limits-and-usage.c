/* getrlimit, setrlimit and getrusage: their errors, and the most memory that was resident. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long most(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return usage.ru_maxrss;
}

int main(void)
{
    struct rlimit limit = { 64 << 20, 64 << 20 };
    size_t length = 32 << 20;

    printf("%d\n", getrlimit(RLIMIT_AS, NULL));
    printf("%d\n", setrlimit(RLIMIT_AS, NULL));
    printf("%d\n", getrlimit(99, NULL));
    perror("getrlimit");
    printf("%d\n", setrlimit(-1, NULL));
    perror("setrlimit");
    printf("%d\n", getrlimit(RLIMIT_AS, (struct rlimit *)8));
    perror("getrlimit");
    printf("%d\n", setrlimit(99, (struct rlimit *)8));
    perror("setrlimit");

    long before = most(RUSAGE_SELF);
    printf("%d\n", before > 0 && most(RUSAGE_CHILDREN) == 0);
    char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, length);
    long grown = most(RUSAGE_SELF);
    /* Linux counts in batches, and what was there before the program started. */
    printf("%d\n", grown > 31000 && grown < 36000);
    munmap(p, length);
    printf("%d\n", most(RUSAGE_SELF) >= grown);
    fflush(stdout);
    if (fork() == 0) {
        printf("a child starts anew: %d\n", most(RUSAGE_SELF) < 8000);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("%d\n", most(RUSAGE_CHILDREN) > 0 && most(RUSAGE_CHILDREN) < 8000);

    printf("%d\n", setrlimit(RLIMIT_AS, &limit));
    printf("%d\n", mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    perror("mmap");
    printf("%d\n", malloc(100 << 20) == NULL);
    return 0;
}
