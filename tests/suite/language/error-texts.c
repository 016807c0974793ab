/* The texts of all error numbers, and where strerror keeps them; err, errx and perror. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

int main(void)
{
    int status;
    for (int number = -1; number < 136; number++)
        printf("%d %s\n", number, strerror(number));
    printf("%s, %s, %s\n", strerror(0), strerror(ENOEXEC), strerror(9999));
    printf("own texts %d, again %d\n", strerror(ENOMSG) != strerror(EIDRM), strerror(0) == strerror(0));
    const char *success = strerror(0);
    strerror(41);
    printf("still %s\n", success);

    fflush(stdout);
    if (fork() == 0) {
        errno = ESTALE;
        err(3, "cannot open %s", "foo");
    }
    wait(&status);
    printf("err %d\n", WEXITSTATUS(status));
    fflush(stdout);
    if (fork() == 0)
        errx(4, NULL);
    wait(&status);
    printf("errx %d\n", WEXITSTATUS(status));
    dup2(1, 2);
    setvbuf(stdout, NULL, _IONBF, 0);
    errno = ECONNREFUSED;
    perror("connect");
    errno = 58;
    perror(NULL);
    errno = 0;
    perror("");
    return 0;
}
