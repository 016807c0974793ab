/* The end of a file under its mappings: the tail of the last page, pages past it,
   truncation down and up. (gVisor 31, 37, 38, 40, 41, 43, 44, 53; LTP 97, 101; open_posix 142, 143;
   Asterinas 172, 173) */
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf back;

static void handler(int sig, siginfo_t *info, void *context)
{
    siglongjmp(back, sig == SIGBUS && info->si_code == BUS_ADRERR ? 1 : 2);
}

static void load(const char *what, volatile char *p)
{
    int bad = sigsetjmp(back, 1);
    if (bad)
        printf("%-36s %s\n", what, bad == 1 ? "SIGBUS" : "SIGSEGV");
    else
        printf("%-36s %d\n", what, *p);
}

static void store(const char *what, volatile char *p, char value)
{
    int bad = sigsetjmp(back, 1);
    if (bad) {
        printf("%-36s %s\n", what, bad == 1 ? "SIGBUS" : "SIGSEGV");
    } else {
        *p = value;
        printf("%-36s stored\n", what);
    }
}

static int fd;

static void in_file(const char *what, off_t at)
{
    char c = -1;
    int n = pread(fd, &c, 1, at);
    printf("%-36s read %d: %d\n", what, n, n == 1 ? c : -1);
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);

    fd = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    char block[6000];
    memset(block, 1, sizeof block);
    write(fd, block, sizeof block);
    char *s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);

    load("the last byte", s + 5999);
    load("the tail of its page", s + 6000);
    store("the tail of its page", s + 6000, 9);
    load("the tail, by the private mapping", p + 6000);
    in_file("the tail, by pread", 6000);
    load("the page after", s + 2 * PAGE);
    store("the page after", s + 2 * PAGE, 9);
    store("the page after, private", p + 2 * PAGE, 9);
    store("shared store", s + 10, 2);
    in_file("is in the file", 10);
    store("private store", p + 20, 3);
    in_file("is not in the file", 20);
    store("private store, second page", p + 5000, 4);

    ftruncate(fd, 0);
    load("shared, truncated to 0", s);
    store("shared, truncated to 0", s, 1);
    load("private, truncated to 0", p + PAGE);
    load("private, copied, truncated to 0", p + 20);
    ftruncate(fd, 3 * PAGE);
    load("shared, grown again", s + 10);
    load("shared, grown again, tail", s + 6000);
    load("private, grown again", p + 20);
    load("private, grown again, second page", p + 5000);
    load("shared, the new page", s + 2 * PAGE);
    store("shared, the new page", s + 2 * PAGE + 1, 5);
    in_file("the new page, by pread", 2 * PAGE + 1);

    store("shared, before a cut in the page", s + 3000, 6);
    store("private, before the cut", p + 3001, 7);
    ftruncate(fd, 3000);
    load("shared, past the cut in the page", s + 3000);
    load("private copy, past the cut", p + 3001);
    ftruncate(fd, PAGE);
    in_file("grown over it", 3000);
    munmap(s, 4 * PAGE);
    s = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1 << 30);
    load("mapped past the end", s);
    munmap(s, PAGE);
    load("unmapped", s);
    return 0;
}
