/* Preloaded into a box: its wall clock began at WRONG_CLOCK (seconds since 1970) when it started;
   every other clock is the machine's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec started;

__attribute__((constructor)) static void begin(void) {
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &started);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock == CLOCK_REALTIME ? CLOCK_MONOTONIC : clock, time);
    const char *wrong = getenv("WRONG_CLOCK");
    if (result == 0 && clock == CLOCK_REALTIME)
        time->tv_sec = (wrong ? atol(wrong) : 0) + (time->tv_sec - started.tv_sec);
    return (int)result;
}
