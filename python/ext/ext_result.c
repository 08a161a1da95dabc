/* Methods on results and jobs.  Whatever waits does so in slices of 50 ms without the GIL and looks
 * for signals in between, so that Ctrl-C reaches the program; it then cancels the job. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/memory.h"

enum { SLICE_MS = 50, USER_CODE_PATIENCE_MS = 2000, ENGINE_PATIENCE_MS = 60000 };

/* ---- waiting --------------------------------------------------------------------------------- */
/* Whether to stop waiting for a cancelled job.  The engine ends promptly and cleans up behind
 * itself; a user's function that is stuck outside of Python ends with the process. */
typedef struct patience {
    int64_t user_ms, engine_ms;
} patience;

static bool is_out(patience *waited) {
    static bool gave_up; /* nothing is waited for twice */
    waited->engine_ms += SLICE_MS;
    waited->user_ms = udf_interrupt() > 0 ? waited->user_ms + SLICE_MS : 0;
    gave_up |= waited->user_ms >= USER_CODE_PATIENCE_MS || waited->engine_ms >= ENGINE_PATIENCE_MS;
    return gave_up && (waited->user_ms > 0 || waited->engine_ms >= ENGINE_PATIENCE_MS);
}

/* Cancels the job and waits until nothing of it runs any more: its Python functions must not meet
 * an interpreter that is going away.  A second Ctrl-C ends the waiting. */
static void stop_job(rask_result *result, rask_job *job_or_null) {
    rask_job *job = rask_job_ref(job_or_null);
    patience waited = {0};
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (result != NULL && job == NULL)
        rask_result_job(result, &job);
    for (bool done = job == NULL; !done;) {
        Py_BEGIN_ALLOW_THREADS if (result != NULL) rask_result_close(result);
        rask_job_cancel(job);
        rask_job_wait(job, SLICE_MS, &done, NULL);
        Py_END_ALLOW_THREADS if (PyErr_CheckSignals() != 0 || is_out(&waited)) break;
    }
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    Py_BEGIN_ALLOW_THREADS rask_job_unref(job);
    Py_END_ALLOW_THREADS
}

/* -1 when a signal handler raised, and the job is told to stop. */
static int interrupted(rask_result *result, rask_job *job) {
    if (PyErr_CheckSignals() == 0)
        return 0;
    stop_job(result, job);
    return -1;
}

static PyObject *result_kind(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    return result == NULL ? NULL : PyLong_FromLong(rask_result_get_kind(result));
}

static PyObject *result_schema(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    PyObject *list = result != NULL ? PyList_New(rask_result_column_count(result)) : NULL;
    for (int32_t i = 0; list != NULL && i < rask_result_column_count(result); i++) {
        PyObject *pair = Py_BuildValue("(ss)", rask_result_column_name(result, i),
                                       rask_result_column_type(result, i));
        if (pair == NULL || PyList_SetItem(list, i, pair) != 0)
            Py_CLEAR(list);
    }
    return list;
}

/* -1 with an exception; *poll is ROWS or END. */
static int next_rows(rask_result *result, struct ArrowArray *rows, struct ArrowArray *kinds,
                     rask_poll *poll) {
    rask_error err = {0};
    rask_status status;
    do {
        WITHOUT_GIL(status, rask_result_next(result, SLICE_MS, rows, kinds, poll, &err));
        if (status != RASK_OK) {
            raise_error(&err);
            return -1;
        }
        if (*poll == RASK_POLL_TIMEOUT && interrupted(result, NULL) != 0)
            return -1;
    } while (*poll == RASK_POLL_TIMEOUT);
    return 0;
}

static PyObject *columns_of(rask_result *result, const struct ArrowArray *rows) {
    struct ArrowSchema schema = {0};
    rask_error err = {0};
    if (rask_result_arrow_schema(result, &schema, &err) != RASK_OK)
        return raise_error(&err);
    PyObject *columns = convert_out_columns(&schema, rows, CONVERT_COLLECTED);
    schema.release(&schema);
    return columns;
}

