/* The datagen connector: rows made up as they are read.
 *
 * A split is "first end seed": the rows [first, end) of the table.  Every value is a function of
 * seed, row and column, so a reader can go on anywhere and repeats itself exactly after a restore.
 *
 *   random     between min and max; texts are hexadecimal digits
 *   sequence   start, start + 1, ... end; the source ends with the shortest sequence */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "connect/connect_options.h"

const connect_class connect_datagen;

static const plan_option options[] = {
    {.key = "rows-per-second",
     .kind = PLAN_OPTION_INT,
     .fallback = "10000",
     .doc = "How many rows are made a second, by all tasks together."},
    {.key = "number-of-rows",
     .kind = PLAN_OPTION_INT,
     .doc = "How many rows in all; unset = no end."},
    {.key = "scan.parallelism", .kind = PLAN_OPTION_INT, .doc = "How many tasks make rows."},
    {.key = "fields.#.kind",
     .kind = PLAN_OPTION_ENUM,
     .fallback = "random",
     .choices = "random,sequence",
     .doc = "How the column's values are made."},
    {.key = "fields.#.min", .doc = "Random: the smallest value."},
    {.key = "fields.#.max", .doc = "Random: the largest value."},
    {.key = "fields.#.max-past",
     .kind = PLAN_OPTION_DURATION,
     .fallback = "0 s",
     .doc = "Random times: how far before now they may lie."},
    {.key = "fields.#.length",
     .kind = PLAN_OPTION_INT,
     .fallback = "100",
     .doc = "Random texts: how many characters."},
    {.key = "fields.#.var-len",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Random texts: of any length up to that."},
    {.key = "fields.#.null-rate",
     .kind = PLAN_OPTION_DOUBLE,
     .fallback = "0",
     .doc = "The share of NULLs, 0 to 1."},
    {.key = "fields.#.start", .doc = "Sequence: the first value."},
    {.key = "fields.#.end", .doc = "Sequence: the last value."},
    {.key = NULL},
};

typedef struct datagen_field {
    const data_type *type;
    int32_t column; /* of the table: so values do not depend on the projection */
    bool is_sequence, varies;
    int64_t first, last; /* integers, days, milliseconds; sequence: both ends */
    double low, high;    /* floating point */
    int64_t length, max_past_ms;
    double null_rate;
} datagen_field;

typedef struct datagen_reader {
    const connect_config *config;
    datagen_field *fields; /* one a projected column */
    int64_t row, end;
    uint64_t seed;
    double rows_per_ms; /* of this split */
    int64_t started_ns, first;
    int64_t now_ms;
} datagen_reader;

/* ---- random ---------------------------------------------------------------------------------- */

/* splitmix64's mix: every input bit moves every output bit. */
static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static uint64_t draw(uint64_t seed, int64_t row, int32_t column, uint32_t salt) {
    return mix(mix(seed ^ (uint64_t)row) + ((uint64_t)column << 32 | salt));
}

static double draw_unit(uint64_t seed, int64_t row, int32_t column, uint32_t salt) {
    return (double)(draw(seed, row, column, salt) >> 11) * 0x1p-53;
}

static int64_t draw_between(uint64_t random, int64_t first, int64_t last) {
    unsigned __int128 span = (unsigned __int128)((__int128)last - first) + 1;
    return (int64_t)(first + (__int128)(((unsigned __int128)random * span) >> 64));
}

/* ---- fields ---------------------------------------------------------------------------------- */

static const char *field_option(const connect_config *config, const char *name, const char *key) {
    char full[256];
    snprintf(full, sizeof full, "fields.%s.%s", name, key);
    return connect_option(config, &connect_datagen, full);
}

static int64_t field_number(const connect_config *config, const char *name, const char *key) {
    char full[256];
    snprintf(full, sizeof full, "fields.%s.%s", name, key);
    return connect_option_number(config, &connect_datagen, full, 0);
}

static void default_limits(datagen_field *field) {
    switch (field->type->kind) {
    case DATA_TINYINT:
        field->first = INT8_MIN, field->last = INT8_MAX;
        break;
    case DATA_SMALLINT:
        field->first = INT16_MIN, field->last = INT16_MAX;
        break;
    case DATA_INT:
        field->first = INT32_MIN, field->last = INT32_MAX;
        break;
    default:
        field->first = INT64_MIN, field->last = INT64_MAX;
        break;
    }
    field->low = -1e300;
    field->high = 1e300;
    if (field->type->kind == DATA_FLOAT)
        field->low = -3e38, field->high = 3e38;
    if (field->type->kind == DATA_DECIMAL)
        field->low = -1, field->high = 1;
}

static bool is_floating(const data_type *type) {
    return type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE || type->kind == DATA_DECIMAL;
}

static rask_status read_limit(const connect_config *config, const char *name, const char *key,
                              datagen_field *field, int64_t *number, double *real,
                              rask_error *err) {
    const char *text = field_option(config, name, key);
    if (text == NULL)
        return RASK_OK;
    int64_t length = (int64_t)strlen(text);
    bool floating = is_floating(field->type) && !field->is_sequence;
    if (floating ? base_double_parse(text, length, real) : base_i64_parse(text, length, number))
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Invalid value for option 'fields.%s.%s'.\nCould not parse value '%s'.",
                          name, key, text);
}

