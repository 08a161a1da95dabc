/* Turns for units: a ready queue, worker threads, one thread for user code, sleepers; or one thread
 * that takes ready units in an order a seed chooses.
 *
 *              exec_wake                 a worker takes it
 *      IDLE ---------------> READY -------------------------> RUNNING --(exec_wake)--> WOKEN
 *       ^                      ^                                 |                       |
 *       |                      +----------- AGAIN ---------------+<------- WAIT ---------+
 *       +------------------------------------ WAIT --------------+
 *
 * Every change of a state happens under the lock; exec_wake looks at it without the lock first.
 * That is safe because states and the counters a unit looks at before it waits (channel and mailbox
 * counts) are sequentially consistent: either the waker sees RUNNING, or the unit sees what the
 * waker has put.  Threads without work sleep; nothing polls.
 *
 * The circle of tasks that wait for each other shows here as "nothing runs, nothing is ready": then
 * on_idle is called. */
#include <stdio.h>

#include "exec/runtime.h"

enum { UNIT_IDLE, UNIT_READY, UNIT_RUNNING, UNIT_WOKEN, UNIT_DONE };
enum { TRACE_BYTES_MAX = 1 << 22 };

typedef struct ready_queue {
    exec_unit *first, *last;
    int32_t count;
    base_cond wakeup;
} ready_queue;

struct exec_scheduler {
    exec_scheduler_options options;
    base_mutex mutex;
    ready_queue queues[2]; /* workers', user thread's (seeded: all in the first) */
    exec_unit *sleepers;
    int32_t active; /* ready or running */
    bool is_stopping;
    base_thread *threads;
    int32_t thread_count;
    base_seeded random;
    base_strbuf trace;
};

typedef struct thread_start {
    exec_scheduler *scheduler;
    int32_t queue;
} thread_start;

static int64_t now_ns(const exec_scheduler *scheduler) {
    const base_clock *clock = scheduler->options.world->clock;
    return clock->monotonic_ns(clock->self);
}

/* ---- queue and sleepers: under the lock ------------------------------------------------------ */
static void push(exec_scheduler *scheduler, exec_unit *unit) {
    bool is_user = unit->on_user_thread && !scheduler->options.is_seeded;
    ready_queue *queue = &scheduler->queues[is_user];
    unit->next_ready = NULL;
    if (queue->last != NULL)
        queue->last->next_ready = unit;
    else
        queue->first = unit;
    queue->last = unit;
    queue->count++;
    base_cond_signal(&queue->wakeup);
}

/* The first one, or, seeded, any. */
static exec_unit *pop(exec_scheduler *scheduler, ready_queue *queue) {
    if (queue->count == 0)
        return NULL;
    int32_t place = 0;
    if (scheduler->options.is_seeded) {
        base_random *random = &scheduler->random.random;
        place = (int32_t)(random->next(random->self) % (uint64_t)queue->count);
    }
    exec_unit *before = NULL, *unit = queue->first;
    for (; place > 0; place--) {
        before = unit;
        unit = unit->next_ready;
    }
    if (before != NULL)
        before->next_ready = unit->next_ready;
    else
        queue->first = unit->next_ready;
    if (queue->last == unit)
        queue->last = before;
    queue->count--;
    return unit;
}

static void set_state(exec_unit *unit, int32_t state) {
    __atomic_store_n(&unit->state, state, __ATOMIC_SEQ_CST);
}

static void make_ready(exec_scheduler *scheduler, exec_unit *unit) {
    set_state(unit, UNIT_READY);
    push(scheduler, unit);
}

static void wake_locked(exec_scheduler *scheduler, exec_unit *unit) {
    if (unit->state == UNIT_IDLE) {
        scheduler->active++;
        make_ready(scheduler, unit);
    } else if (unit->state == UNIT_RUNNING) {
        set_state(unit, UNIT_WOKEN);
    }
}

static void forget_sleeper(exec_scheduler *scheduler, exec_unit *unit) {
    exec_unit **link = &scheduler->sleepers;
    while (*link != NULL && *link != unit)
        link = &(*link)->next_sleeper;
    if (*link == unit)
        *link = unit->next_sleeper;
    unit->wake_at_ns = INT64_MAX;
}

