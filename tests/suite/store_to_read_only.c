// A store into a mapping without PROT_WRITE: SIGSEGV, exit status 139.
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%d\n", p[0]);
    fflush(stdout);
    p[0] = 1;
    printf("not reached\n");
    return 0;
}
