/* Threads, locks and condition variables: a thin skin over pthread whose calls cannot fail. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/memory.h"

typedef pthread_mutex_t base_mutex;
typedef pthread_cond_t base_cond;
typedef pthread_t base_thread;

void base_mutex_init(base_mutex *mutex);
void base_mutex_destroy(base_mutex *mutex);
void base_mutex_lock(base_mutex *mutex);
void base_mutex_unlock(base_mutex *mutex);
void base_cond_init(base_cond *cond); /* monotonic clock */
void base_cond_destroy(base_cond *cond);
void base_cond_wait(base_cond *cond, base_mutex *mutex);
/* False on timeout. */
bool base_cond_wait_ms(base_cond *cond, base_mutex *mutex, int64_t timeout_ms);
void base_cond_signal(base_cond *cond);
void base_cond_broadcast(base_cond *cond);
/* `name` at most 15 characters; all signals are blocked in the new thread. */
rask_status base_thread_start(base_thread *thread, const char *name, void *(*run)(void *),
                              void *argument, rask_error *err);
void base_thread_join(base_thread thread);
int32_t base_cpu_count(void);

#endif
