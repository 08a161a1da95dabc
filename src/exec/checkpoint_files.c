/* A checkpoint's directory: `task-<n>` with the operators' sections of a task, and the manifest
 * `_metadata`, which is renamed into place when all else is on disk.  The manifest's own sections:
 *
 *     rask.job        id of the job and the checkpoint, max parallelism
 *     rask.files      names and checksums of the other files
 *     source:<uid>    splits that are not read to their end: text, and position where one is begun
 *     sink:<uid>      what the sink has prepared: to be committed again when this is restored */
#include <stdio.h>

#include "exec/runtime.h"

static const char manifest_name[] = "_metadata";
static const char manifest_schema[] = "rask.manifest";
enum { MANIFEST_VERSION = 1 };

/* ---- numbers and texts in a section ---------------------------------------------------------- */
static void put_i64(base_strbuf *out, int64_t value) {
    base_strbuf_add(out, (const char *)&value, 8);
}

/* NULL is kept apart from "". */
static void put_text(base_strbuf *out, const char *text) {
    put_i64(out, text != NULL ? (int64_t)strlen(text) : -1);
    base_strbuf_add(out, text != NULL ? text : "", text != NULL ? (int64_t)strlen(text) : 0);
}

typedef struct section_cursor {
    const char *at, *end;
    const char *uid;
} section_cursor;

static rask_status damaged(const section_cursor *from, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_IO, "Section '%s' of the checkpoint is damaged.",
                          from->uid);
}

static rask_status get_i64(section_cursor *from, int64_t *out, rask_error *err) {
    if (from->end - from->at < 8)
        return damaged(from, err);
    memcpy(out, from->at, 8);
    from->at += 8;
    return RASK_OK;
}

static rask_status get_text(section_cursor *from, char **out, rask_error *err) {
    int64_t length;
    *out = NULL;
    RASK_TRY(get_i64(from, &length, err));
    if (length < -1 || length > from->end - from->at)
        return damaged(from, err);
    if (length < 0)
        return RASK_OK;
    *out = base_strndup(from->at, length);
    from->at += length;
    return RASK_OK;
}

/* ---- write ----------------------------------------------------------------------------------- */
static rask_status add_section(state_writer *writer, const char *prefix, const char *uid,
                               base_strbuf *bytes, rask_error *err) {
    char *name = base_printf("%s%s", prefix, uid);
    rask_status status = state_write_section(writer, name, manifest_schema, MANIFEST_VERSION,
                                             bytes->data, bytes->length, err);
    base_free(name);
    base_strbuf_clear(bytes);
    return status;
}

/* What counts for a task: its acknowledgement, or what it left when it finished. */
static exec_ack *ack_of(const exec_job *job, const exec_checkpoint *checkpoint, int32_t task) {
    return checkpoint->acks[task].is_barrier ? &checkpoint->acks[task]
                                             : &job->attempt->tasks[task]->final;
}

static rask_status write_files_section(exec_job *job, const exec_checkpoint *checkpoint,
                                       state_writer *writer, base_strbuf *bytes, rask_error *err) {
    for (int32_t i = 0; i < job->attempt->task_count; i++) {
        exec_ack *ack = ack_of(job, checkpoint, i);
        char name[32];
        snprintf(name, sizeof name, "task-%d", i);
        if (ack->writer != NULL) {
            char *path = base_printf("%s/%s", checkpoint->directory, name);
            rask_status status =
                state_writer_finish(ack->writer, job->world, path, &ack->checksum, err);
            base_free(path);
            RASK_TRY(status);
        }
        if (ack->writer == NULL && !ack->has_file)
            continue;
        put_text(bytes, name);
        put_i64(bytes, (int64_t)ack->checksum);
    }
    return add_section(writer, "rask.", "files", bytes, err);
}

