/* Line-aligned splits; see text_splits.h. */
#include "format/text_splits.h"

#include <string.h>

void text_splits_init(text_splits *splits, base_arena *arena, int64_t size, int64_t target_bytes) {
    *splits = (text_splits){.arena = arena,
                            .size = size,
                            .target_bytes = target_bytes > 0 ? target_bytes : size,
                            .wanted = target_bytes > 0 ? target_bytes : size};
    splits->capacity = 8;
    splits->items = BASE_ARENA_ARRAY(arena, format_split, splits->capacity);
    splits->count = 1;
    splits->items[0] = (format_split){0, size};
}

bool text_splits_want_more(const text_splits *splits) {
    return splits->wanted < splits->size;
}

void text_splits_cut(text_splits *splits, int64_t offset) {
    if (offset >= splits->size) {
        splits->wanted = splits->size;
        return;
    }
    if (splits->count == splits->capacity) {
        format_split *items = BASE_ARENA_ARRAY(splits->arena, format_split, splits->capacity * 2);
        memcpy(items, splits->items, sizeof *items * (size_t)splits->count);
        splits->items = items;
        splits->capacity *= 2;
    }
    splits->items[splits->count - 1].end = offset;
    splits->items[splits->count++] = (format_split){offset, splits->size};
    splits->wanted = offset + splits->target_bytes;
}

void text_splits_end(text_splits *splits, format_split **out, int32_t *count) {
    *out = splits->items;
    *count = splits->count;
}

int64_t text_line_end(const uint8_t *bytes, int64_t from, int64_t size) {
    for (int64_t i = from; i < size; i++) {
        if (bytes[i] == '\n')
            return i + 1;
        if (bytes[i] == '\r' && i + 1 < size && bytes[i + 1] != '\n')
            return i + 1;
    }
    return -1;
}

static int64_t delimiter_end(const uint8_t *bytes, int64_t size, const char *delimiter) {
    if (delimiter == NULL)
        return text_line_end(bytes, 0, size);
    const uint8_t *place = memmem(bytes, (size_t)size, delimiter, strlen(delimiter));
    return place != NULL ? place - bytes + (int64_t)strlen(delimiter) : -1;
}

rask_status text_splits_by_line(text_splits *splits, const format_input *input,
                                const char *delimiter, rask_error *err) {
    enum { PIECE_BYTES = 64 * 1024 };
    /* In "a|||b", where "||" ends a line depends on where one starts to look. */
    if (delimiter != NULL && strchr(delimiter + 1, delimiter[0]) != NULL)
        return RASK_OK;
    int64_t overlap = delimiter != NULL ? (int64_t)strlen(delimiter) - 1 : 1;
    base_buffer *piece = NULL;
    RASK_TRY(base_buffer_new(NULL, PIECE_BYTES, &piece, err));
    rask_status status = RASK_OK;
    int64_t offset = splits->wanted;
    while (status == RASK_OK && text_splits_want_more(splits)) {
        int64_t got = 0;
        status = input->read_at(input->self, offset, piece->data, PIECE_BYTES, &got, err);
        int64_t end = status == RASK_OK ? delimiter_end(piece->data, got, delimiter) : -1;
        if (status == RASK_OK && got <= overlap)
            break;
        if (end >= 0)
            text_splits_cut(splits, offset + end);
        offset = end >= 0 ? splits->wanted : offset + got - overlap;
    }
    base_buffer_unref(piece);
    return status;
}
