/* Preloaded into a box: once the file that FAILING_SYNC names is there, every sync of the database's
   write-ahead log fails, as it does when a disk gives up. Every other file is synced as before. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int descriptor) {
    const char *sign = getenv("FAILING_SYNC");
    char link[64], path[4096];
    if (!sign || access(sign, F_OK) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 4) return 0;
    path[length] = 0;
    return strcmp(path + length - 4, "-wal") == 0;
}

int fsync(int descriptor) {
    if (fails(descriptor)) return errno = EIO, -1;
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    if (fails(descriptor)) return errno = EIO, -1;
    return (int)syscall(SYS_fdatasync, descriptor);
}
