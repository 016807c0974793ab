/* What MREMAP_DONTUNMAP leaves behind is unlocked as a mapping, but pages that did not move stay locked. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

int main(void)
{
    char *p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned char resident[4];
    mlock(p, 3 * PAGE);
    *(volatile char *)(p + 3 * PAGE);
    mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("reclaimed: %d\n", madvise(p + PAGE, 3 * PAGE, MADV_PAGEOUT));
    mincore(p, 4 * PAGE, resident);
    printf("resident: %d %d %d\n", resident[1] & 1, resident[2] & 1, resident[3] & 1);
    return 0;
}