static bool can_make(const data_type *type, bool is_sequence) {
    if (data_kind_is_string(type->kind) || data_kind_is_numeric(type->kind))
        return true;
    return !is_sequence &&
           (type->kind == DATA_BOOLEAN || type->kind == DATA_DATE || type->kind == DATA_TIME ||
            type->kind == DATA_TIMESTAMP || type->kind == DATA_TIMESTAMP_LTZ);
}

static rask_status read_field(const connect_config *config, int32_t column, datagen_field *out,
                              rask_error *err) {
    const char *name = config->schema->names[column];
    datagen_field field = {.type = config->schema->types[column], .column = column};
    const char *kind = field_option(config, name, "kind");
    const char *null_rate = field_option(config, name, "null-rate");
    field.is_sequence = strcasecmp(kind, "sequence") == 0;
    field.length = field_number(config, name, "length");
    field.varies = field_number(config, name, "var-len") != 0;
    field.max_past_ms = field_number(config, name, "max-past");
    base_double_parse(null_rate, (int64_t)strlen(null_rate), &field.null_rate);
    default_limits(&field);
    if (!can_make(field.type, field.is_sequence))
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Unsupported type for %s of field '%s'.",
                              field.is_sequence ? "a sequence" : "random values", name);
    if (field.is_sequence &&
        (field_option(config, name, "start") == NULL || field_option(config, name, "end") == NULL))
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Could not find required property 'fields.%s.%s' for sequence "
                              "generator.",
                              name, field_option(config, name, "start") == NULL ? "start" : "end");
    const char *first = field.is_sequence ? "start" : "min",
               *last = field.is_sequence ? "end" : "max";
    RASK_TRY(read_limit(config, name, first, &field, &field.first, &field.low, err));
    RASK_TRY(read_limit(config, name, last, &field, &field.last, &field.high, err));
    if (field.first > field.last || field.low > field.high)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'fields.%s.%s' is greater than 'fields.%s.%s'.", name, first,
                              name, last);
    if (field.length < 0 || field.length > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'fields.%s.length' must not be negative.", name);
    *out = field;
    return RASK_OK;
}

static rask_status check(const connect_config *config, bool as_sink, rask_error *err) {
    datagen_field field;
    for (int32_t i = 0; i < config->schema->count; i++)
        RASK_TRY(read_field(config, i, &field, err));
    if (connect_option_number(config, &connect_datagen, "rows-per-second", 1) < 1)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'rows-per-second' must be positive.");
    return RASK_OK;
}

/* ---- plan ------------------------------------------------------------------------------------ */

/* Rows in all: what number-of-rows says and the shortest sequence allows. */
static rask_status count_rows(const connect_config *config, int64_t *rows, rask_error *err) {
    *rows = connect_option_number(config, &connect_datagen, "number-of-rows", INT64_MAX);
    for (int32_t i = 0; i < config->schema->count; i++) {
        datagen_field field;
        RASK_TRY(read_field(config, i, &field, err));
        if (field.is_sequence && field.last - field.first < *rows)
            *rows = field.last - field.first + 1;
    }
    return RASK_OK;
}

