/* O_TMPFILE makes a file that maps call # and a number; O_DIRECTORY makes nothing. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

static char text[1 << 15];

static void mapped(const char *directory)
{
    int file = open(directory, O_TMPFILE | O_RDWR, 0600), maps = open("/proc/self/maps", O_RDONLY);
    ftruncate(file, PAGE);
    mmap((char *)0x10000000, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
    struct stat st;
    fstat(file, &st);
    int length = 0, n;
    while ((n = read(maps, text + length, sizeof text - 1 - length)) > 0)
        length += n;
    text[length] = 0;
    close(maps);
    char *name = strchr(strstr(text, "10000000-"), '/');
    int named = 1 + (int)(strchr(name, '#') - name);
    unsigned long number = 0;
    char *end = name + named;
    for (; isdigit(*end); end++)
        number = 10 * number + *end - '0';
    printf("%.*s, its inode %d,%.10s, links %lu\n", named, name, number == st.st_ino, end, (unsigned long)st.st_nlink);
    close(file);
}

static void refused(const char *what, int flags)
{
    int fd = open("/tmp/unnamed-files", flags, 0600);
    printf("%-24s %s\n", what, fd < 0 ? strerror(errno) : "opened");
}

int main(void)
{
    mapped("/tmp");
    mapped("/dev/shm");
    refused("a directory is made", O_RDONLY | O_CREAT | O_DIRECTORY);
    refused("of no name", O_RDWR | O_CREAT | O_TMPFILE);
    refused("only a path is made", O_PATH | O_CREAT | O_DIRECTORY);
    refused("a file", O_RDWR | O_CREAT);
    refused("a file as a directory", O_RDONLY | O_DIRECTORY);
    refused("both", O_RDONLY | O_CREAT | O_DIRECTORY);
    unlink("/tmp/unnamed-files");
    return 0;
}
