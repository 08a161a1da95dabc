/* See support.h. */
#include "support.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/time.h"

const data_type *test_type(const char *name) {
    rask_error err;
    const data_type *type = NULL;
    ASSERT_OK(data_type_parse(name, (int64_t)strlen(name), NULL, &type, &err));
    return type;
}

/* ---- columns from text ----------------------------------------------------------------------- */

typedef struct reader {
    const char *at, *end;
} reader;

/* One value up to one of `stops`; nested brackets are left to the recursion. */
static void read_value(reader *r, data_builder *builder, const data_type *type, const char *stops);

static void expect(reader *r, char c) {
    if (r->at == r->end || *r->at != c)
        fail_msg("'%c' expected at: %s", c, r->at);
    r->at++;
}

/* item, item, ... up to `close`. */
static int64_t read_items(reader *r, data_builder *builder, const data_type *type, char close) {
    int64_t count = 0;
    const char stops[] = {',', close, '\0'}, key_stops[] = "=";
    bool is_map = type->kind == DATA_MAP || type->kind == DATA_MULTISET;
    bool more = *r->at != close;
    while (more) {
        int32_t child = type->kind == DATA_ROW ? (int32_t)count : 0;
        read_value(r, data_builder_child(builder, child), data_type_child(type, child),
                   is_map ? key_stops : stops);
        if (is_map) {
            expect(r, '=');
            read_value(r, data_builder_child(builder, 1), data_type_child(type, 1), stops);
        }
        count++;
        more = *r->at == ',';
        r->at += more ? 2 : 0;
    }
    expect(r, close);
    return count;
}

static void add_nested(reader *r, data_builder *builder, const data_type *type) {
    rask_error err;
    char open = *r->at++;
    const char *close = open == '[' ? "]" : open == '(' ? ")" : "}";
    int64_t count = read_items(r, builder, type, *close);
    ASSERT_OK(data_builder_close_row(builder, count, &err));
}

static void add_scalar(data_builder *builder, const data_type *type, const char *text,
                       int64_t length) {
    rask_error err;
    base_i128 wide = 0;
    double number = 0;
    int64_t integer = 0;
    int32_t small = 0;
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
    case DATA_BINARY:
    case DATA_VARBINARY:
        ASSERT_OK(data_builder_add_string(builder, text, length, &err));
        return;
    case DATA_FLOAT:
    case DATA_DOUBLE:
        assert_true(base_double_parse(text, length, &number));
        ASSERT_OK(data_builder_add_f64(builder, number, &err));
        return;
    case DATA_DECIMAL:
        assert_true(base_decimal_parse(text, length, type->precision, type->scale, &wide));
        break;
    case DATA_BOOLEAN:
        wide = length == 4;
        break;
    case DATA_DATE:
        assert_true(base_date_parse(text, length, &small));
        wide = small;
        break;
    case DATA_TIME:
        assert_true(base_time_parse(text, length, &small));
        wide = small;
        break;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        assert_true(base_timestamp_parse(text, length, &wide));
        wide = type->precision <= 6 ? base_floor_div((int64_t)wide, 1000) : wide;
        break;
    default:
        assert_true(base_i64_parse(text, length, &integer));
        wide = integer;
    }
    ASSERT_OK(data_builder_add_i128(builder, wide, &err));
}

static void read_value(reader *r, data_builder *builder, const data_type *type, const char *stops) {
    rask_error err;
    if (r->end - r->at >= 4 && memcmp(r->at, "NULL", 4) == 0) {
        r->at += 4;
        ASSERT_OK(data_builder_add_null(builder, &err));
        return;
    }
    if (data_type_child_count(type) > 0) {
        add_nested(r, builder, type);
        return;
    }
    const char *start = r->at;
    while (r->at < r->end && strchr(stops, *r->at) == NULL)
        r->at++;
    add_scalar(builder, type, start, r->at - start);
}

data_column *test_column(const char *type_name, const char *items) {
    rask_error err;
    const data_type *type = test_type(type_name);
    data_builder *builder = data_builder_new(NULL, type, 0);
    reader r = {items, items + strlen(items)};
    data_column *column = NULL;
    while (r.at < r.end) {
        read_value(&r, builder, type, "|");
        if (r.at < r.end) {
            expect(&r, '|');
            if (r.at == r.end) /* an empty last item */
                read_value(&r, builder, type, "|");
        }
    }
    ASSERT_OK(data_builder_finish(builder, &column, &err));
    data_builder_free(builder);
    return column;
}

