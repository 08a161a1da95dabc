/* Flink's logical types.
 *
 * A data_type is immutable and interned for the life of the process: equal types are the same
 * pointer, so `a == b` is type equality (nullability, field names and lengths included) and nobody
 * owns or frees one.  Creation is thread-safe.
 *
 * A type has one physical layout (data_physical_of), except DECIMAL: there each column says itself
 * whether it is i32, i64 or i128 (column.h). */
#ifndef DATA_TYPE_H
#define DATA_TYPE_H

#include "base/arena.h"
#include "base/buffer.h"

/* Order matters: it is the order of Flink's LogicalTypeRoot. */
typedef enum data_kind {
    DATA_CHAR,
    DATA_VARCHAR,
    DATA_BOOLEAN,
    DATA_BINARY,
    DATA_VARBINARY,
    DATA_DECIMAL,
    DATA_TINYINT,
    DATA_SMALLINT,
    DATA_INT,
    DATA_BIGINT,
    DATA_FLOAT,
    DATA_DOUBLE,
    DATA_DATE,
    DATA_TIME,
    DATA_TIMESTAMP,
    DATA_TIMESTAMP_LTZ,
    DATA_INTERVAL_YEAR_MONTH,
    DATA_INTERVAL_DAY_TIME,
    DATA_ARRAY,
    DATA_MULTISET,
    DATA_MAP,
    DATA_ROW,
    DATA_NULL,
    DATA_RAW,
    DATA_STRUCTURED,
    DATA_SYMBOL,
    DATA_VARIANT,
    DATA_BITMAP,
    DATA_KIND_COUNT
} data_kind;

typedef enum data_physical {
    DATA_PHYSICAL_NONE, /* NULL type: no values, every row null */
    DATA_PHYSICAL_BOOL, /* one byte, 0 or 1 (a bit only in Arrow and files) */
    DATA_PHYSICAL_I8,
    DATA_PHYSICAL_I16,
    DATA_PHYSICAL_I32,
    DATA_PHYSICAL_I64,
    DATA_PHYSICAL_I128,
    DATA_PHYSICAL_F32,
    DATA_PHYSICAL_F64,
    DATA_PHYSICAL_STRING, /* data_string views; also BINARY, VARIANT, RAW, BITMAP */
    DATA_PHYSICAL_LIST,   /* ARRAY, MULTISET (entries), MAP (entries): i32 offsets + children */
    DATA_PHYSICAL_ROW     /* ROW, STRUCTURED: children */
} data_physical;

typedef struct data_type data_type;
typedef struct data_field {
    const char *name;
    const data_type *type;
    const char *description; /* NULL = none */
} data_field;

/* How an interval was declared; both resolutions and precisions are kept for printing the type. */
typedef enum data_resolution {
    DATA_RESOLUTION_YEAR,
    DATA_RESOLUTION_MONTH,
    DATA_RESOLUTION_DAY,
    DATA_RESOLUTION_HOUR,
    DATA_RESOLUTION_MINUTE,
    DATA_RESOLUTION_SECOND
} data_resolution;

struct data_type {
    data_kind kind;
    bool nullable;
    int32_t length;            /* CHAR, VARCHAR, BINARY, VARBINARY: INT32_MAX = STRING / BYTES */
    int32_t precision;         /* DECIMAL, TIME, TIMESTAMP*, SECOND of an interval */
    int32_t scale;             /* DECIMAL */
    data_resolution from, to;  /* intervals */
    int32_t leading_precision; /* intervals: YEAR(p) or DAY(p) */
    const data_type *element;  /* ARRAY, MULTISET; MAP: the value */
    const data_type *key;      /* MAP */
    const data_field *fields;  /* ROW, STRUCTURED */
    int32_t field_count;
    const char *class_name; /* RAW, STRUCTURED */
    const char *serializer; /* RAW: base64 */
};

enum { DATA_STRING_LENGTH_MAX = INT32_MAX, DATA_DECIMAL_PRECISION_MAX = 38 };

/* Kinds without parameters: BOOLEAN, integers, FLOAT, DOUBLE, DATE, NULL, VARIANT, BITMAP. */
const data_type *data_type_simple(data_kind kind, bool nullable);
/* CHAR, VARCHAR, BINARY, VARBINARY. */
const data_type *data_type_sized(data_kind kind, int32_t length, bool nullable);
const data_type *data_type_string(bool nullable); /* VARCHAR(2147483647) */
const data_type *data_type_decimal(int32_t precision, int32_t scale, bool nullable);
/* TIME, TIMESTAMP, TIMESTAMP_LTZ. */
const data_type *data_type_time(data_kind kind, int32_t precision, bool nullable);
const data_type *data_type_interval(data_resolution from, data_resolution to,
                                    int32_t leading_precision, int32_t fraction_precision,
                                    bool nullable);
/* INTERVAL MONTH and INTERVAL SECOND(3), the two types intervals have in expressions. */
const data_type *data_type_months(bool nullable);
const data_type *data_type_millis(bool nullable);
const data_type *data_type_array(const data_type *element, bool nullable);
const data_type *data_type_multiset(const data_type *element, bool nullable);
const data_type *data_type_map(const data_type *key, const data_type *value, bool nullable);
const data_type *data_type_row(const data_field *fields, int32_t count, bool nullable);
/* The same type with another nullability. */
const data_type *data_type_with_null(const data_type *type, bool nullable);
/* Any record -> the interned one; for the kinds above that need no own maker (RAW, STRUCTURED). */
const data_type *data_type_intern(const data_type *record);

data_physical data_physical_of(const data_type *type);
int32_t data_physical_width(data_physical physical); /* bytes per value; 0 for LIST, ROW, NONE */
/* Children of nested types in the order of a column's children: ARRAY (element), MAP (key, value),
 * MULTISET (element, INT NOT NULL count), ROW (fields); none for others. */
int32_t data_type_child_count(const data_type *type);
const data_type *data_type_child(const data_type *type, int32_t child);
/* Nullability is ignored at every level; field names count. */
bool data_type_equal_ignoring_null(const data_type *a, const data_type *b);
bool data_kind_is_numeric(data_kind kind); /* integers, DECIMAL, FLOAT, DOUBLE */
bool data_kind_is_integer(data_kind kind);
bool data_kind_is_string(data_kind kind); /* CHAR, VARCHAR */
bool data_kind_is_binary(data_kind kind);
bool data_kind_is_temporal(data_kind kind); /* DATE .. TIMESTAMP_LTZ */
bool data_kind_is_interval(data_kind kind);

/* "DECIMAL(10, 2) NOT NULL", "VARCHAR(2147483647)", "ROW<`a` INT, `b` STRING>": Flink's
 * asSerializableString; `summary` gives STRING for VARCHAR(2147483647) (asSummaryString). */
void data_type_write(const data_type *type, bool summary, base_strbuf *out);
char *data_type_text(base_arena *arena, const data_type *type, bool summary);
/* Names as SQL writes them: "INT NOT NULL", "DECIMAL(10,2)", "TIMESTAMP(3)", "STRING", nested
 * types included; also the plan document's form.  `consumed` (may be NULL) gets the characters
 * read; without it trailing text is an error. */
rask_status data_type_parse(const char *text, int64_t length, int64_t *consumed,
                            const data_type **out, rask_error *err);
/* Width of a column in the printed tableau (types.tsv): 6 for BOOLEAN, 20 for BIGINT, ... */
int32_t data_type_print_width(const data_type *type, int32_t width_max);

#endif
