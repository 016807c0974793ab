// A file is mapped. Go on with ›, or
// type below:  char x = ptr[0];
int fd = open("data", O_RDWR);
size_t size = 8192;
char *ptr;
ptr = mmap(NULL, size,
           PROT_READ | PROT_WRITE,
           MAP_SHARED, fd, 0);

// The first touch: a page fault.
char a = ptr[0];
// The same page again: no fault.
char b = ptr[1];
// The second page; and it is dirty.
ptr[4096] = '!';
// Dirty no more.
msync(ptr, size, MS_SYNC);
printf("%c%c\n", a, b);
munmap(ptr, size);
close(fd);
