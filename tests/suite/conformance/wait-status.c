/* Where the status of wait does not fit into memory, none of its bytes is stored. (linux-facts 18) */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void try(const char *what, char *status)
{
    memset(status, 'x', 2);
    fflush(stdout);
    if (fork() == 0)
        _exit(7);
    errno = 0;
    int failed = waitpid(-1, (int *)status, 0) < 0;
    printf("%-24s %s, %d %d\n", what, failed ? strerror(errno) : "told", status[0], status[1]);
}

int main(void)
{
    char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    try("across two pages", p + PAGE - 2);
    munmap(p + PAGE, PAGE);
    try("beyond the last", p + PAGE - 2);
    printf("another %d\n", waitpid(-1, NULL, 0));
    return 0;
}
