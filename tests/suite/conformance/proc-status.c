/* What /proc/self/status and statm count: VmLck of MAP_LOCKED and mlock (LTP 106), VmRSS by kind, VmSize and its
   peak, VmData. (Asterinas 173, open_posix 148) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define FIELDS 9

static const char *fields[FIELDS] = {
    "VmPeak", "VmSize", "VmLck", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk",
};
static char text[8192];
static long before[FIELDS], pages_before[7];

static void slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t length = 0, count;
    while ((count = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += count;
    text[length] = 0;
    close(fd);
}

static long field(const char *name)
{
    char key[20], *at;
    snprintf(key, sizeof key, "\n%s:", name);
    at = strstr(text, key);
    return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* Prints what has changed, in kB. */
static void show(const char *what)
{
    int i;
    slurp("/proc/self/status");
    printf("%s:", what);
    for (i = 0; i < FIELDS; i++) {
        long now = field(fields[i]);
        if (now != before[i])
            printf(" %s %+ld", fields[i], now - before[i]);
        before[i] = now;
    }
    printf("\n");
}

static void show_statm(const char *what)
{
    char *at = text;
    int i;
    slurp("/proc/self/statm");
    printf("statm, %s:", what);
    for (i = 0; i < 7; i++) {
        long now = strtol(at, &at, 10);
        printf(" %+ld", now - pages_before[i]);
        pages_before[i] = now;
    }
    printf("\n");
}

static void *map(size_t pages, int prot, int flags, int fd)
{
    return mmap(NULL, pages * PAGE, prot, flags, fd, 0);
}

/* Everything that the windows use is brought in first. */
static void warm_up(void)
{
    char *p = map(1, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    mlock(p, PAGE);
    munlock(p, PAGE);
    memset(p, 1, PAGE);
    munmap(p, PAGE);
    fallocate(-1, 0, 0, 0);
    show("");
    show_statm("");
}

int main(void)
{
    char *p, *q, *big;
    int fd, status;
    setvbuf(stdout, NULL, _IOFBF, 4096);
    fd = open("/dev/null", O_WRONLY);
    dup2(1, 20);
    dup2(fd, 1);
    warm_up();
    warm_up();
    fflush(stdout);
    dup2(20, 1);
    show_statm("nothing");

    p = map(100, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    show("mapped 100 pages");
    memset(p, 1, 37 * PAGE);
    show("stored to 37");
    mlock(p + 10, 5 * PAGE);
    show("locked 5 pages and a bit");
    munlock(p + PAGE, PAGE);
    show("unlocked one");
    q = map(3, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1);
    show("MAP_LOCKED");
    mlock(q, PAGE);
    show("locked again");
    madvise(p + 20 * PAGE, 10 * PAGE, MADV_DONTNEED);
    show("gave ten up");
    show_statm("after that");
    q = map(20, RW, MAP_SHARED | MAP_ANONYMOUS, -1);
    memset(q, 2, 2 * PAGE);
    show("shared, two stored");
    big = map(1000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    show("reserved");
    munmap(big, 1000 * PAGE);
    show("gone");
    mprotect(p, 50 * PAGE, PROT_READ);
    show("half read-only");
    p = mremap(p + 60 * PAGE, 40 * PAGE, 50 * PAGE, MREMAP_MAYMOVE);
    show("grown");
    fd = open("status", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 8 * PAGE);
    write(fd, text, 100);
    q = map(8, RW, MAP_SHARED, fd);
    memset(q, 3, 3 * PAGE);
    show("a file, three stored");
    show_statm("after that");
    fflush(stdout);
    if (fork() == 0) {
        slurp("/proc/self/status");
        printf("child: VmLck %ld Threads %ld, parent's too %d\n", field("VmLck"), field("Threads"),
               field("PPid") == getppid() && field("Pid") == getpid());
        exit(0);
    }
    wait(&status);
    slurp("/proc/self/status");
    printf("%.6s, state %c\n", text, *(strstr(text, "State:\t") + 7));
    unlink("status");
    return 0;
}
