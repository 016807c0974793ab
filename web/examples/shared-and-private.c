// Two mappings of one file:
// who sees a store?
int fd = open("data", O_RDWR);
char *s = mmap(NULL, 4096,
    PROT_READ | PROT_WRITE,
    MAP_SHARED, fd, 0);
char *p = mmap(NULL, 4096,
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE, fd, 0);
// Both map one frame of the cache.
char a = s[0];
char b = p[0];
// Everyone sees this one ...
s[0] = 'S';
printf("%c\n", p[0]);
// ... and nobody else this one,
p[0] = 'P';
printf("%c\n", s[0]);
// nor does the copy follow now.
s[1] = 'T';
printf("%c\n", p[1]);