/* Splits begun come first, so that a restore goes on with them first. */
static rask_status write_source(exec_job *job, const exec_checkpoint *checkpoint,
                                const exec_stage_run *run, state_writer *writer, base_strbuf *bytes,
                                rask_error *err) {
    bool *touched = BASE_NEW_ARRAY(bool, run->split_count + 1);
    for (int32_t t = 0; t < run->parallelism; t++) {
        const exec_ack *ack = ack_of(job, checkpoint, run->tasks[t]->number);
        for (int32_t i = 0; i < ack->note_count; i++) {
            touched[ack->notes[i].split] = true;
            if (ack->notes[i].position == NULL)
                continue;
            put_text(bytes, run->splits[ack->notes[i].split].text);
            put_text(bytes, ack->notes[i].position);
        }
    }
    for (int32_t i = 0; i < run->split_count; i++) {
        if (touched[i])
            continue;
        put_text(bytes, run->splits[i].text);
        put_text(bytes, run->splits[i].resume_at);
    }
    base_free(touched);
    return add_section(writer, "source:", run->stage->source_uid, bytes, err);
}

static rask_status write_sections(exec_job *job, const exec_checkpoint *checkpoint,
                                  state_writer *writer, base_strbuf *bytes, rask_error *err) {
    put_text(bytes, job->id);
    put_i64(bytes, checkpoint->id);
    put_i64(bytes, job->max_parallelism);
    RASK_TRY(add_section(writer, "rask.", "job", bytes, err));
    RASK_TRY(write_files_section(job, checkpoint, writer, bytes, err));
    for (int32_t i = 0; i < job->attempt->graph->stage_count; i++) {
        const exec_stage_run *run = &job->attempt->runs[i];
        if (run->stage->source == EXEC_FROM_CONNECTOR && run->stage->source_uid != NULL)
            RASK_TRY(write_source(job, checkpoint, run, writer, bytes, err));
    }
    for (int32_t i = 0; i < job->sink_count; i++) {
        for (int32_t k = 0; k < job->sinks[i].text_count; k++)
            put_text(bytes, job->sinks[i].texts[k]);
        RASK_TRY(add_section(writer, "sink:", job->sinks[i].spec->uid, bytes, err));
    }
    return RASK_OK;
}

rask_status exec_checkpoint_write(exec_job *job, const exec_checkpoint *checkpoint,
                                  rask_error *err) {
    const base_files *files = job->world->files;
    char *draft = base_printf("%s/%s.part", checkpoint->directory, manifest_name);
    char *path = base_printf("%s/%s", checkpoint->directory, manifest_name);
    base_strbuf bytes;
    base_strbuf_init(&bytes, INT32_MAX);
    state_writer *writer = NULL;
    uint64_t checksum;
    rask_status status;
    RASK_TRY_OUT(status, state_writer_open(NULL, job->world, draft, &writer, err));
    RASK_TRY_OUT(status, write_sections(job, checkpoint, writer, &bytes, err));
    RASK_TRY_OUT(status, state_writer_finish(writer, job->world, NULL, &checksum, err));
    RASK_TRY_OUT(status, base_sync_directory(job->world, checkpoint->directory, err));
    RASK_TRY_OUT(status, files->rename(files->self, draft, path, err));
    RASK_TRY_OUT(status, base_sync_directory(job->world, checkpoint->directory, err));
    RASK_TRY_OUT(status, base_sync_directory(job->world, job->checkpoint_base, err));
out:
    state_writer_free(writer);
    base_strbuf_free(&bytes);
    base_free(draft);
    base_free(path);
    return status;
}

/* ---- read ------------------------------------------------------------------------------------ */
/* The manifest's section of this name; *found = false without. */
static rask_status find_section(const state_reader *reader, const char *prefix, const char *uid,
                                section_cursor *out, bool *found, rask_error *err) {
    char *name = base_printf("%s%s", prefix, uid);
    const uint8_t *bytes = NULL;
    int64_t size = 0;
    rask_status status =
        state_read_section(reader, name, manifest_schema, MANIFEST_VERSION, &bytes, &size, err);
    base_free(name);
    *found = bytes != NULL;
    *out = (section_cursor){(const char *)bytes, (const char *)bytes + size, uid};
    return status;
}

