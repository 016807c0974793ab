/* A collector's write barrier: the old objects are write-protected, and a handler notes which pages were stored to. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 32

struct object {
    struct object *left, *right;
    int mark, value;
};

static char *old, card[PAGES];
static volatile sig_atomic_t hits;

static void on_store(int number, siginfo_t *info, void *context)
{
    size_t page = ((char *)info->si_addr - old) / PAGE;
    (void)number, (void)context;
    if (page >= PAGES)
        _exit(9);
    card[page] = 1;
    hits++;
    mprotect(old + page * PAGE, PAGE, PROT_READ | PROT_WRITE);
}

static void arm(void)
{
    memset(card, 0, sizeof card);
    hits = 0;
    mprotect(old, PAGES * PAGE, PROT_READ);
}

static void mark(struct object *object)
{
    if (!object || object->mark)
        return;
    object->mark = 1;
    mark(object->left);
    mark(object->right);
}

static void show(const char *what)
{
    int i;
    printf("%s: %d hits, pages", what, (int)hits);
    for (i = 0; i < PAGES; i++)
        if (card[i])
            printf(" %d", i);
    printf("\n");
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = on_store, .sa_flags = SA_SIGINFO | SA_NODEFER };
    int young[] = { 3, 200, 201, 1000, 4000, 4001, 4095 };
    struct object *heap;
    int count, i, marked = 0;
    old = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaction(SIGSEGV, &action, NULL);
    heap = (struct object *)old;
    count = PAGES * PAGE / (int)sizeof *heap;
    for (i = 0; i < count; i++) {
        heap[i].value = i;
        heap[i].left = 2 * i + 1 < count ? &heap[2 * i + 1] : NULL;
        heap[i].right = 2 * i + 2 < count ? &heap[2 * i + 2] : NULL;
    }
    arm();
    for (i = 0; i < (int)(sizeof young / sizeof *young); i++)
        heap[young[i]].value = -1;
    show("stores");
    arm();
    mark(&heap[1]);
    for (i = 0; i < count; i++)
        marked += heap[i].mark;
    show("marking");
    printf("%d objects of %zu bytes, %d marked\n", count, sizeof *heap, marked);
    return 0;
}
