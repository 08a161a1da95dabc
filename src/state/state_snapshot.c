/* Snapshot files: sections of named bytes, streamed out and read back whole.
 *
 *     "RASKSNAP" version
 *     { 1  uid  schema  version  { length > 0  bytes } ... 0 } ...     numbers are little-endian,
 *     0                                                                texts have a length in front
 *     checksum of all before: xxh3 over pieces of 1 MiB, each seeded with the hash of the former
 *
 * A reader trusts nothing: every length is checked, and the checksum first. */
#include "state/state_snapshot.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PIECE_BYTES = 1 << 20, FILE_VERSION = 1, CHUNK_BYTES_MAX = 1 << 30 };
static const char magic[8] = "RASKSNAP";

static uint64_t hash_pieces(const uint8_t *bytes, int64_t size, uint64_t hash) {
    for (int64_t at = 0; at < size; at += PIECE_BYTES) {
        int64_t length = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
        hash = XXH3_64bits_withSeed(bytes + at, (size_t)length, hash);
    }
    return hash;
}

/* ---- writer ---------------------------------------------------------------------------------- */
struct state_writer {
    base_pool *pool;
    const base_world *world;
    char *path; /* NULL: in memory */
    base_file *file;
    base_buffer *buffer;
    uint64_t hash; /* of the pieces written to the file */
    bool has_begun, is_finished;
};

state_writer *state_writer_new(base_pool *pool) {
    state_writer *writer = BASE_NEW(state_writer);
    writer->pool = base_pool_ref(pool);
    return writer;
}

rask_status state_writer_open(base_pool *pool, const base_world *world, const char *path,
                              state_writer **out, rask_error *err) {
    base_file *file;
    RASK_TRY(world->files->open(world->files->self, path, BASE_FILE_WRITE, &file, err));
    state_writer *writer = state_writer_new(pool);
    writer->world = world;
    writer->path = base_strdup(path);
    writer->file = file;
    *out = writer;
    return RASK_OK;
}

void state_writer_free(state_writer *writer) {
    if (writer == NULL)
        return;
    if (writer->file != NULL) {
        const base_files *files = writer->world->files;
        files->close(files->self, writer->file, NULL);
        files->remove(files->self, writer->path, NULL);
    }
    base_buffer_unref(writer->buffer);
    base_pool_unref(writer->pool);
    base_free(writer->path);
    base_free(writer);
}

static rask_status flush_piece(state_writer *writer, rask_error *err) {
    const base_files *files = writer->world->files;
    writer->hash =
        XXH3_64bits_withSeed(writer->buffer->data, (size_t)writer->buffer->size, writer->hash);
    RASK_TRY(
        files->write(files->self, writer->file, writer->buffer->data, writer->buffer->size, err));
    writer->buffer->size = 0;
    return RASK_OK;
}

static rask_status put_bytes(state_writer *writer, const void *bytes, int64_t size,
                             rask_error *err) {
    const uint8_t *from = bytes;
    while (size > 0) {
        base_buffer *buffer = writer->buffer;
        int64_t length = size;
        if (writer->file != NULL) {
            if (buffer->size == PIECE_BYTES)
                RASK_TRY(flush_piece(writer, err));
            length = size < PIECE_BYTES - buffer->size ? size : PIECE_BYTES - buffer->size;
        } else if (buffer->size + size > buffer->capacity) {
            RASK_TRY(base_buffer_reserve(&writer->buffer, 2 * (buffer->size + size), err));
            buffer = writer->buffer;
        }
        memcpy(buffer->data + buffer->size, from, (size_t)length);
        buffer->size += length;
        from += length;
        size -= length;
    }
    return RASK_OK;
}

static rask_status put_u32(state_writer *writer, uint32_t value, rask_error *err) {
    return put_bytes(writer, &value, sizeof value, err);
}

static rask_status put_text(state_writer *writer, const char *text, rask_error *err) {
    uint32_t length = (uint32_t)strlen(text);
    RASK_TRY(put_u32(writer, length, err));
    return put_bytes(writer, text, length, err);
}

