/* Cutting a text file into splits at line borders. */
#ifndef FORMAT_TEXT_SPLITS_H
#define FORMAT_TEXT_SPLITS_H

#include "format/format.h"

/* A growing list of splits in an arena; the last one is open until text_splits_end. */
typedef struct text_splits {
    base_arena *arena;
    format_split *items;
    int32_t count, capacity;
    int64_t target_bytes;
    int64_t wanted; /* the next cut should be at or behind this offset */
    int64_t size;   /* of the file */
} text_splits;

void text_splits_init(text_splits *splits, base_arena *arena, int64_t size, int64_t target_bytes);
/* Whether a further cut is wanted at all. */
bool text_splits_want_more(const text_splits *splits);
/* A record starts at `offset` (>= wanted). */
void text_splits_cut(text_splits *splits, int64_t offset);
void text_splits_end(text_splits *splits, format_split **out, int32_t *count);

/* Cuts behind the first `delimiter` at or behind each wanted offset: for files where every
 * delimiter ends a record.  `delimiter` NULL = line feed, or carriage return without one. */
rask_status text_splits_by_line(text_splits *splits, const format_input *input,
                                const char *delimiter, rask_error *err);
/* Offset behind the first line end in bytes[from, size), -1 = none (a carriage return that comes
 * last does not count: its line feed may follow). */
int64_t text_line_end(const uint8_t *bytes, int64_t from, int64_t size);

#endif
