/* Thrift's compact protocol, as far as Parquet's footers and page headers need it.
 *
 * Reading is sticky: after the first failure the reader stands at its end, every value reads as
 * zero and every list as empty, and `failure` says what was wrong, so a caller parses a whole
 * struct and looks once.  Lengths are checked against the bytes that are left.
 *
 *     int16_t id = 0;
 *     thrift_type type;
 *     while (thrift_next_field(in, &id, &type))
 *         if (id == 3 && type == THRIFT_I64) rows = thrift_read_int(in);
 *         else thrift_skip(in, type); */
#ifndef FORMAT_PARQUET_THRIFT_H
#define FORMAT_PARQUET_THRIFT_H

#include "base/buffer.h"

typedef enum thrift_type {
    THRIFT_STOP = 0,
    THRIFT_TRUE = 1,
    THRIFT_FALSE = 2,
    THRIFT_BYTE = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12
} thrift_type;

typedef struct thrift_reader {
    const uint8_t *start, *at, *end;
    const char *failure; /* NULL = none */
    int32_t depth;       /* of values being skipped */
} thrift_reader;

void thrift_reader_init(thrift_reader *in, const void *bytes, int64_t size);
/* Moves to the next field of the struct; false at its end.  `id` starts at 0. */
bool thrift_next_field(thrift_reader *in, int16_t *id, thrift_type *type);
int64_t thrift_read_int(thrift_reader *in); /* I16, I32, I64 */
int8_t thrift_read_byte(thrift_reader *in);
const uint8_t *thrift_read_binary(thrift_reader *in, int64_t *length);
/* Number of elements, never more than the bytes left; they follow one after the other. */
int32_t thrift_read_list(thrift_reader *in, thrift_type *element);
void thrift_skip(thrift_reader *in, thrift_type type);
void thrift_fail(thrift_reader *in, const char *failure);

/* Writing into a base_strbuf; `last` is the id of the struct's field before, 0 at its start. */
void thrift_write_field(base_strbuf *out, int16_t *last, int16_t id, thrift_type type);
void thrift_write_stop(base_strbuf *out);
void thrift_write_int(base_strbuf *out, int64_t value);
void thrift_write_binary(base_strbuf *out, const void *bytes, int64_t length);
void thrift_write_list(base_strbuf *out, thrift_type element, int32_t count);
/* A field and its value in one call. */
void thrift_field_int(base_strbuf *out, int16_t *last, int16_t id, thrift_type type, int64_t value);
void thrift_field_bool(base_strbuf *out, int16_t *last, int16_t id, bool value);
void thrift_field_binary(base_strbuf *out, int16_t *last, int16_t id, const void *bytes,
                         int64_t length);

#endif