static rask_status begin_file(state_writer *writer, rask_error *err) {
    if (writer->has_begun)
        return RASK_OK;
    RASK_TRY(base_buffer_new(writer->pool, writer->file != NULL ? PIECE_BYTES : 4096,
                             &writer->buffer, err));
    writer->has_begun = true;
    RASK_TRY(put_bytes(writer, magic, sizeof magic, err));
    return put_u32(writer, FILE_VERSION, err);
}

rask_status state_section_begin(state_writer *writer, const char *uid, const char *schema,
                                int32_t version, rask_error *err) {
    const uint8_t mark = 1;
    RASK_TRY(begin_file(writer, err));
    RASK_TRY(put_bytes(writer, &mark, 1, err));
    RASK_TRY(put_text(writer, uid, err));
    RASK_TRY(put_text(writer, schema, err));
    return put_u32(writer, (uint32_t)version, err);
}

rask_status state_section_add(state_writer *writer, const void *bytes, int64_t size,
                              rask_error *err) {
    const uint8_t *from = bytes;
    while (size > 0) {
        int64_t length = size < CHUNK_BYTES_MAX ? size : CHUNK_BYTES_MAX;
        RASK_TRY(put_u32(writer, (uint32_t)length, err));
        RASK_TRY(put_bytes(writer, from, length, err));
        from += length;
        size -= length;
    }
    return RASK_OK;
}

rask_status state_section_end(state_writer *writer, rask_error *err) {
    return put_u32(writer, 0, err);
}

rask_status state_write_section(state_writer *writer, const char *uid, const char *schema,
                                int32_t version, const void *bytes, int64_t size, rask_error *err) {
    RASK_TRY(state_section_begin(writer, uid, schema, version, err));
    RASK_TRY(state_section_add(writer, bytes, size, err));
    return state_section_end(writer, err);
}

/* The end mark and the checksum.  The last piece of the hash ends before the checksum, so it is
 * hashed on its own. */
static rask_status end_file(state_writer *writer, uint64_t *checksum, rask_error *err) {
    const uint8_t mark = 0;
    RASK_TRY(begin_file(writer, err));
    RASK_TRY(put_bytes(writer, &mark, 1, err));
    if (writer->file != NULL) {
        RASK_TRY(flush_piece(writer, err));
        *checksum = writer->hash;
    } else {
        *checksum = hash_pieces(writer->buffer->data, writer->buffer->size, 0);
    }
    writer->is_finished = true;
    return put_bytes(writer, checksum, sizeof *checksum, err);
}

static rask_status close_file(const base_world *world, base_file *file, const base_buffer *rest,
                              rask_error *err) {
    const base_files *files = world->files;
    rask_status status = files->write(files->self, file, rest->data, rest->size, err);
    if (status == RASK_OK)
        status = files->sync(files->self, file, err);
    rask_status closed = files->close(files->self, file, status == RASK_OK ? err : NULL);
    return status != RASK_OK ? status : closed;
}

rask_status state_writer_finish(state_writer *writer, const base_world *world, const char *path,
                                uint64_t *checksum, rask_error *err) {
    const base_files *files = world->files;
    base_file *file = writer->file;
    if (!writer->is_finished)
        RASK_TRY(end_file(writer, checksum, err));
    else
        memcpy(checksum, writer->buffer->data + writer->buffer->size - 8, 8);
    if (file != NULL)
        path = writer->path;
    else
        RASK_TRY(files->open(files->self, path, BASE_FILE_WRITE, &file, err));
    writer->file = NULL;
    rask_status status = close_file(world, file, writer->buffer, err);
    if (status != RASK_OK)
        files->remove(files->self, path, NULL);
    return status;
}

/* ---- reader ---------------------------------------------------------------------------------- */
typedef struct loaded {
    uint8_t *bytes;
} loaded;

struct state_reader {
    loaded *files;
    int32_t file_count;
    state_section *sections;
    int32_t section_count;
};

state_reader *state_reader_new(void) {
    return BASE_NEW(state_reader);
}