/* Wakes whoever is due; the time until the next one in ms, -1 = nobody sleeps. */
static int64_t wake_due(exec_scheduler *scheduler) {
    if (scheduler->sleepers == NULL)
        return -1;
    int64_t now = now_ns(scheduler), nearest = INT64_MAX;
    exec_unit *next;
    for (exec_unit *unit = scheduler->sleepers; unit != NULL; unit = next) {
        next = unit->next_sleeper;
        if (unit->wake_at_ns > now) {
            nearest = unit->wake_at_ns < nearest ? unit->wake_at_ns : nearest;
            continue;
        }
        forget_sleeper(scheduler, unit);
        wake_locked(scheduler, unit);
    }
    return nearest == INT64_MAX ? -1 : (nearest - now) / 1000000 + 1;
}

/* ---- turns ----------------------------------------------------------------------------------- */
static void after_turn(exec_scheduler *scheduler, exec_unit *unit, exec_turn turn) {
    base_mutex_lock(&scheduler->mutex);
    if (turn == EXEC_TURN_AGAIN || (turn == EXEC_TURN_WAIT && unit->state == UNIT_WOKEN)) {
        make_ready(scheduler, unit);
    } else {
        if (turn == EXEC_TURN_DONE)
            forget_sleeper(scheduler, unit);
        set_state(unit, turn == EXEC_TURN_DONE ? UNIT_DONE : UNIT_IDLE);
        scheduler->active--;
    }
    base_mutex_unlock(&scheduler->mutex);
    if (turn == EXEC_TURN_DONE)
        unit->finished(unit);
}

/* Runs one ready unit of the queue; the lock is held before and after. */
static bool run_one(exec_scheduler *scheduler, ready_queue *queue) {
    exec_unit *unit = pop(scheduler, queue);
    if (unit == NULL)
        return false;
    set_state(unit, UNIT_RUNNING);
    base_mutex_unlock(&scheduler->mutex);
    static const char *const names[] = {"again", "wait", "done"};
    exec_turn turn = unit->run(unit);
    exec_trace(scheduler, "turn %s %s\n", unit->name, names[turn]);
    after_turn(scheduler, unit, turn);
    base_mutex_lock(&scheduler->mutex);
    if (scheduler->active == 0 && !scheduler->is_stopping) {
        base_mutex_unlock(&scheduler->mutex);
        scheduler->options.on_idle(scheduler->options.context);
        base_mutex_lock(&scheduler->mutex);
    }
    return true;
}

static void *thread_main(void *argument) {
    thread_start start = *(thread_start *)argument;
    base_free(argument);
    exec_scheduler *scheduler = start.scheduler;
    ready_queue *queue = &scheduler->queues[start.queue];
    base_mutex_lock(&scheduler->mutex);
    while (!scheduler->is_stopping) {
        int64_t next_ms = wake_due(scheduler);
        if (run_one(scheduler, queue))
            continue;
        if (next_ms < 0 || start.queue == 1)
            base_cond_wait(&queue->wakeup, &scheduler->mutex);
        else
            base_cond_wait_ms(&queue->wakeup, &scheduler->mutex, next_ms);
    }
    base_mutex_unlock(&scheduler->mutex);
    return NULL;
}

bool exec_scheduler_step(exec_scheduler *scheduler, int64_t timeout_ms) {
    ready_queue *queue = &scheduler->queues[0];
    base_mutex_lock(&scheduler->mutex);
    int64_t next_ms = wake_due(scheduler);
    bool ran = run_one(scheduler, queue);
    if (!ran && timeout_ms != 0) {
        if (next_ms >= 0 && (timeout_ms < 0 || next_ms < timeout_ms))
            timeout_ms = next_ms;
        /* Never for ever: what is awaited may depend on the caller. */
        base_cond_wait_ms(&queue->wakeup, &scheduler->mutex, timeout_ms < 0 ? 50 : timeout_ms);
        wake_due(scheduler);
        ran = run_one(scheduler, queue);
    }
    base_mutex_unlock(&scheduler->mutex);
    return ran;
}

/* ---- units ----------------------------------------------------------------------------------- */
void exec_unit_init(exec_unit *unit, exec_scheduler *scheduler, bool on_user_thread,
                    const char *name, exec_turn (*run)(exec_unit *),
                    void (*finished)(exec_unit *)) {
    *unit = (exec_unit){.run = run,
                        .finished = finished,
                        .scheduler = scheduler,
                        .on_user_thread = on_user_thread,
                        .wake_at_ns = INT64_MAX};
    snprintf(unit->name, sizeof unit->name, "%s", name);
}

