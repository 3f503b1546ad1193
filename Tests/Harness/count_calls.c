/* Preloaded into a box: counts what it asks of the C library, in the file COUNT_CALLS, which the test
   reads while the box runs: eight bytes each, allocations (malloc and its like), bytes asked for, syncs. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct counts {
    _Atomic uint64_t allocations, bytes, syncs;
};

static struct counts before_the_file;
static struct counts *counts = &before_the_file;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("COUNT_CALLS");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof(struct counts)) != 0) abort();
    void *mapped = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    counts = mapped;
}

static void count(size_t size) {
    counts->allocations++;
    counts->bytes += size;
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **found, size_t alignment, size_t size) {
    count(size);
    *found = __libc_memalign(alignment, size);
    return *found ? 0 : ENOMEM;
}

int fsync(int file) {
    counts->syncs++;
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    counts->syncs++;
    return (int)syscall(SYS_fdatasync, file);
}