void state_reader_free(state_reader *reader) {
    if (reader == NULL)
        return;
    for (int32_t i = 0; i < reader->file_count; i++)
        base_free(reader->files[i].bytes);
    for (int32_t i = 0; i < reader->section_count; i++) {
        base_free(reader->sections[i].uid);
        base_free(reader->sections[i].schema);
    }
    base_free(reader->files);
    base_free(reader->sections);
    base_free(reader);
}

typedef struct parse {
    uint8_t *at, *end;
    const char *name;
} parse;

static rask_status damaged(const parse *from, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_IO, "Snapshot file '%s' is damaged.", from->name);
}

static rask_status get_u32(parse *from, uint32_t *out, rask_error *err) {
    if (from->end - from->at < 4)
        return damaged(from, err);
    memcpy(out, from->at, 4);
    from->at += 4;
    return RASK_OK;
}

static rask_status get_text(parse *from, char **out, rask_error *err) {
    uint32_t length;
    RASK_TRY(get_u32(from, &length, err));
    if ((uint64_t)(from->end - from->at) < length)
        return damaged(from, err);
    *out = base_strndup((const char *)from->at, length);
    from->at += length;
    return RASK_OK;
}

/* Moves the chunks of a section together, in place. */
static rask_status get_chunks(parse *from, state_section *section, rask_error *err) {
    section->bytes = from->at;
    section->size = 0;
    for (;;) {
        uint32_t length;
        RASK_TRY(get_u32(from, &length, err));
        if (length == 0)
            return RASK_OK;
        if ((uint64_t)(from->end - from->at) < length)
            return damaged(from, err);
        memmove(section->bytes + section->size, from->at, length);
        section->size += length;
        from->at += length;
    }
}

static rask_status get_section(state_reader *reader, parse *from, rask_error *err) {
    reader->sections = base_realloc(reader->sections,
                                    (reader->section_count + 1) * (int64_t)sizeof(state_section));
    state_section *section = &reader->sections[reader->section_count++];
    *section = (state_section){0};
    uint32_t version;
    RASK_TRY(get_text(from, &section->uid, err));
    RASK_TRY(get_text(from, &section->schema, err));
    RASK_TRY(get_u32(from, &version, err));
    section->version = (int32_t)version;
    return get_chunks(from, section, err);
}

/* Takes over `bytes`. */
static rask_status add_bytes(state_reader *reader, uint8_t *bytes, int64_t size, const char *name,
                             const uint64_t *expected, rask_error *err) {
    reader->files = base_realloc(reader->files, (reader->file_count + 1) * (int64_t)sizeof(loaded));
    reader->files[reader->file_count++] = (loaded){bytes};
    parse from = {bytes, bytes + size - 8, name};
    const int64_t least = (int64_t)sizeof magic + 4 + 1 + 8;
    if (size < least || memcmp(bytes, magic, sizeof magic) != 0)
        return rask_error_set(err, RASK_ERROR_IO, "'%s' is not a snapshot file.", name);
    uint64_t stored, actual = hash_pieces(bytes, size - 8, 0);
    memcpy(&stored, bytes + size - 8, 8);
    if (stored != actual || (expected != NULL && *expected != actual))
        return rask_error_set(err, RASK_ERROR_IO, "The checksum of snapshot file '%s' is wrong.",
                              name);
    uint32_t version;
    from.at += sizeof magic;
    RASK_TRY(get_u32(&from, &version, err));
    if (version != FILE_VERSION)
        return rask_error_set(err, RASK_ERROR_IO,
                              "Snapshot file '%s' has version %u, but this program reads %d.", name,
                              version, FILE_VERSION);
    while (from.at < from.end && *from.at == 1) {
        from.at++;
        RASK_TRY(get_section(reader, &from, err));
    }
    return from.at < from.end && *from.at == 0 && from.at + 1 == from.end ? RASK_OK
                                                                          : damaged(&from, err);
}

rask_status state_reader_add_bytes(state_reader *reader, const void *bytes, int64_t size,
                                   const char *name, const uint64_t *checksum, rask_error *err) {
    uint8_t *copy = base_alloc(size);
    memcpy(copy, bytes, (size_t)size);
    return add_bytes(reader, copy, size, name, checksum, err);
}

