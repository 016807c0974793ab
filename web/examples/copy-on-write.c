int fd = open("data", O_RDWR);
char *s = mmap(NULL, 8192,
    PROT_READ|PROT_WRITE,
    MAP_SHARED, fd, 0);
char *p = mmap(NULL, 8192,
    PROT_READ|PROT_WRITE,
    MAP_PRIVATE|MAP_ANONYMOUS,
    -1, 0);
p[0] = 'A';
if (fork() == 0) {
    p[0] = 'B';
    s[0] = 'B';
    _exit(0);
}
wait(NULL);
printf("%c %c\n", p[0], s[0]);
msync(s, 8192, MS_SYNC);