/* ---- text from columns ----------------------------------------------------------------------- */

static const char *keep(base_strbuf *text) {
    static char kept[4][1 << 16];
    static int next;
    char *to = kept[next++ % 4];
    assert_in_range(text->length, 0, sizeof kept[0] - 1);
    memcpy(to, text->data, (size_t)text->length + 1);
    base_strbuf_free(text);
    return to;
}

static void write_value(const data_column *column, int64_t row, base_strbuf *out) {
    if (!data_column_print(column, row, 0, out))
        base_strbuf_add_text(out, "NULL");
}

const char *test_text(const data_column *column) {
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    for (int64_t i = 0; i < column->length; i++) {
        if (i > 0)
            base_strbuf_add_char(&text, '|');
        write_value(column, i, &text);
    }
    return keep(&text);
}

const char *test_batch_text(const data_batch *batch) {
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        if (i > 0)
            base_strbuf_add_char(&text, '|');
        base_strbuf_add_text(&text, data_row_kind_text(data_batch_kind(batch, row)));
        for (int32_t c = 0; c < batch->column_count; c++) {
            base_strbuf_add_char(&text, c == 0 ? ' ' : ',');
            write_value(batch->columns[c], row, &text);
        }
    }
    return keep(&text);
}

/* ---- failing files --------------------------------------------------------------------------- */

static rask_status maybe_fail(test_faults *faults, rask_error *err) {
    faults->calls++;
    if (faults->calls_left < 0 || faults->calls_left-- > 0)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_IO, "injected fault");
}

static rask_status fault_open(void *self, const char *path, base_file_mode mode, base_file **out,
                              rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->open(f->below->self, path, mode, out, err);
}

static rask_status fault_read_at(void *self, base_file *file, int64_t offset, void *bytes,
                                 int64_t size, int64_t *got, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->read_at(f->below->self, file, offset, bytes, size, got, err);
}

static rask_status fault_write(void *self, base_file *file, const void *bytes, int64_t size,
                               rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->write(f->below->self, file, bytes, size, err);
}

static rask_status fault_sync(void *self, base_file *file, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->sync(f->below->self, file, err);
}

/* A failing close still closes. */
static rask_status fault_close(void *self, base_file *file, rask_error *err) {
    test_faults *f = self;
    rask_status status = f->below->close(f->below->self, file, err);
    rask_status fault = maybe_fail(f, err);
    return fault != RASK_OK ? fault : status;
}

static rask_status fault_info(void *self, const char *path, base_file_info *out, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->info(f->below->self, path, out, err);
}

static rask_status fault_list(void *self, const char *path, char ***names, int64_t *count,
                              rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->list(f->below->self, path, names, count, err);
}

static rask_status fault_make_directories(void *self, const char *path, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->make_directories(f->below->self, path, err);
}

static rask_status fault_rename(void *self, const char *from, const char *to, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->rename(f->below->self, from, to, err);
}

static rask_status fault_remove(void *self, const char *path, rask_error *err) {
    test_faults *f = self;
    RASK_TRY(maybe_fail(f, err));
    return f->below->remove(f->below->self, path, err);
}

void test_faults_init(test_faults *faults, const base_files *below) {
    *faults = (test_faults){
        .files = {fault_open, fault_read_at, fault_write, fault_sync, fault_close, fault_info,
                  fault_list, fault_make_directories, fault_rename, fault_remove, faults},
        .below = below,
        .calls_left = -1,
    };
}

/* ---- clock ----------------------------------------------------------------------------------- */

static int64_t clock_ms(void *self) {
    return base_floor_div(((test_clock *)self)->now_us, 1000);
}

static int64_t clock_us(void *self) {
    return ((test_clock *)self)->now_us;
}

static int64_t clock_ns(void *self) {
    return ((test_clock *)self)->now_us * 1000;
}

static void clock_sleep(void *self, int64_t duration_ms) {
    ((test_clock *)self)->now_us += duration_ms * 1000;
}

void test_clock_init(test_clock *clock, int64_t now_us) {
    clock->clock = (base_clock){clock_ms, clock_us, clock_ns, clock_sleep, clock};
    clock->now_us = now_us;
}

/* ---- directories ----------------------------------------------------------------------------- */

char *test_directory_make(void) {
    const char *parent = getenv("TMPDIR");
    char *path = base_printf("%s/rask-test-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

void test_directory_remove(char *path) {
    rask_error err;
    ASSERT_OK(base_remove_tree(base_world_system(), path, &err));
    base_free(path);
}