static rask_status plan(const connect_config *config, int32_t parallelism, base_arena *arena,
                        const char ***splits, int32_t *count, rask_error *err) {
    int64_t rows;
    const base_random *random = connect_world(config)->random;
    RASK_TRY(count_rows(config, &rows, err));
    uint64_t seed = random->next(random->self);
    *splits = BASE_ARENA_ARRAY(arena, const char *, parallelism);
    *count = parallelism;
    for (int32_t i = 0; i < parallelism; i++) {
        int64_t first = rows / parallelism * i;
        int64_t end = i + 1 == parallelism ? rows : rows / parallelism * (i + 1);
        (*splits)[i] = base_arena_printf(arena, "%" PRId64 " %" PRId64 " %" PRIu64 " %d", first,
                                         end, seed, parallelism);
    }
    return RASK_OK;
}

static int64_t estimate_rows(const connect_config *config) {
    int64_t rows;
    return count_rows(config, &rows, NULL) == RASK_OK && rows < INT64_MAX ? rows : -1;
}

/* ---- read ------------------------------------------------------------------------------------ */

static void close_reader(connect_reader *handle) {
    datagen_reader *reader = (datagen_reader *)handle;
    if (reader != NULL)
        base_free(reader->fields);
    base_free(reader);
}

static rask_status open_reader(const connect_config *config, const char *split,
                               const char *resume_at, connect_reader **out, rask_error *err) {
    const base_clock *clock = connect_world(config)->clock;
    datagen_reader *reader = BASE_NEW(datagen_reader);
    int splits = 1;
    bool valid = sscanf(split, "%" SCNd64 " %" SCNd64 " %" SCNu64 " %d", &reader->row, &reader->end,
                        &reader->seed, &splits) == 4;
    if (resume_at != NULL)
        reader->row = atoll(resume_at);
    reader->config = config;
    reader->first = reader->row;
    reader->started_ns = clock->monotonic_ns(clock->self);
    reader->rows_per_ms =
        (double)connect_option_number(config, &connect_datagen, "rows-per-second", 10000) / 1000 /
        (splits > 0 ? splits : 1);
    reader->fields = BASE_NEW_ARRAY(datagen_field, config->projection_count + 1);
    rask_status status = RASK_OK;
    if (!valid)
        status =
            rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "'%s' is no split of datagen", split);
    for (int32_t i = 0; i < config->projection_count && status == RASK_OK; i++)
        status = read_field(config, config->projection[i], &reader->fields[i], err);
    if (status == RASK_OK)
        *out = (connect_reader *)reader;
    else
        close_reader((connect_reader *)reader);
    return status;
}

static rask_status add_text(const datagen_reader *reader, const datagen_field *field, int64_t row,
                            data_builder *builder, rask_error *err) {
    static const char digits[] = "0123456789abcdef";
    int64_t length = field->length;
    if (field->type->length < length)
        length = field->type->length;
    if (field->varies && length > 0)
        length = draw_between(draw(reader->seed, row, field->column, 1), 1, length);
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    for (int64_t i = 0; i < length; i++)
        base_strbuf_add_char(
            &text,
            digits[draw(reader->seed, row, field->column, (uint32_t)(i / 16) + 2) >> (i % 16 * 4) &
                   15]);
    rask_status status =
        data_builder_add_string(builder, text.data != NULL ? text.data : "", text.length, err);
    base_strbuf_free(&text);
    return status;
}

static rask_status add_number(const datagen_field *field, int64_t whole, double real,
                              data_builder *builder, rask_error *err) {
    base_i128 unscaled = 0;
    if (field->type->kind == DATA_DECIMAL) {
        bool fits = field->is_sequence
                        ? base_decimal_rescale(whole, 0, field->type->scale, &unscaled)
                        : base_decimal_from_double(real, field->type->precision, field->type->scale,
                                                   &unscaled);
        return fits ? data_builder_add_i128(builder, unscaled, err)
                    : data_builder_add_null(builder, err);
    }
    if (is_floating(field->type))
        return data_builder_add_f64(builder, field->is_sequence ? (double)whole : real, err);
    return data_builder_add_i64(builder, whole, err);
}

