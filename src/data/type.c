/* Making types: one global table interns every record, so that equal types are one pointer.
 *
 * A record is first reduced to the fields that its kind has, then looked up; a new one is copied
 * with its strings.  Children are interned themselves, so that comparing pointers is enough.  The
 * table lives as long as the process. */
#include "data/type.h"

#include <pthread.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Which fields of the record a kind has. */
enum {
    LENGTH = 1,
    PRECISION = 2,
    SCALE = 4,
    RANGE = 8,
    ELEMENT = 16,
    KEY = 32,
    FIELDS = 64,
    CLASS = 128,
    SERIALIZER = 256,
    INTEGER = 512,
    NUMERIC = 1024,
    TEMPORAL = 2048
};

static const struct {
    data_physical physical;
    uint32_t has;
} kinds[DATA_KIND_COUNT] = {
    [DATA_CHAR] = {DATA_PHYSICAL_STRING, LENGTH},
    [DATA_VARCHAR] = {DATA_PHYSICAL_STRING, LENGTH},
    [DATA_BOOLEAN] = {DATA_PHYSICAL_BOOL, 0},
    [DATA_BINARY] = {DATA_PHYSICAL_STRING, LENGTH},
    [DATA_VARBINARY] = {DATA_PHYSICAL_STRING, LENGTH},
    [DATA_DECIMAL] = {DATA_PHYSICAL_I128, PRECISION | SCALE | NUMERIC},
    [DATA_TINYINT] = {DATA_PHYSICAL_I8, INTEGER | NUMERIC},
    [DATA_SMALLINT] = {DATA_PHYSICAL_I16, INTEGER | NUMERIC},
    [DATA_INT] = {DATA_PHYSICAL_I32, INTEGER | NUMERIC},
    [DATA_BIGINT] = {DATA_PHYSICAL_I64, INTEGER | NUMERIC},
    [DATA_FLOAT] = {DATA_PHYSICAL_F32, NUMERIC},
    [DATA_DOUBLE] = {DATA_PHYSICAL_F64, NUMERIC},
    [DATA_DATE] = {DATA_PHYSICAL_I32, TEMPORAL},
    [DATA_TIME] = {DATA_PHYSICAL_I32, PRECISION | TEMPORAL},
    [DATA_TIMESTAMP] = {DATA_PHYSICAL_I64, PRECISION | TEMPORAL},
    [DATA_TIMESTAMP_LTZ] = {DATA_PHYSICAL_I64, PRECISION | TEMPORAL},
    [DATA_INTERVAL_YEAR_MONTH] = {DATA_PHYSICAL_I32, RANGE},
    [DATA_INTERVAL_DAY_TIME] = {DATA_PHYSICAL_I64, RANGE | PRECISION},
    [DATA_ARRAY] = {DATA_PHYSICAL_LIST, ELEMENT},
    [DATA_MULTISET] = {DATA_PHYSICAL_LIST, ELEMENT},
    [DATA_MAP] = {DATA_PHYSICAL_LIST, KEY | ELEMENT},
    [DATA_ROW] = {DATA_PHYSICAL_ROW, FIELDS},
    [DATA_NULL] = {DATA_PHYSICAL_NONE, 0},
    [DATA_RAW] = {DATA_PHYSICAL_STRING, CLASS | SERIALIZER},
    [DATA_STRUCTURED] = {DATA_PHYSICAL_ROW, FIELDS | CLASS},
    [DATA_SYMBOL] = {DATA_PHYSICAL_STRING, CLASS},
    [DATA_VARIANT] = {DATA_PHYSICAL_STRING, 0},
    [DATA_BITMAP] = {DATA_PHYSICAL_STRING, 0},
};

/* ---- interning ------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t mutex;
    const data_type **slots; /* open addressing; `capacity` is a power of two */
    int64_t count, capacity;
} table = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static data_type reduced(const data_type *record) {
    uint32_t has = kinds[record->kind].has;
    data_type r = {.kind = record->kind, .nullable = record->nullable || record->kind == DATA_NULL};
    r.length = has & LENGTH ? record->length : 0;
    r.precision = has & PRECISION ? record->precision : 0;
    r.scale = has & SCALE ? record->scale : 0;
    if (has & RANGE) {
        bool has_leading =
            record->from == DATA_RESOLUTION_YEAR || record->from == DATA_RESOLUTION_DAY;
        r.from = record->from;
        r.to = record->to;
        r.leading_precision = has_leading ? record->leading_precision : 0;
        r.precision = record->to == DATA_RESOLUTION_SECOND ? record->precision : 0;
    }
    r.element = has & ELEMENT ? record->element : NULL;
    r.key = has & KEY ? record->key : NULL;
    r.fields = has & FIELDS ? record->fields : NULL;
    r.field_count = has & FIELDS ? record->field_count : 0;
    r.class_name = has & CLASS ? record->class_name : NULL;
    r.serializer = has & SERIALIZER ? record->serializer : NULL;
    return r;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
    return hash ^ hash >> 32;
}

