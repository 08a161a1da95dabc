/* Values as JSON text, byte for byte as Flink's JSON formats write them. */
#ifndef FORMAT_JSON_WRITE_H
#define FORMAT_JSON_WRITE_H

#include "format/format_options.h"

typedef enum json_null_key {
    JSON_NULL_KEY_FAIL,
    JSON_NULL_KEY_DROP,
    JSON_NULL_KEY_LITERAL
} json_null_key;

typedef struct json_style {
    char timestamp_separator; /* ' ' or 'T' */
    bool plain_decimals;      /* 1.50 and 100 instead of 1.5 and 1E+2 */
    bool ignore_null_fields;
    json_null_key null_key; /* maps */
    const char *null_key_literal;
} json_style;

/* The options every JSON format has; rows of its option table. */
#define JSON_STYLE_OPTIONS                                                                         \
    {.key = "timestamp-format.standard",                                                           \
     .fallback = "SQL",                                                                            \
     .doc = "SQL = 2020-12-30 12:13:14.123, ISO-8601 = 2020-12-30T12:13:14.123."},                 \
        {.key = "map-null-key.mode",                                                               \
         .fallback = "FAIL",                                                                       \
         .doc = "What to do with a null key in a map: FAIL, DROP or LITERAL."},                    \
        {.key = "map-null-key.literal",                                                            \
         .fallback = "null",                                                                       \
         .doc = "The key to write for LITERAL."},                                                  \
        {.key = "encode.decimal-as-plain-number",                                                  \
         .kind = PLAN_OPTION_BOOL,                                                                 \
         .fallback = "false",                                                                      \
         .doc = "Decimals without exponent and with all digits of the scale."},                    \
    {                                                                                              \
        .key = "encode.ignore-null-fields", .kind = PLAN_OPTION_BOOL, .fallback = "false",         \
        .doc = "Leaves out fields that are null."                                                  \
    }
/* Reads them; `format` is the prefix of the keys. */
rask_status json_style_read(const plan_table *table, const char *format, const plan_option *options,
                            json_style *out, rask_error *err);

/* Whether values of the type can be written; maps want text keys. */
bool json_writes_type(const data_type *type);
/* {"name":value,...}: the columns of a row. */
rask_status json_write_row(const json_style *style, const data_schema *schema,
                           data_column *const *columns, int64_t row, base_strbuf *out,
                           rask_error *err);
void json_write_text(const char *bytes, int64_t length, base_strbuf *out);

#endif