rask_status state_reader_add_writer(state_reader *reader, state_writer *writer, rask_error *err) {
    uint64_t checksum;
    RASK_ASSERT(writer->file == NULL);
    if (!writer->is_finished)
        RASK_TRY(end_file(writer, &checksum, err));
    return state_reader_add_bytes(reader, writer->buffer->data, writer->buffer->size, "memory",
                                  NULL, err);
}

static rask_status read_all(const base_files *files, base_file *file, uint8_t *bytes, int64_t size,
                            rask_error *err) {
    for (int64_t at = 0, got; at < size; at += got) {
        RASK_TRY(files->read_at(files->self, file, at, bytes + at, size - at, &got, err));
        if (got == 0)
            return rask_error_set(err, RASK_ERROR_IO,
                                  "A snapshot file became shorter while it was read.");
    }
    return RASK_OK;
}

rask_status state_reader_add_file(state_reader *reader, const base_world *world, const char *path,
                                  const uint64_t *checksum, rask_error *err) {
    const base_files *files = world->files;
    base_file_info info;
    base_file *file;
    RASK_TRY(files->info(files->self, path, &info, err));
    if (!info.exists || info.is_directory)
        return rask_error_set(err, RASK_ERROR_IO, "There is no snapshot file '%s'.", path);
    RASK_TRY(files->open(files->self, path, BASE_FILE_READ, &file, err));
    uint8_t *bytes = base_alloc(info.size);
    rask_status status = read_all(files, file, bytes, info.size, err);
    files->close(files->self, file, NULL);
    if (status != RASK_OK) {
        base_free(bytes);
        return status;
    }
    return add_bytes(reader, bytes, info.size, path, checksum, err);
}

int32_t state_reader_section_count(const state_reader *reader) {
    return reader->section_count;
}
const char *state_reader_uid(const state_reader *reader, int32_t section) {
    return reader->sections[section].uid;
}

const char *state_reader_schema(const state_reader *reader, int32_t section) {
    return reader->sections[section].schema;
}

rask_status state_reader_match(const state_reader *reader, int32_t i, const char *uid,
                               const char *schema, int32_t version, const state_section **out,
                               rask_error *err) {
    const state_section *section = &reader->sections[i];
    *out = NULL;
    if (strcmp(section->uid, uid) != 0)
        return RASK_OK;
    if (strcmp(section->schema, schema) != 0)
        return rask_error_set(
            err, RASK_ERROR_ILLEGAL_STATE,
            "The snapshot's state of operator %s is '%s', but the program's is '%s'.", uid,
            section->schema, schema);
    if (section->version != version)
        return rask_error_set(
            err, RASK_ERROR_ILLEGAL_STATE,
            "The snapshot's state of operator %s (%s) has version %d, but the program's has %d.",
            uid, schema, section->version, version);
    *out = section;
    return RASK_OK;
}

rask_status state_read_section(const state_reader *reader, const char *uid, const char *schema,
                               int32_t version, const uint8_t **bytes, int64_t *size,
                               rask_error *err) {
    *bytes = NULL;
    for (int32_t i = 0; i < reader->section_count; i++) {
        const state_section *section;
        RASK_TRY(state_reader_match(reader, i, uid, schema, version, &section, err));
        if (section == NULL)
            continue;
        *bytes = section->bytes;
        *size = section->size;
        return RASK_OK;
    }
    return RASK_OK;
}

rask_status state_read_sections(const state_reader *reader, base_arena *arena, const char *uid,
                                const char *schema, int32_t version, const data_string **sections,
                                int32_t *count, rask_error *err) {
    data_string *out =
        base_arena_alloc(arena, (reader->section_count + 1) * (int64_t)sizeof(data_string));
    int32_t found = 0;
    for (int32_t i = 0; i < reader->section_count; i++) {
        const state_section *section;
        RASK_TRY(state_reader_match(reader, i, uid, schema, version, &section, err));
        if (section == NULL)
            continue;
        if (section->size > UINT32_MAX)
            return rask_error_set(err, RASK_ERROR_IO, "The state of operator %s is too large.",
                                  uid);
        out[found++] = data_string_make((const char *)section->bytes, (uint32_t)section->size);
    }
    *sections = out;
    *count = found;
    return RASK_OK;
}
