/* Jobs as the API shows them, whatever backend runs them; and the jobs of this process: each is
 * kept here until it has ended, so that an INSERT goes on when nobody holds its result.
 *
 * Ended jobs are dropped when another is started or given back.  A failed INSERT stays until
 * somebody was told. */
#include "base/thread.h"
#include "table/table.h"

static struct {
    base_mutex lock;
    rask_job *first; /* a list by kept_next, a reference each */
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

const table_backend *table_backend_of(const rask_environment *env) {
    (void)env; /* other targets come with the server */
    return &table_backend_local;
}

/* ---- references ------------------------------------------------------------------------------ */
static bool has_state(rask_job *job, const char *state) {
    return strcmp(rask_job_status(job), state) == 0;
}

static bool is_over(rask_job *job) {
    if (has_state(job, "FAILED"))
        return job->has_results || __atomic_load_n(&job->told, __ATOMIC_RELAXED);
    return has_state(job, "FINISHED") || has_state(job, "CANCELED");
}

static void free_job(rask_job *job) {
    job->job_class->free(job);
    base_free(job->id);
    base_free(job->name);
    base_free(job);
}

/* Takes the jobs that are over out of the list; freeing one joins its threads, without the lock. */
static void drop_ended(void) {
    rask_job *over = NULL;
    base_mutex_lock(&kept.lock);
    for (rask_job **link = &kept.first; *link != NULL;) {
        rask_job *job = *link;
        if (!is_over(job)) {
            link = &job->kept_next;
            continue;
        }
        *link = job->kept_next;
        job->kept_next = over;
        over = job;
    }
    base_mutex_unlock(&kept.lock);
    while (over != NULL) {
        rask_job *next = over->kept_next;
        rask_job_unref(over);
        over = next;
    }
}

void table_job_keep(rask_job *job) {
    drop_ended();
    rask_job_ref(job);
    base_mutex_lock(&kept.lock);
    job->kept_next = kept.first;
    kept.first = job;
    base_mutex_unlock(&kept.lock);
}

rask_job *rask_job_ref(rask_job *job) {
    if (job != NULL)
        __atomic_add_fetch(&job->refs, 1, __ATOMIC_RELAXED);
    return job;
}

void rask_job_unref(rask_job *job) {
    int32_t left = job != NULL ? __atomic_sub_fetch(&job->refs, 1, __ATOMIC_ACQ_REL) : -1;
    if (left == 0)
        free_job(job);
    else if (left == 1)
        drop_ended(); /* only kept any more */
}

/* ---- use ------------------------------------------------------------------------------------- */
const char *rask_job_id(const rask_job *job) {
    return job->id;
}

const char *rask_job_name(const rask_job *job) {
    return job->name;
}

const char *rask_job_status(const rask_job *job) {
    return job->job_class->status((rask_job *)job);
}

rask_status rask_job_wait(rask_job *job, int64_t timeout_ms, bool *done, rask_error *err) {
    rask_status status = job->job_class->wait(job, timeout_ms, done, err);
    if (status != RASK_OK)
        __atomic_store_n(&job->told, true, __ATOMIC_RELAXED);
    return status;
}

void rask_job_cancel(rask_job *job) {
    job->job_class->cancel(job);
}

/* ---- the end of a program -------------------------------------------------------------------- */
/* References to the kept jobs that go on, or whose failure is untold; *count of them. */
static rask_job **kept_jobs(int32_t *count) {
    *count = 0;
    base_mutex_lock(&kept.lock);
    for (rask_job *job = kept.first; job != NULL; job = job->kept_next)
        ++*count;
    rask_job **jobs = BASE_NEW_ARRAY(rask_job *, *count + 1);
    *count = 0;
    for (rask_job *job = kept.first; job != NULL; job = job->kept_next)
        if (!is_over(job))
            jobs[(*count)++] = rask_job_ref(job);
    base_mutex_unlock(&kept.lock);
    return jobs;
}

static void give_back(rask_job **jobs, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        rask_job_unref(jobs[i]);
    base_free(jobs);
}

static void stop_unwanted(rask_job *job, bool inserts_too) {
    if (job->has_results)
        job->job_class->stop_results(job);
    if (job->has_results || inserts_too)
        rask_job_cancel(job);
}

rask_status rask_jobs_end(bool wait_for_inserts, int64_t timeout_ms, bool *done, rask_error *err) {
    int32_t count;
    rask_job **jobs = kept_jobs(&count);
    rask_status status = RASK_OK;
    *done = true;
    for (int32_t i = 0; i < count; i++)
        stop_unwanted(jobs[i], !wait_for_inserts);
    for (int32_t i = 0; i < count && status == RASK_OK && *done; i++) {
        status = rask_job_wait(jobs[i], timeout_ms, done, err);
        if (jobs[i]->has_results || !has_state(jobs[i], "FAILED"))
            status = RASK_OK; /* a cancelled job fails too */
    }
    *done = *done && status == RASK_OK;
    give_back(jobs, count);
    return status;
}

rask_strings *rask_jobs_running(void) {
    int32_t count;
    rask_job **jobs = kept_jobs(&count);
    rask_strings *names = table_strings_new();
    for (int32_t i = 0; i < count; i++)
        if (!jobs[i]->has_results && !has_state(jobs[i], "FAILED"))
            table_strings_add(names, jobs[i]->name);
    give_back(jobs, count);
    return names;
}
