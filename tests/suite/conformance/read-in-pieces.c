/* read(2) tells readahead only at its end how far it came: a page that is missing in the middle of a
   file's first read is read alone. (T 173) */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static char page[3 * PAGE];

static void try(const char *what, const char *name, int first)
{
    unsigned char vec[5];
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    pwrite(fd, page, PAGE, 0);
    ftruncate(fd, 5 * PAGE);
    void *p = mmap(NULL, 5 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    if (first)
        read(fd, page, first);
    read(fd, page, PAGE + 833 - first);
    mincore(p, 5 * PAGE, vec);
    printf("%-20s", what);
    for (int i = 0; i < 5; i++)
        printf(" %d", vec[i]);
    printf("\n");
}

int main(void)
{
    try("one read", "a", 0);
    try("two reads", "b", PAGE);
    return 0;
}