/* The next rows: (row count, list of columns, kinds as bytes or None); None at the end. */
static PyObject *result_next(PyObject *module, PyObject *handle) {
    (void)module;
    struct ArrowArray rows = {0}, kinds = {0};
    rask_poll poll;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    if (result == NULL || next_rows(result, &rows, &kinds, &poll) != 0)
        return NULL;
    if (poll == RASK_POLL_END)
        Py_RETURN_NONE;
    PyObject *columns = columns_of(result, &rows);
    PyObject *kind_bytes = Py_NewRef(Py_None);
    if (kinds.release != NULL) {
        Py_DECREF(kind_bytes);
        kind_bytes = PyBytes_FromStringAndSize((const char *)kinds.buffers[1] + kinds.offset,
                                               (Py_ssize_t)kinds.length);
        kinds.release(&kinds);
    }
    PyObject *made = columns != NULL && kind_bytes != NULL
                         ? Py_BuildValue("(LOO)", (long long)rows.length, columns, kind_bytes)
                         : NULL;
    rows.release(&rows);
    Py_XDECREF(columns);
    Py_XDECREF(kind_bytes);
    return made;
}

/* (result, write): calls write(text) for each piece of the tableau. */
static PyObject *result_print(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *write;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &write))
        return NULL;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    rask_poll poll = result != NULL ? RASK_POLL_TIMEOUT : RASK_POLL_END;
    while (poll != RASK_POLL_END) {
        const char *text = NULL;
        int64_t length = 0;
        rask_status status;
        WITHOUT_GIL(status, rask_result_print_next(result, SLICE_MS, &text, &length, &poll, &err));
        if (status != RASK_OK)
            return raise_error(&err);
        /* After each piece too: a `write` made in C gives Ctrl-C no chance while rows keep coming.
         */
        if (interrupted(result, NULL) != 0)
            return NULL;
        if (length == 0)
            continue;
        PyObject *piece = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace");
        PyObject *written = piece != NULL ? PyObject_CallFunctionObjArgs(write, piece, NULL) : NULL;
        Py_XDECREF(piece);
        if (written == NULL)
            return NULL;
        Py_DECREF(written);
    }
    return result == NULL ? NULL : Py_NewRef(Py_None);
}

/* (object, timeout in ms or -1) -> whether it is done */
static PyObject *result_wait(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    long long timeout_ms;
    bool done = false;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OL", &handle, &timeout_ms))
        return NULL;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    if (result == NULL)
        return NULL;
    for (long long waited = 0; !done && (timeout_ms < 0 || waited <= timeout_ms);
         waited += SLICE_MS) {
        rask_status status;
        WITHOUT_GIL(status, rask_result_wait(result, SLICE_MS, &done, &err));
        if (status != RASK_OK)
            return raise_error(&err);
        rask_job *job = NULL;
        rask_result_job(result, &job);
        int stop = done ? 0 : interrupted(result, job);
        rask_job_unref(job);
        if (stop != 0)
            return NULL;
    }
    return PyBool_FromLong(done);
}

static PyObject *result_job(PyObject *module, PyObject *handle) {
    (void)module;
    rask_job *job = NULL;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    if (result == NULL)
        return NULL;
    rask_result_job(result, &job);
    return job != NULL ? handle_new(HANDLE_JOB, job) : Py_NewRef(Py_None);
}

static PyObject *result_close(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    if (result == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS rask_result_close(result);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* ---- the rows as an Arrow C stream (PyCapsule) ----------------------------------------------- */
typedef struct result_stream {
    rask_result *result;
    rask_error err;
} result_stream;

static int stream_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    result_stream *self = stream->private_data;
    return rask_result_arrow_schema(self->result, out, &self->err) == RASK_OK ? 0 : 5; /* EIO */
}

static int stream_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    result_stream *self = stream->private_data;
    struct ArrowArray kinds = {0};
    rask_poll poll = RASK_POLL_TIMEOUT;
    memset(out, 0, sizeof *out);
    while (poll == RASK_POLL_TIMEOUT)
        if (rask_result_next(self->result, SLICE_MS, out, &kinds, &poll, &self->err) != RASK_OK)
            return 5;
    if (kinds.release != NULL)
        kinds.release(&kinds);
    return 0;
}

static const char *stream_get_last_error(struct ArrowArrayStream *stream) {
    return ((result_stream *)stream->private_data)->err.message;
}

static void stream_release(struct ArrowArrayStream *stream) {
    result_stream *self = stream->private_data;
    rask_result_unref(self->result);
    base_free(self);
    stream->release = NULL;
}

