/* Lengths, offsets, flags and modes that mmap refuses. (gVisor 16, 32, 35; LTP 100, 107;
   open_posix 139, 146) */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>

static void try(const char *what, size_t length, int prot, int flags, int fd, off_t offset)
{
    errno = 0;
    char *p = mmap(NULL, length, prot, flags, fd, offset);
    printf("%-30s %s\n", what, p == MAP_FAILED ? strerror(errno) : "mapped");
    if (p != MAP_FAILED)
        munmap(p, length);
}

int main(void)
{
    int rw = open("data", O_CREAT | O_RDWR | O_TRUNC, 0644);
    ftruncate(rw, 8192);
    int ro = open("data", O_RDONLY), wo = open("data", O_WRONLY);
    int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    try("length 0", 0, PROT_READ, anon, -1, 0);
    try("length -1", -1, PROT_READ, anon, -1, 0);
    try("length 2^47", 1UL << 47, PROT_NONE, anon, -1, 0);
    int huge = anon | MAP_HUGETLB;
    try("huge, length -1", -1, PROT_READ, huge, -1, 0);
    try("huge, length -2 MiB", -(2UL << 20), PROT_READ, huge, -1, 0);
    try("huge of 1 GiB, length -2 MiB", -(2UL << 20), PROT_READ, huge | 30 << 26, -1, 0);
    try("huge of an unknown size", -1, PROT_READ, huge | 5 << 26, -1, 0);
    try("no type", 4096, PROT_READ, MAP_ANONYMOUS, -1, 0);
    try("no type, file", 4096, PROT_READ, 0, rw, 0);
    try("offset 1", 4096, PROT_READ, MAP_PRIVATE, rw, 1);
    try("offset 4096", 4096, PROT_READ, MAP_PRIVATE, rw, 4096);
    try("offset past the end", 4096, PROT_READ, MAP_PRIVATE, rw, 1 << 20);
    try("anonymous, offset 1", 4096, PROT_READ, anon, -1, 1);
    try("second to last positive page", 4096, PROT_READ, MAP_PRIVATE, rw, 0x7fffffffffffe000);
    try("last positive page", 4096, PROT_READ, MAP_PRIVATE, rw, 0x7ffffffffffff000);
    try("first negative page", 4096, PROT_READ, MAP_PRIVATE, rw, 0x8000000000000000);
    try("last negative page", 4096, PROT_READ, MAP_PRIVATE, rw, -4096);
    try("second to last negative page", 4096, PROT_READ, MAP_PRIVATE, rw, -8192);
    try("read-only fd, shared, read", 4096, PROT_READ, MAP_SHARED, ro, 0);
    try("read-only fd, shared, write", 4096, PROT_WRITE, MAP_SHARED, ro, 0);
    try("read-only fd, shared, both", 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0);
    try("read-only fd, private, write", 4096, PROT_WRITE, MAP_PRIVATE, ro, 0);
    try("read-only fd, private, both", 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0);
    try("write-only fd, shared, read", 4096, PROT_READ, MAP_SHARED, wo, 0);
    try("write-only fd, shared, write", 4096, PROT_WRITE, MAP_SHARED, wo, 0);
    try("write-only fd, shared, none", 4096, PROT_NONE, MAP_SHARED, wo, 0);
    try("write-only fd, private, read", 4096, PROT_READ, MAP_PRIVATE, wo, 0);
    try("write-only fd, private, write", 4096, PROT_WRITE, MAP_PRIVATE, wo, 0);
    try("write-only fd, private, none", 4096, PROT_NONE, MAP_PRIVATE, wo, 0);
    try("executable", 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, ro, 0);
    try("unknown protection bit", 4096, PROT_READ | 0x40, MAP_PRIVATE, ro, 0);
    try("unknown flag", 4096, PROT_READ, MAP_PRIVATE | 0x200, ro, 0);
    try("validate, unknown flag", 4096, PROT_READ, MAP_SHARED_VALIDATE | 0x200, ro, 0);
    try("length past a small file", 1 << 20, PROT_READ, MAP_SHARED, rw, 0);
    return 0;
}
