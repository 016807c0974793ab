/* Who sees a store after fork, for every kind of mapping; offsets shared by descriptors.
   (gVisor 77, 82, 89; LTP 124, 128; open_posix 140, 149; selftests 157) */
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static int fd, mem;

static char *map(int kind)
{
    switch (kind) {
    case 0: return mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    case 1: return mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    case 2: return mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
    case 3: return mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    case 4: return mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, mem, 0);
    default: return mmap(NULL, 2 * PAGE, RW, MAP_SHARED, mem, 0);
    }
}

static const char *kinds[] = {
    "private anonymous", "shared anonymous", "private file", "shared file", "private memfd", "shared memfd",
};

int main(void)
{
    fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    mem = memfd_create("m", 0);
    for (int touched = 0; touched < 2; touched++)
        for (int k = 0; k < 6; k++) {
            ftruncate(fd, 0);
            ftruncate(mem, 0);
            ftruncate(fd, 2 * PAGE);
            ftruncate(mem, 2 * PAGE);
            pwrite(fd, "f", 1, 0);
            pwrite(mem, "m", 1, 0);
            volatile char *p = map(k), *go = map(1);
            if (touched)
                p[0] = 'P';
            pid_t child = fork();
            if (child == 0) {
                while (go[0] == 0)
                    usleep(1000);
                char seen = p[0];
                p[0] = 'c';
                p[PAGE] = seen ? seen : '.';
                go[1] = p[PAGE];
                go[0] = 2;
                while (go[0] == 2)
                    usleep(1000);
                go[2] = p[0];
                _exit(0);
            }
            p[PAGE + 1] = 'q';
            p[0] = 'p';
            go[0] = 1;
            while (go[0] == 1)
                usleep(1000);
            char parent = p[0];
            p[0] = 'z';
            go[0] = 3;
            waitpid(child, NULL, 0);
            char file = '-';
            if (k >= 2)
                pread(k < 4 ? fd : mem, &file, 1, 0);
            printf("%-18s %-9s child saw %c, parent saw %c, child last saw %c, file has %c, second page %c\n",
                   kinds[k], touched ? "touched" : "untouched", go[1], parent, go[2], file,
                   p[PAGE] ? p[PAGE] : '.');
            munmap((void *)p, 2 * PAGE);
            munmap((void *)go, 2 * PAGE);
        }

    char *p = map(0);
    memset(p, 'x', 2 * PAGE);
    if (fork() == 0) {
        madvise(p, PAGE, MADV_DONTNEED);
        _exit(p[0] == 0 && p[PAGE] == 'x' ? 0 : 1);
    }
    int status;
    wait(&status);
    printf("dontneed in the child: %d, parent has %c\n", WEXITSTATUS(status), p[0]);

    lseek(fd, 0, SEEK_SET);
    if (fork() == 0) {
        lseek(fd, 100, SEEK_SET);
        _exit(0);
    }
    wait(NULL);
    printf("the child moved the offset to %d\n", (int)lseek(fd, 0, SEEK_CUR));

    p = map(0);
    p[0] = 1;
    pid_t first = fork();
    if (first == 0) {
        pid_t second = fork();
        if (second == 0) {
            p[0]++;
            _exit(p[0]);
        }
        p[0] += 10;
        waitpid(second, &status, 0);
        _exit(p[0] * 10 + WEXITSTATUS(status));
    }
    p[0] += 100;
    waitpid(first, &status, 0);
    printf("three generations: %d, %d\n", p[0], WEXITSTATUS(status));
    return 0;
}