void exec_wake(exec_unit *unit) {
    int32_t state = __atomic_load_n(&unit->state, __ATOMIC_SEQ_CST);
    if (state == UNIT_READY || state == UNIT_WOKEN || state == UNIT_DONE)
        return;
    exec_scheduler *scheduler = unit->scheduler;
    base_mutex_lock(&scheduler->mutex);
    wake_locked(scheduler, unit);
    base_mutex_unlock(&scheduler->mutex);
}

void exec_wake_after(exec_unit *unit, int64_t duration_ms) {
    exec_scheduler *scheduler = unit->scheduler;
    base_mutex_lock(&scheduler->mutex);
    forget_sleeper(scheduler, unit);
    unit->wake_at_ns = now_ns(scheduler) + duration_ms * 1000000;
    unit->next_sleeper = scheduler->sleepers;
    scheduler->sleepers = unit;
    base_mutex_unlock(&scheduler->mutex);
}

/* ---- make, free ------------------------------------------------------------------------------ */
static rask_status start_thread(exec_scheduler *scheduler, int32_t queue, rask_error *err) {
    thread_start *start = BASE_NEW(thread_start);
    *start = (thread_start){scheduler, queue};
    rask_status status =
        base_thread_start(&scheduler->threads[scheduler->thread_count],
                          queue == 0 ? "rask-worker" : "rask-user", thread_main, start, err);
    if (status == RASK_OK)
        scheduler->thread_count++;
    else
        base_free(start);
    return status;
}

exec_scheduler *exec_scheduler_new(const exec_scheduler_options *options) {
    exec_scheduler *scheduler = BASE_NEW(exec_scheduler);
    scheduler->options = *options;
    base_mutex_init(&scheduler->mutex);
    base_cond_init(&scheduler->queues[0].wakeup);
    base_cond_init(&scheduler->queues[1].wakeup);
    base_seeded_init(&scheduler->random, options->seed);
    base_strbuf_init(&scheduler->trace, TRACE_BYTES_MAX);
    return scheduler;
}

rask_status exec_scheduler_start(exec_scheduler *scheduler, rask_error *err) {
    const exec_scheduler_options *options = &scheduler->options;
    int32_t workers = options->is_seeded ? 1 : options->workers;
    scheduler->threads = BASE_NEW_ARRAY(base_thread, workers + 1);
    for (int32_t i = 0; i < workers && !options->is_manual; i++)
        RASK_TRY(start_thread(scheduler, 0, err));
    if (options->has_user_thread && !options->is_seeded)
        RASK_TRY(start_thread(scheduler, 1, err));
    return RASK_OK;
}

void exec_scheduler_stop(exec_scheduler *scheduler) {
    base_mutex_lock(&scheduler->mutex);
    scheduler->is_stopping = true;
    base_cond_broadcast(&scheduler->queues[0].wakeup);
    base_cond_broadcast(&scheduler->queues[1].wakeup);
    base_mutex_unlock(&scheduler->mutex);
    for (int32_t i = 0; i < scheduler->thread_count; i++)
        base_thread_join(scheduler->threads[i]);
    scheduler->thread_count = 0;
}

void exec_scheduler_free(exec_scheduler *scheduler) {
    if (scheduler == NULL)
        return;
    exec_scheduler_stop(scheduler);
    base_cond_destroy(&scheduler->queues[0].wakeup);
    base_cond_destroy(&scheduler->queues[1].wakeup);
    base_mutex_destroy(&scheduler->mutex);
    base_strbuf_free(&scheduler->trace);
    base_free(scheduler->threads);
    base_free(scheduler);
}

/* ---- the seeded driver's record -------------------------------------------------------------- */
bool exec_scheduler_is_seeded(const exec_scheduler *scheduler) {
    return scheduler->options.is_seeded;
}

/* Called from turns only, so that one thread writes. */
void exec_trace(exec_scheduler *scheduler, const char *format, ...) {
    if (!scheduler->options.is_seeded)
        return;
    char line[128];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    base_mutex_lock(&scheduler->mutex);
    base_strbuf_add(&scheduler->trace, line,
                    length < (int)sizeof line ? length : (int)sizeof line - 1);
    base_mutex_unlock(&scheduler->mutex);
}

char *exec_scheduler_trace(exec_scheduler *scheduler) {
    if (!scheduler->options.is_seeded)
        return NULL;
    base_mutex_lock(&scheduler->mutex);
    char *text = base_strndup(scheduler->trace.data, scheduler->trace.length);
    base_mutex_unlock(&scheduler->mutex);
    return text;
}