static rask_status add_time(const datagen_reader *reader, const datagen_field *field,
                            uint64_t random, data_builder *builder, rask_error *err) {
    int64_t past_ms = draw_between(random, 0, field->max_past_ms > 0 ? field->max_past_ms : 0);
    int64_t ms = reader->now_ms - past_ms;
    switch (field->type->kind) {
    case DATA_BOOLEAN:
        return data_builder_add_i64(builder, random & 1, err);
    case DATA_DATE:
        return data_builder_add_i64(builder, base_floor_div(ms, 86400000), err);
    case DATA_TIME:
        return data_builder_add_i64(builder, base_floor_mod(ms, 86400000), err);
    default:
        if (data_physical_of(field->type) == DATA_PHYSICAL_I128)
            return data_builder_add_i128(builder, (base_i128)ms * 1000000, err);
        return data_builder_add_i64(builder, ms * 1000, err);
    }
}

static rask_status add_value(const datagen_reader *reader, const datagen_field *field, int64_t row,
                             data_builder *builder, rask_error *err) {
    uint64_t random = draw(reader->seed, row, field->column, 0);
    if (field->null_rate > 0 &&
        draw_unit(reader->seed, row, field->column, UINT32_MAX) < field->null_rate)
        return data_builder_add_null(builder, err);
    int64_t whole =
        field->is_sequence ? field->first + row : draw_between(random, field->first, field->last);
    if (data_kind_is_string(field->type->kind)) {
        char text[BASE_NUMBER_TEXT_MAX];
        if (field->is_sequence)
            return data_builder_add_string(builder, text, base_i64_format(whole, text), err);
        return add_text(reader, field, row, builder, err);
    }
    if (!data_kind_is_numeric(field->type->kind))
        return add_time(reader, field, random, builder, err);
    double real =
        field->low + (field->high - field->low) * draw_unit(reader->seed, row, field->column, 0);
    return add_number(field, whole, real, builder, err);
}

static rask_status make_column(const datagen_reader *reader, const datagen_field *field,
                               int32_t rows, data_column **out, rask_error *err) {
    data_builder *builder = data_builder_new(reader->config->pool, field->type, rows);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < rows && status == RASK_OK; i++)
        status = add_value(reader, field, reader->row + i, builder, err);
    if (status == RASK_OK)
        status = data_builder_finish(builder, out, err);
    data_builder_free(builder);
    return status;
}

/* How many rows may be made now. */
static int64_t rows_due(const datagen_reader *reader) {
    const base_clock *clock = connect_world(reader->config)->clock;
    double elapsed_ms = (double)(clock->monotonic_ns(clock->self) - reader->started_ns) / 1000000.0;
    double due =
        floor(elapsed_ms * reader->rows_per_ms) + 1 - (double)(reader->row - reader->first);
    return due < 0 ? 0 : due > 1e9 ? 1000000000 : (int64_t)due;
}

static rask_status poll_rows(connect_reader *handle, int32_t rows_max, data_batch **out,
                             connect_poll *state, rask_error *err) {
    datagen_reader *reader = (datagen_reader *)handle;
    const base_clock *clock = connect_world(reader->config)->clock;
    int64_t rows = reader->end - reader->row, due = rows_due(reader);
    *state = rows == 0 ? CONNECT_END : CONNECT_IDLE;
    rows = rows < due ? rows : due;
    rows = rows < rows_max ? rows : rows_max;
    if (rows == 0)
        return RASK_OK;
    int32_t count = reader->config->projection_count, made = 0;
    data_column **columns = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    reader->now_ms = clock->now_ms(clock->self);
    for (; made < count && status == RASK_OK; made += status == RASK_OK)
        status = make_column(reader, &reader->fields[made], (int32_t)rows, &columns[made], err);
    if (status == RASK_OK) {
        *out = data_batch_take(columns, count, (int32_t)rows);
        *state = CONNECT_ROWS;
        reader->row += rows;
    }
    for (int32_t i = 0; i < made && status != RASK_OK; i++)
        data_column_unref(columns[i]);
    base_free(columns);
    return status;
}

static void position(const connect_reader *handle, base_strbuf *out) {
    base_strbuf_printf(out, "%" PRId64, ((const datagen_reader *)handle)->row);
}

const connect_class connect_datagen = {
    .size = sizeof(connect_class),
    .abi_version = CONNECT_ABI_VERSION,
    .name = "datagen",
    .doc = "Made-up rows, for tests and demonstrations; a restored job repeats itself exactly.",
    .options = options,
    .is_source = true,
    .check = check,
    .plan = plan,
    .estimate_rows = estimate_rows,
    .open_reader = open_reader,
    .poll = poll_rows,
    .position = position,
    .close_reader = close_reader,
};