static uint64_t mix_text(uint64_t hash, const char *text) {
    return mix(hash, text != NULL ? XXH3_64bits(text, strlen(text)) : 0);
}

static uint64_t hash_type(const data_type *t) {
    uint64_t h = mix((uint64_t)t->kind, t->nullable);
    h = mix(h, (uint64_t)(uint32_t)t->length << 32 | (uint32_t)t->precision);
    h = mix(h, (uint64_t)(uint32_t)t->scale << 32 | (uint32_t)t->leading_precision);
    h = mix(h, (uint64_t)t->from << 32 | (uint64_t)t->to);
    h = mix(mix(h, (uintptr_t)t->element), (uintptr_t)t->key);
    h = mix_text(mix_text(h, t->class_name), t->serializer);
    for (int32_t i = 0; i < t->field_count; i++) {
        h = mix(h, (uintptr_t)t->fields[i].type);
        h = mix_text(mix_text(h, t->fields[i].name), t->fields[i].description);
    }
    return h;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_type(const data_type *a, const data_type *b) {
    if (a->kind != b->kind || a->nullable != b->nullable || a->length != b->length ||
        a->precision != b->precision || a->scale != b->scale || a->from != b->from ||
        a->to != b->to || a->leading_precision != b->leading_precision ||
        a->element != b->element || a->key != b->key || a->field_count != b->field_count ||
        !same_text(a->class_name, b->class_name) || !same_text(a->serializer, b->serializer))
        return false;
    for (int32_t i = 0; i < a->field_count; i++)
        if (a->fields[i].type != b->fields[i].type ||
            !same_text(a->fields[i].name, b->fields[i].name) ||
            !same_text(a->fields[i].description, b->fields[i].description))
            return false;
    return true;
}

/* The slot of `record`, free or holding its equal. */
static const data_type **find_slot(const data_type *record) {
    uint64_t mask = (uint64_t)table.capacity - 1;
    uint64_t slot = hash_type(record) & mask;
    while (table.slots[slot] != NULL && !same_type(table.slots[slot], record))
        slot = (slot + 1) & mask;
    return &table.slots[slot];
}

static void grow(void) {
    const data_type **old = table.slots;
    int64_t old_capacity = table.capacity;
    table.capacity = old_capacity > 0 ? 2 * old_capacity : 256;
    table.slots = BASE_NEW_ARRAY(const data_type *, table.capacity);
    for (int64_t i = 0; i < old_capacity; i++)
        if (old[i] != NULL)
            *find_slot(old[i]) = old[i];
    base_free(old);
}

static const data_type *copy_type(const data_type *record) {
    data_type *t = BASE_NEW(data_type);
    *t = *record;
    t->class_name = base_strdup(record->class_name);
    t->serializer = base_strdup(record->serializer);
    if (record->field_count > 0) {
        data_field *fields = BASE_NEW_ARRAY(data_field, record->field_count);
        for (int32_t i = 0; i < record->field_count; i++)
            fields[i] = (data_field){base_strdup(record->fields[i].name), record->fields[i].type,
                                     base_strdup(record->fields[i].description)};
        t->fields = fields;
    } else {
        t->fields = NULL;
    }
    return t;
}

const data_type *data_type_intern(const data_type *record) {
    data_type r = reduced(record);
    pthread_mutex_lock(&table.mutex);
    if (2 * table.count >= table.capacity)
        grow();
    const data_type **slot = find_slot(&r);
    if (*slot == NULL) {
        *slot = copy_type(&r);
        table.count++;
    }
    const data_type *type = *slot;
    pthread_mutex_unlock(&table.mutex);
    return type;
}

/* ---- makers ---------------------------------------------------------------------------------- */

const data_type *data_type_simple(data_kind kind, bool nullable) {
    return data_type_intern(&(data_type){.kind = kind, .nullable = nullable});
}

const data_type *data_type_sized(data_kind kind, int32_t length, bool nullable) {
    return data_type_intern(&(data_type){.kind = kind, .length = length, .nullable = nullable});
}

const data_type *data_type_string(bool nullable) {
    return data_type_sized(DATA_VARCHAR, DATA_STRING_LENGTH_MAX, nullable);
}

const data_type *data_type_decimal(int32_t precision, int32_t scale, bool nullable) {
    return data_type_intern(&(data_type){
        .kind = DATA_DECIMAL, .precision = precision, .scale = scale, .nullable = nullable});
}

const data_type *data_type_time(data_kind kind, int32_t precision, bool nullable) {
    return data_type_intern(
        &(data_type){.kind = kind, .precision = precision, .nullable = nullable});
}

const data_type *data_type_interval(data_resolution from, data_resolution to,
                                    int32_t leading_precision, int32_t fraction_precision,
                                    bool nullable) {
    return data_type_intern(&(data_type){
        .kind = from <= DATA_RESOLUTION_MONTH ? DATA_INTERVAL_YEAR_MONTH : DATA_INTERVAL_DAY_TIME,
        .from = from,
        .to = to,
        .leading_precision = leading_precision,
        .precision = fraction_precision,
        .nullable = nullable});
}

const data_type *data_type_months(bool nullable) {
    return data_type_interval(DATA_RESOLUTION_MONTH, DATA_RESOLUTION_MONTH, 0, 0, nullable);
}

const data_type *data_type_millis(bool nullable) {
    return data_type_interval(DATA_RESOLUTION_SECOND, DATA_RESOLUTION_SECOND, 0, 3, nullable);
}

const data_type *data_type_array(const data_type *element, bool nullable) {
    return data_type_intern(
        &(data_type){.kind = DATA_ARRAY, .element = element, .nullable = nullable});
}

const data_type *data_type_multiset(const data_type *element, bool nullable) {
    return data_type_intern(
        &(data_type){.kind = DATA_MULTISET, .element = element, .nullable = nullable});
}

const data_type *data_type_map(const data_type *key, const data_type *value, bool nullable) {
    return data_type_intern(
        &(data_type){.kind = DATA_MAP, .key = key, .element = value, .nullable = nullable});
}

const data_type *data_type_row(const data_field *fields, int32_t count, bool nullable) {
    return data_type_intern(&(data_type){
        .kind = DATA_ROW, .fields = fields, .field_count = count, .nullable = nullable});
}

const data_type *data_type_with_null(const data_type *type, bool nullable) {
    if (type->nullable == nullable)
        return type;
    data_type record = *type;
    record.nullable = nullable;
    return data_type_intern(&record);
}

/* ---- questions ------------------------------------------------------------------------------- */

data_physical data_physical_of(const data_type *type) {
    if (type->kind == DATA_DECIMAL)
        return type->precision <= 9    ? DATA_PHYSICAL_I32
               : type->precision <= 18 ? DATA_PHYSICAL_I64
                                       : DATA_PHYSICAL_I128;
    if ((type->kind == DATA_TIMESTAMP || type->kind == DATA_TIMESTAMP_LTZ) && type->precision > 6)
        return DATA_PHYSICAL_I128;
    return kinds[type->kind].physical;
}

int32_t data_physical_width(data_physical physical) {
    static const int8_t widths[] = {
        [DATA_PHYSICAL_BOOL] = 1, [DATA_PHYSICAL_I8] = 1,  [DATA_PHYSICAL_I16] = 2,
        [DATA_PHYSICAL_I32] = 4,  [DATA_PHYSICAL_I64] = 8, [DATA_PHYSICAL_I128] = 16,
        [DATA_PHYSICAL_F32] = 4,  [DATA_PHYSICAL_F64] = 8, [DATA_PHYSICAL_STRING] = 16,
        [DATA_PHYSICAL_LIST] = 0, [DATA_PHYSICAL_ROW] = 0,
    };
    return widths[physical];
}

int32_t data_type_child_count(const data_type *type) {
    switch (type->kind) {
    case DATA_ARRAY:
        return 1;
    case DATA_MAP:
    case DATA_MULTISET:
        return 2;
    default:
        return type->field_count;
    }
}

const data_type *data_type_child(const data_type *type, int32_t child) {
    switch (type->kind) {
    case DATA_ARRAY:
        return type->element;
    case DATA_MAP:
        return child == 0 ? type->key : type->element;
    case DATA_MULTISET:
        return child == 0 ? type->element : data_type_simple(DATA_INT, false);
    default:
        return type->fields[child].type;
    }
}

bool data_type_equal_ignoring_null(const data_type *a, const data_type *b) {
    if (data_type_with_null(a, true) == data_type_with_null(b, true))
        return true;
    int32_t count = data_type_child_count(a);
    if (a->kind != b->kind || count == 0 || count != data_type_child_count(b) ||
        !same_text(a->class_name, b->class_name))
        return false;
    for (int32_t i = 0; i < a->field_count; i++)
        if (!same_text(a->fields[i].name, b->fields[i].name))
            return false;
    for (int32_t i = 0; i < count; i++)
        if (!data_type_equal_ignoring_null(data_type_child(a, i), data_type_child(b, i)))
            return false;
    return true;
}

bool data_kind_is_numeric(data_kind kind) {
    return (kinds[kind].has & NUMERIC) != 0;
}
bool data_kind_is_integer(data_kind kind) {
    return (kinds[kind].has & INTEGER) != 0;
}
bool data_kind_is_string(data_kind kind) {
    return kind == DATA_CHAR || kind == DATA_VARCHAR;
}
bool data_kind_is_binary(data_kind kind) {
    return kind == DATA_BINARY || kind == DATA_VARBINARY;
}
bool data_kind_is_temporal(data_kind kind) {
    return (kinds[kind].has & TEMPORAL) != 0;
}
bool data_kind_is_interval(data_kind kind) {
    return (kinds[kind].has & RANGE) != 0;
}