static void capsule_release(PyObject *capsule) {
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream->release != NULL)
        stream->release(stream);
    base_free(stream);
}

static PyObject *result_arrow_stream(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result = handle_get(handle, HANDLE_RESULT);
    if (result == NULL)
        return NULL;
    struct ArrowArrayStream *stream = BASE_NEW(struct ArrowArrayStream);
    result_stream *self = BASE_NEW(result_stream);
    self->result = rask_result_ref(result);
    *stream = (struct ArrowArrayStream){stream_get_schema, stream_get_next, stream_get_last_error,
                                        stream_release, self};
    return PyCapsule_New(stream, "arrow_array_stream", capsule_release);
}

/* ---- jobs ------------------------------------------------------------------------------------ */
static PyObject *job_id(PyObject *module, PyObject *handle) {
    (void)module;
    rask_job *job = handle_get(handle, HANDLE_JOB);
    return job == NULL ? NULL : PyUnicode_FromString(rask_job_id(job));
}

static PyObject *job_name(PyObject *module, PyObject *handle) {
    (void)module;
    rask_job *job = handle_get(handle, HANDLE_JOB);
    return job == NULL ? NULL : PyUnicode_FromString(rask_job_name(job));
}

static PyObject *job_status(PyObject *module, PyObject *handle) {
    (void)module;
    rask_job *job = handle_get(handle, HANDLE_JOB);
    udf_interrupt(); /* for those who cancel and then look */
    return job == NULL ? NULL : PyUnicode_FromString(rask_job_status(job));
}

static PyObject *job_cancel(PyObject *module, PyObject *handle) {
    (void)module;
    rask_job *job = handle_get(handle, HANDLE_JOB);
    if (job == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS rask_job_cancel(job);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static PyObject *job_wait(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    long long timeout_ms;
    bool done = false;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OL", &handle, &timeout_ms))
        return NULL;
    rask_job *job = handle_get(handle, HANDLE_JOB);
    if (job == NULL)
        return NULL;
    for (long long waited = 0; !done && (timeout_ms < 0 || waited <= timeout_ms);
         waited += SLICE_MS) {
        rask_status status;
        WITHOUT_GIL(status, rask_job_wait(job, SLICE_MS, &done, &err));
        if (status != RASK_OK)
            return raise_error(&err);
        if (!done && interrupted(NULL, job) != 0)
            return NULL;
    }
    return PyBool_FromLong(done);
}

/* (whether to wait for INSERTs) -> None when every job has ended or cannot be waited for; raises
 * the failure of an INSERT that nobody was told of: then it is called again. */
static PyObject *jobs_end(PyObject *module, PyObject *wait) {
    (void)module;
    bool wait_for_inserts = PyObject_IsTrue(wait) == 1, done = false;
    patience waited = {0};
    while (!done) {
        rask_error err = {0};
        rask_status status;
        WITHOUT_GIL(status, rask_jobs_end(wait_for_inserts, SLICE_MS, &done, &err));
        if (status != RASK_OK)
            return raise_error(&err);
        if (PyErr_CheckSignals() != 0)
            return NULL;
        if (!wait_for_inserts && is_out(&waited))
            break;
    }
    Py_RETURN_NONE;
}

static PyObject *jobs_running(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return strings_to_list(rask_jobs_running());
}

PyMethodDef result_methods[] = {
    {"result_kind", result_kind, METH_O, NULL},
    {"result_schema", result_schema, METH_O, NULL},
    {"result_next", result_next, METH_O, NULL},
    {"result_print", result_print, METH_VARARGS, NULL},
    {"result_wait", result_wait, METH_VARARGS, NULL},
    {"result_job", result_job, METH_O, NULL},
    {"result_close", result_close, METH_O, NULL},
    {"result_arrow_stream", result_arrow_stream, METH_O, NULL},
    {"job_id", job_id, METH_O, NULL},
    {"job_name", job_name, METH_O, NULL},
    {"job_status", job_status, METH_O, NULL},
    {"job_cancel", job_cancel, METH_O, NULL},
    {"job_wait", job_wait, METH_VARARGS, NULL},
    {"jobs_end", jobs_end, METH_O, NULL},
    {"jobs_running", jobs_running, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