static rask_status read_job(state_reader *reader, const char *directory, exec_snapshot_info *info,
                            rask_error *err) {
    section_cursor from;
    bool found;
    int64_t max_parallelism;
    RASK_TRY(find_section(reader, "rask.", "job", &from, &found, err));
    if (!found)
        return rask_error_set(err, RASK_ERROR_IO, "'%s' holds no checkpoint.", directory);
    RASK_TRY(get_text(&from, &info->job_id, err));
    RASK_TRY(get_i64(&from, &info->id, err));
    RASK_TRY(get_i64(&from, &max_parallelism, err));
    if (info->job_id == NULL || max_parallelism < 1 || max_parallelism > UINT16_MAX)
        return damaged(&from, err);
    info->max_parallelism = (int32_t)max_parallelism;
    return RASK_OK;
}

static rask_status read_task_files(const base_world *world, const char *directory,
                                   state_reader *reader, rask_error *err) {
    section_cursor from;
    bool found;
    RASK_TRY(find_section(reader, "rask.", "files", &from, &found, err));
    while (found && from.at < from.end) {
        char *name;
        int64_t checksum = 0;
        RASK_TRY(get_text(&from, &name, err));
        rask_status status = get_i64(&from, &checksum, err);
        if (status == RASK_OK && (name == NULL || strchr(name, '/') != NULL))
            status = damaged(&from, err);
        if (status == RASK_OK) {
            char *path = base_printf("%s/%s", directory, name);
            status = state_reader_add_file(reader, world, path, (const uint64_t *)&checksum, err);
            base_free(path);
        }
        base_free(name);
        RASK_TRY(status);
    }
    return RASK_OK;
}

rask_status exec_checkpoint_read(const base_world *world, const char *directory, state_reader **out,
                                 exec_snapshot_info *info, rask_error *err) {
    if (strncmp(directory, "file://", 7) == 0)
        directory += 7;
    state_reader *reader = state_reader_new();
    char *path = base_printf("%s/%s", directory, manifest_name);
    rask_status status = state_reader_add_file(reader, world, path, NULL, err);
    base_free(path);
    if (status == RASK_OK)
        status = read_job(reader, directory, info, err);
    if (status == RASK_OK)
        status = read_task_files(world, directory, reader, err);
    if (status == RASK_OK) {
        *out = reader;
        return RASK_OK;
    }
    exec_snapshot_info_free(info);
    state_reader_free(reader);
    return status;
}

void exec_snapshot_info_free(exec_snapshot_info *info) {
    base_free(info->job_id);
    info->job_id = NULL;
}

static void free_splits(exec_split *splits, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        base_free(splits[i].text);
        base_free(splits[i].resume_at);
    }
    base_free(splits);
}

rask_status exec_checkpoint_splits(state_reader *reader, const char *uid, exec_split **splits,
                                   int32_t *count, bool *found, rask_error *err) {
    section_cursor from;
    RASK_TRY(find_section(reader, "source:", uid, &from, found, err));
    exec_split *out = BASE_NEW_ARRAY(exec_split, *found ? (from.end - from.at) / 16 + 1 : 1);
    int32_t n = 0;
    rask_status status = RASK_OK;
    while (*found && from.at < from.end && status == RASK_OK) {
        exec_split *split = &out[n];
        status = get_text(&from, &split->text, err);
        n += status == RASK_OK;
        if (status == RASK_OK)
            status = get_text(&from, &split->resume_at, err);
        if (status == RASK_OK && split->text == NULL)
            status = damaged(&from, err);
    }
    if (status != RASK_OK || !*found) {
        free_splits(out, n);
        return status;
    }
    *splits = out;
    *count = n;
    return RASK_OK;
}

rask_status exec_checkpoint_committables(state_reader *reader, const char *uid, char ***texts,
                                         int32_t *count, rask_error *err) {
    section_cursor from;
    bool found;
    *texts = NULL;
    *count = 0;
    RASK_TRY(find_section(reader, "sink:", uid, &from, &found, err));
    if (!found)
        return RASK_OK;
    char **out = BASE_NEW_ARRAY(char *, (from.end - from.at) / 8 + 1);
    int32_t n = 0;
    rask_status status = RASK_OK;
    while (from.at < from.end && status == RASK_OK) {
        status = get_text(&from, &out[n], err);
        n += status == RASK_OK && out[n] != NULL;
    }
    if (status != RASK_OK) {
        for (int32_t i = 0; i < n; i++)
            base_free(out[i]);
        base_free(out);
        return status;
    }
    *texts = out;
    *count = n;
    return RASK_OK;
}

