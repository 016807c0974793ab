// read(2) and a mapping meet in one
// frame of the page cache.
int fd = open("data", O_RDWR);
char buffer[64];
// Disk, cache, buffer: a copy.
read(fd, buffer, 64);
char *map = mmap(NULL, 4096,
    PROT_READ | PROT_WRITE,
    MAP_SHARED, fd, 0);
// The page is cached: a minor fault.
char a = map[0];
map[0] = '#';
pread(fd, buffer, 1, 0);
printf("%c\n", buffer[0]);
