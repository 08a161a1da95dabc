/* The json format inside: what json_read.c, json_decode.c and format_json.c share.
 *
 *   json_read.c    blocks to lines, a line to a document, the fields wanted of it to columns
 *   json_decode.c   one value of a document to a value of a type
 *
 * What is taken is what Flink 2.3's reader takes, seen by running it: numbers may stand in texts,
 * texts may be asked for where numbers, booleans, objects stand; whatever follows the object on its
 * line is passed over; of fields named twice the last counts until all wanted ones were seen. */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <yyjson.h>

#include "format/json_write.h"
#include "format/text_blocks.h"

typedef struct json_dialect {
    char timestamp_separator; /* ' ' or 'T' */
    bool ignore_parse_errors;
    bool fail_on_missing;
} json_dialect;

/* A scalar as it is stored. */
typedef struct json_scalar {
    enum { JSON_I64, JSON_I128, JSON_F64, JSON_TEXT } form; /* BOOLEAN, DATE, ...: I64 */
    int64_t i64;
    base_i128 i128; /* DECIMAL, timestamps in nanoseconds */
    double f64;
    const char *text; /* in the document, or in the scratch text */
    int64_t length;
    bool is_scratch;
} json_scalar;

typedef enum json_outcome { JSON_VALUE, JSON_NULL, JSON_BAD } json_outcome;

/* Reads a value that is not null as a scalar type.  Texts that the document does not hold as they
 * are (objects asked for as text, decoded bytes) are made in `scratch`, which is emptied first. */
json_outcome json_read_scalar(const json_dialect *dialect, const data_type *type, yyjson_val *value,
                              base_strbuf *scratch, json_scalar *out);
/* Whether it can be read as a scalar; lists, maps and rows are read value by value. */
bool json_is_scalar(const data_type *type);
/* Appends the value, NULL where it is null or bad; *bad is set where one was. */
rask_status json_append(const json_dialect *dialect, data_builder *builder, const data_type *type,
                        yyjson_val *value, base_strbuf *scratch, bool *bad, rask_error *err);
/* The value as Jackson prints a tree: {"a":1.5,"b":[]}. */
void json_print_tree(yyjson_val *value, base_strbuf *out);

extern const plan_option json_options[];
rask_status json_dialect_read(const format_config *config, json_dialect *out, rask_error *err);
rask_status json_open_reader(const format_config *config, const format_input *input,
                             const format_split *split, int64_t resume_at, format_reader **out,
                             rask_error *err);
rask_status json_read(format_reader *reader, int32_t rows_max, data_batch **out, rask_error *err);
int64_t json_position(const format_reader *reader);
void json_close_reader(format_reader *reader);

#endif
