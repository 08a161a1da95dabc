/* Threads over pthread.  Failures of locks are bugs and assert; only starting a thread can fail. */
#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void base_mutex_init(base_mutex *mutex) {
    RASK_ASSERT(pthread_mutex_init(mutex, NULL) == 0);
}
void base_mutex_destroy(base_mutex *mutex) {
    RASK_ASSERT(pthread_mutex_destroy(mutex) == 0);
}
void base_mutex_lock(base_mutex *mutex) {
    RASK_ASSERT(pthread_mutex_lock(mutex) == 0);
}
void base_mutex_unlock(base_mutex *mutex) {
    RASK_ASSERT(pthread_mutex_unlock(mutex) == 0);
}

void base_cond_init(base_cond *cond) {
    pthread_condattr_t attributes;
    RASK_ASSERT(pthread_condattr_init(&attributes) == 0);
    RASK_ASSERT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    RASK_ASSERT(pthread_cond_init(cond, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void base_cond_destroy(base_cond *cond) {
    RASK_ASSERT(pthread_cond_destroy(cond) == 0);
}

void base_cond_wait(base_cond *cond, base_mutex *mutex) {
    RASK_ASSERT(pthread_cond_wait(cond, mutex) == 0);
}

bool base_cond_wait_ms(base_cond *cond, base_mutex *mutex, int64_t timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    timeout_ms = timeout_ms > 0 ? timeout_ms : 0;
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int result = pthread_cond_timedwait(cond, mutex, &until);
    RASK_ASSERT(result == 0 || result == ETIMEDOUT);
    return result == 0;
}

void base_cond_signal(base_cond *cond) {
    RASK_ASSERT(pthread_cond_signal(cond) == 0);
}
void base_cond_broadcast(base_cond *cond) {
    RASK_ASSERT(pthread_cond_broadcast(cond) == 0);
}

typedef struct start {
    void *(*run)(void *);
    void *argument;
    char name[16];
} start;

static void *run_named(void *argument) {
    start s = *(start *)argument;
    base_free(argument);
    pthread_setname_np(pthread_self(), s.name);
    return s.run(s.argument);
}

rask_status base_thread_start(base_thread *thread, const char *name, void *(*run)(void *),
                              void *argument, rask_error *err) {
    start *s = BASE_NEW(start);
    s->run = run;
    s->argument = argument;
    strncpy(s->name, name, sizeof s->name - 1);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits the mask */
    int result = pthread_create(thread, NULL, run_named, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        return RASK_OK;
    base_free(s);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "Cannot start thread '%s': %s", name,
                          strerror(result));
}

void base_thread_join(base_thread thread) {
    RASK_ASSERT(pthread_join(thread, NULL) == 0);
}

int32_t base_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int32_t)count : 1;
}