/* ---- check ----------------------------------------------------------------------------------- */
/* The kinds of sections that belong to somebody: "source:<uid>", "sink:<uid>", and "<uid>" or
 * "<uid>#<table>" of operators. */
typedef enum owner_kind { OWNER_SOURCE, OWNER_SINK, OWNER_OPERATOR } owner_kind;
static const char *const prefixes[] = {"source:", "sink:", ""};
static const char *const owner_names[] = {"source", "sink", "operator"};

static owner_kind kind_of(const char *section) {
    return strncmp(section, "source:", 7) == 0 ? OWNER_SOURCE
           : strncmp(section, "sink:", 5) == 0 ? OWNER_SINK
                                               : OWNER_OPERATOR;
}

static bool belongs_to(const char *section, const char *uid) {
    size_t length = uid != NULL ? strlen(uid) : 0;
    return uid != NULL && strncmp(section, uid, length) == 0 &&
           (section[length] == '\0' || section[length] == '#');
}

/* Whether the graph has an owner of this kind and uid; `all` gets the ones of this kind. */
static bool find_owner(const exec_graph *graph, owner_kind kind, const char *uid,
                       base_strbuf *all) {
    bool found = false;
    for (int32_t i = 0; i < graph->stage_count; i++) {
        const exec_stage *stage = graph->stages[i];
        for (int32_t k = kind == OWNER_SOURCE ? -1 : 0; k < stage->op_count; k++) {
            const exec_op_spec *op = k >= 0 ? stage->ops[k] : NULL;
            bool is_kind = op == NULL           ? stage->source == EXEC_FROM_CONNECTOR
                           : kind == OWNER_SINK ? strcmp(op->op_class->name, "Sink") == 0
                                                : kind == OWNER_OPERATOR &&
                                                      (op->op_class->flags & EXEC_STATEFUL) != 0;
            if (!is_kind)
                continue;
            const char *own = op != NULL ? op->uid : stage->source_uid;
            found = found || belongs_to(uid, own);
            base_strbuf_printf(all, "%s'%s' (%s)", all->length > 0 ? ", " : "", own,
                               op != NULL ? op->description : stage->description);
        }
    }
    return found;
}

static rask_status check_section(const state_reader *reader, int32_t i, const exec_graph *graph,
                                 rask_error *err) {
    const char *section = state_reader_uid(reader, i);
    if (strncmp(section, "rask.", 5) == 0)
        return RASK_OK;
    owner_kind kind = kind_of(section);
    const char *uid = section + strlen(prefixes[kind]), *schema = state_reader_schema(reader, i);
    bool has_schema = kind == OWNER_OPERATOR && schema[0] != '\0';
    base_strbuf all;
    base_strbuf_init(&all, 1 << 16);
    rask_status status = RASK_OK;
    if (!find_owner(graph, kind, uid, &all))
        status = rask_error_set(
            err, RASK_ERROR_ILLEGAL_STATE,
            "The snapshot has state of %s '%s'%s%s%s, but this program has %s %s: it was taken by "
            "another program.",
            owner_names[kind], uid, has_schema ? " (" : "", has_schema ? schema : "",
            has_schema ? ")" : "", all.length > 0 ? owner_names[kind] : "no",
            all.length > 0 ? all.data : owner_names[kind]);
    base_strbuf_free(&all);
    return status;
}

rask_status exec_checkpoint_check(const state_reader *reader, const exec_graph *graph,
                                  rask_error *err) {
    for (int32_t i = 0; i < state_reader_section_count(reader); i++)
        RASK_TRY(check_section(reader, i, graph, err));
    return RASK_OK;
}
