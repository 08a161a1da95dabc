/* Arrow's format strings taken apart, for the files that import. */
#ifndef DATA_ARROW_FORMAT_H
#define DATA_ARROW_FORMAT_H

#include "data/arrow.h"

typedef enum arrow_class {
    ARROW_UNKNOWN,
    ARROW_NULL,
    ARROW_BOOL,
    ARROW_INTEGER,
    ARROW_FLOAT,
    ARROW_DECIMAL,
    ARROW_TEXT,  /* offsets and bytes: utf8 */
    ARROW_BYTES, /* offsets and bytes: binary */
    ARROW_FIXED, /* bytes of one length */
    ARROW_TEXT_VIEW,
    ARROW_BYTES_VIEW,
    ARROW_DATE,
    ARROW_TIME,
    ARROW_TIMESTAMP,
    ARROW_DURATION,
    ARROW_MONTHS,
    ARROW_LIST,
    ARROW_FIXED_LIST,
    ARROW_MAP,
    ARROW_STRUCT
} arrow_class;

typedef struct arrow_format {
    arrow_class class_;
    int32_t width; /* bytes of a value, or of an offset; FIXED, FIXED_LIST: the length */
    bool is_unsigned;
    int64_t units_per_day; /* temporal */
    int32_t precision, scale;
    bool has_zone;
} arrow_format;

/* ARROW_UNKNOWN where Rask does not know the format, or it is NULL. */
arrow_format arrow_format_parse(const char *text);
/* The format, dictionaries followed: that of the values. */
arrow_format arrow_format_of(const struct ArrowSchema *schema);
/* The schema has `count` children. */
rask_status arrow_need_children(const struct ArrowSchema *schema, int64_t count, rask_error *err);

#endif
