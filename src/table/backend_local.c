/* The backend that runs jobs on the engine of this process. */
#include "opt/opt.h"
#include "table/table.h"

typedef struct local_job {
    exec_job *job;
    plan_config *config; /* the job's own copy; the graph refers to it */
} local_job;

static const char *const state_names[] = {
    [EXEC_JOB_CREATED] = "CREATED",       [EXEC_JOB_RUNNING] = "RUNNING",
    [EXEC_JOB_CANCELLING] = "CANCELLING", [EXEC_JOB_FINISHED] = "FINISHED",
    [EXEC_JOB_CANCELED] = "CANCELED",     [EXEC_JOB_FAILED] = "FAILED"};

static const char *local_status(rask_job *job) {
    return state_names[exec_job_state_now(((local_job *)job->handle)->job)];
}

static rask_status local_wait(rask_job *job, int64_t timeout_ms, bool *done, rask_error *err) {
    return exec_job_wait(((local_job *)job->handle)->job, timeout_ms, done, err);
}

static void local_cancel(rask_job *job) {
    exec_job_cancel(((local_job *)job->handle)->job);
}

static rask_status local_next(rask_job *job, int64_t timeout_ms, data_batch **out,
                              connect_poll *poll, rask_error *err) {
    connect_results *results = exec_job_results(((local_job *)job->handle)->job);
    return connect_results_next(results, timeout_ms, out, poll, err);
}

static void local_stop_results(rask_job *job) {
    connect_results_cancel(exec_job_results(((local_job *)job->handle)->job));
}

static void local_free(rask_job *job) {
    local_job *local = job->handle;
    exec_job_unref(local->job);
    plan_config_free(local->config);
    base_free(local);
}

static const table_job_class local_job_class = {
    .status = local_status,
    .wait = local_wait,
    .cancel = local_cancel,
    .next = local_next,
    .stop_results = local_stop_results,
    .free = local_free,
};

static rask_status local_submit(rask_environment *env, plan *p, plan_node *root,
                                const char *job_name, rask_job **out, rask_error *err) {
    plan_config *config = plan_config_copy(env->config);
    exec_graph *graph;
    exec_job *job;
    rask_status status = opt_lower(p, root, config, env->world, &graph, err);
    if (status == RASK_OK) {
        const char *restore = plan_config_get(config, "execution.state-recovery.path");
        status = exec_job_start(graph, config, env->world, job_name, restore, &job, err);
    }
    if (status != RASK_OK) {
        plan_config_free(config);
        return status;
    }
    local_job *local = BASE_NEW(local_job);
    local->job = job;
    local->config = config;
    rask_job *made = BASE_NEW(rask_job);
    made->job_class = &local_job_class;
    made->id = base_strdup(exec_job_id(job));
    made->name = base_strdup(job_name);
    made->has_results = root->kind == PLAN_COLLECT;
    made->handle = local;
    made->refs = 1;
    table_job_keep(made);
    *out = made;
    return RASK_OK;
}

const table_backend table_backend_local = {.name = "local", .submit = local_submit};
