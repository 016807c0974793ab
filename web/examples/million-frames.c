// 4 GiB of RAM, a million frames: run it, press b,
// and zoom from the whole to a byte.
size_t size = 512 << 20;
int rw = PROT_READ | PROT_WRITE;
int now = MAP_ANONYMOUS | MAP_POPULATE;
char *own = mmap(NULL, size, rw, MAP_PRIVATE | now, -1, 0);
char *all = mmap(NULL, size, rw, MAP_SHARED | now, -1, 0);
// Holes: every other MiB goes back.
for (size_t at = 0; at < size; at += 2 << 20)
    madvise(own + at, 1 << 20, MADV_DONTNEED);
if (fork() == 0) {
    memset(own + (1 << 20), 'B', 1 << 20);
    pause();
}
strcpy(all, "one byte of a million frames");
