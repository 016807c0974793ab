/* Who sees whose stores after fork, for six kinds of mappings. (gVisor 89; open_posix 140, 149) */
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
static long P = 4096;
int main(void)
{
    /* who sees what after fork */
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, "file contents", 13);
    char *sa = mmap(0, P, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *pa = mmap(0, P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *sf = mmap(0, P, 3, MAP_SHARED, fd, 0);
    char *pf = mmap(0, P, 3, MAP_PRIVATE, fd, 0);
    int mfd = memfd_create("x", 0);
    ftruncate(mfd, P);
    char *sm = mmap(0, P, 3, MAP_SHARED, mfd, 0);
    char *pm = mmap(0, P, 3, MAP_PRIVATE, mfd, 0);
    int up[2], down[2];
    pipe(up);
    pipe(down);
    strcpy(sa, "sa0");
    strcpy(pa, "pa0");
    strcpy(sm, "sm0");
    char c;
    pid_t pid = fork();
    if (pid == 0) {
        strcpy(sa, "sa1");
        strcpy(pa, "pa1");
        strcpy(sm, "sm1");
        sf[0] = 'F';
        pf[1] = 'I';
        write(up[1], "x", 1);
        read(down[0], &c, 1);
        printf("child: %s %s %s %.4s %.4s %s\n", sa, pa, sm, sf, pf, pm);
        fflush(stdout);
        lseek(fd, 3, SEEK_SET);
        _exit(0);
    }
    read(up[0], &c, 1);
    printf("parent: %s %s %s %.4s %.4s %s\n", sa, pa, sm, sf, pf, pm);
    fflush(stdout);
    strcpy(sa, "sa2");
    strcpy(pa, "pa2");
    pm[0] = '!';
    pf[2] = 'L';
    sf[3] = 'E';
    write(down[1], "x", 1);
    int st;
    waitpid(pid, &st, 0);
    printf("offset %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    char b[14] = "";
    pread(fd, b, 13, 0);
    printf("%s | %.4s %.4s %s %s\n", b, sf, pf, sm, pm);
    /* chain of forks over one private page */
    strcpy(pa, "A");
    fflush(stdout);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            pa[0] += 1;
            printf("level %d %s\n", i, pa);
            fflush(stdout);
            continue;
        }
        wait(&st);
        printf("after %d %s\n", i, pa);
        fflush(stdout);
        _exit(i);
    }
    return 0;
}
