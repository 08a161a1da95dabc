/* Jobs as the API shows them, whatever backend runs them. */
#include "table/table.h"

const table_backend *table_backend_of(const rask_environment *env) {
    (void)env; /* other targets come with the server */
    return &table_backend_local;
}

rask_job *rask_job_ref(rask_job *job) {
    if (job != NULL)
        __atomic_add_fetch(&job->refs, 1, __ATOMIC_RELAXED);
    return job;
}

void rask_job_unref(rask_job *job) {
    if (job == NULL || __atomic_sub_fetch(&job->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    job->job_class->free(job);
    base_free(job->id);
    base_free(job->name);
    base_free(job);
}

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
    return job->job_class->wait(job, timeout_ms, done, err);
}

void rask_job_cancel(rask_job *job) {
    job->job_class->cancel(job);
}
