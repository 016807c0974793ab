// A mapping may be longer than its
// file. Touching that is another
// matter.
int fd = open("data", O_RDONLY);
char *map = mmap(NULL, 65536,
    PROT_READ, MAP_PRIVATE, fd, 0);
char first = map[0];
// Past the end: SIGBUS.
char last = map[8192];
