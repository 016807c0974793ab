/* munmap, and holes in what mprotect, madvise and msync walk over.
   (gVisor 70; LTP 113; Asterinas 169, 170) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf back;

static void handler(int sig)
{
    siglongjmp(back, 1);
}

static char *base;

/* Each page: 'w' writable, 'r' readable, 'n' mapped, '-' not; and its first byte. */
static void show(const char *what, int result)
{
    unsigned char vec;
    int error = errno;
    printf("%-28s %2d %-24s ", what, result, result ? strerror(error) : "");
    for (int i = 0; i < 8; i++) {
        volatile char *p = base + i * PAGE;
        volatile char state = mincore(base + i * PAGE, PAGE, &vec) == -1 ? '-' : 'n';
        volatile char value = ' ';
        if (state == 'n' && sigsetjmp(back, 1) == 0) {
            value = *p;
            state = 'r';
            *p = value;
            state = 'w';
        }
        printf(" %c%c", state, value ? value : '.');
    }
    putchar('\n');
    errno = 0;
}

static void fresh(void)
{
    mmap(base, 8 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    for (int i = 0; i < 8; i++)
        base[i * PAGE] = 'a' + i;
}

int main(void)
{
    signal(SIGSEGV, handler);
    base = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    fresh();
    show("fresh", 0);
    show("munmap, length 0", munmap(base, 0));
    show("munmap, length -1", munmap(base, -1));
    show("munmap, unaligned", munmap(base + 1, PAGE));
    show("munmap, beyond user space", munmap((void *)(1UL << 47), PAGE));
    show("munmap, one byte", munmap(base + 2 * PAGE, 1));
    show("munmap, nothing there", munmap(base + 2 * PAGE, PAGE));
    show("mprotect over the hole", mprotect(base + PAGE, 3 * PAGE, PROT_READ));
    show("mprotect from the hole", mprotect(base + 2 * PAGE, 2 * PAGE, PROT_NONE));
    show("madvise over the hole", madvise(base + PAGE, 3 * PAGE, MADV_DONTNEED));
    show("msync over the hole", msync(base + PAGE, 3 * PAGE, MS_SYNC));
    show("mlock over the hole", mlock(base + PAGE, 3 * PAGE));
    show("munlock over the hole", munlock(base + PAGE, 3 * PAGE));
    unsigned char vec[8];
    show("mincore over the hole", mincore(base + PAGE, 3 * PAGE, vec));
    fresh();
    show("mprotect, middle", mprotect(base + 3 * PAGE, 2 * PAGE, PROT_READ));
    show("munmap over three mappings", munmap(base + 2 * PAGE, 4 * PAGE));
    fresh();
    show("none", mprotect(base, 8 * PAGE, PROT_NONE));
    show("dontneed on none", madvise(base, 4 * PAGE, MADV_DONTNEED));
    show("rw", mprotect(base, 8 * PAGE, RW));
    show("madvise, unaligned", madvise(base + 1, PAGE, MADV_DONTNEED));
    show("madvise, unknown", madvise(base, PAGE, 77));
    show("madvise, length 0", madvise(base, 0, MADV_DONTNEED));
    show("madvise, unaligned length", madvise(base + 5 * PAGE, 5000, MADV_DONTNEED));
    return 0;
}
