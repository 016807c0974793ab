/* Guard regions: installed and removed page by page, over several mappings and holes.
   (LTP 125; selftests 161) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

static sigjmp_buf back;
static volatile int code;

static void handler(int sig, siginfo_t *info, void *context)
{
    code = sig == SIGBUS ? 'B' : info->si_code == SEGV_MAPERR ? 'M' : 'A';
    siglongjmp(back, 1);
}

static char *base;

static void show(const char *what, int result)
{
    int error = errno;
    printf("%-32s %2d %-22s ", what, result, result ? strerror(error) : "");
    for (volatile int i = 0; i < 10; i++)
        if (sigsetjmp(back, 1) == 0) {
            char c = *(volatile char *)(base + i * PAGE);
            putchar(c ? c : '.');
        } else {
            putchar(code);
        }
    putchar('\n');
    errno = 0;
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    base = mmap(NULL, 10 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 10; i++)
        base[i * PAGE] = 'a' + i;
    show("filled", 0);
    show("guard 2-4", madvise(base + 2 * PAGE, 3 * PAGE, MADV_GUARD_INSTALL));
    show("again", madvise(base + 2 * PAGE, 3 * PAGE, MADV_GUARD_INSTALL));
    show("remove 3", madvise(base + 3 * PAGE, PAGE, MADV_GUARD_REMOVE));
    show("dontneed 0-5 keeps guards", madvise(base, 6 * PAGE, MADV_DONTNEED));
    show("mprotect keeps them", mprotect(base, 10 * PAGE, PROT_READ));
    mprotect(base, 10 * PAGE, RW);
    munmap(base + 7 * PAGE, PAGE);
    show("install over a hole", madvise(base + 6 * PAGE, 3 * PAGE, MADV_GUARD_INSTALL));
    show("remove over a hole", madvise(base + 6 * PAGE, 3 * PAGE, MADV_GUARD_REMOVE));
    base[8 * PAGE] = 'I';
    show("populate a guard", madvise(base + 2 * PAGE, PAGE, MADV_POPULATE_WRITE));
    fflush(stdout);
    if (fork() == 0) {
        show("child has them", 0);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    char *moved = mremap(base + PAGE, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + 5 * PAGE);
    show("moved 1-3 to 5-7", moved == MAP_FAILED ? -1 : 0);
    mmap(base + 6 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    show("mapped over", 0);
    mlock(base + 8 * PAGE, PAGE);
    show("install on locked", madvise(base + 8 * PAGE, PAGE, MADV_GUARD_INSTALL));

    int fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    for (int i = 0; i < 10; i++)
        pwrite(fd, &"0123456789"[i], 1, i * PAGE);
    mmap(base, 10 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
    show("shared file: install 1-2", madvise(base + PAGE, 2 * PAGE, MADV_GUARD_INSTALL));
    show("remove 1", madvise(base + PAGE, PAGE, MADV_GUARD_REMOVE));
    show("length 0", madvise(base + 5 * PAGE, 0, MADV_GUARD_INSTALL));
    return 0;
}
