/* Demand paging by the program itself: a handler of SIGSEGV brings pages in from a file, and puts out the oldest. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096L
#define PAGES 16
#define FRAMES 4

static char *area, dirty[PAGES], present[PAGES];
static int swap, queue[FRAMES], queued;
static volatile int faults, evictions, writes;

static void evict(int page)
{
    char *at = area + page * PAGE;
    if (dirty[page]) {
        mprotect(at, PAGE, PROT_READ);
        if (pwrite(swap, at, PAGE, page * PAGE) != PAGE)
            _exit(90);
        writes++;
    }
    madvise(at, PAGE, MADV_DONTNEED);
    mprotect(at, PAGE, PROT_NONE);
    dirty[page] = present[page] = 0;
    evictions++;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    long page = ((char *)info->si_addr - area) / PAGE;
    char *at = area + page * PAGE;
    (void)number, (void)context;
    if (page < 0 || page >= PAGES)
        _exit(99);
    faults++;
    if (present[page]) {
        dirty[page] = 1;
        mprotect(at, PAGE, PROT_READ | PROT_WRITE);
        return;
    }
    if (queued == FRAMES) {
        evict(queue[0]);
        memmove(queue, queue + 1, sizeof queue - sizeof queue[0]);
        queued--;
    }
    mprotect(at, PAGE, PROT_READ | PROT_WRITE);
    if (pread(swap, at, PAGE, page * PAGE) != PAGE)
        _exit(91);
    mprotect(at, PAGE, PROT_READ);
    present[page] = 1;
    queue[queued++] = page;
}

static void show(const char *what)
{
    printf("%s: %d faults, %d put out, %d written\n", what, faults, evictions, writes);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    int i, sum = 0;
    swap = open("swap", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(swap, PAGES * PAGE);
    area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, NULL);
    for (i = 0; i < PAGES; i++) {
        area[i * PAGE] = (char)('A' + i);
        area[i * PAGE + PAGE - 1] = (char)i;
    }
    show("filled");
    for (i = 0; i < PAGES; i++)
        sum += area[i * PAGE] + area[i * PAGE + PAGE - 1];
    printf("sum %d\n", sum);
    show("read");
    for (i = 0; i < 40; i++)
        area[i * 7 % 5 * PAGE + 100]++;
    show("a loop over one page too many");
    for (i = 0; i < 5; i++)
        printf("%d ", area[i * PAGE + 100]);
    printf("\n");
    unlink("swap");
    return 0;
}
