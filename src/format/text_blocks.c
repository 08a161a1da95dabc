/* Blocks of a text split; see text_blocks.h for the idea.
 *
 * Reads go straight into the block, behind what was carried over.  The block size doubles when a
 * carried record fills more than half of it, so a record of any size is read in linear time. */
#include "format/text_blocks.h"

#include <string.h>

void text_blocks_init(text_blocks *blocks, const format_config *config, const format_input *input,
                      int64_t start, int64_t end) {
    memset(blocks, 0, sizeof *blocks);
    blocks->input = input;
    blocks->pool = config->pool;
    blocks->block_bytes = config->block_bytes > 0 ? config->block_bytes : TEXT_BLOCK_BYTES;
    if (blocks->block_bytes < TEXT_BLOCK_BYTES_MIN)
        blocks->block_bytes = TEXT_BLOCK_BYTES_MIN;
    blocks->file_offset = start;
    blocks->end = end < input->size ? end : input->size;
}

void text_blocks_close(text_blocks *blocks) {
    for (int i = 0; i < TEXT_BLOCK_SPARES; i++)
        base_buffer_unref(blocks->spares[i]);
    base_buffer_unref(blocks->block);
    memset(blocks, 0, sizeof *blocks);
}

/* Keeps `block` for later use, in the place of a smaller one if there is no empty place. */
static void put_spare(text_blocks *blocks, base_buffer *block) {
    for (int i = 0; i < TEXT_BLOCK_SPARES; i++) {
        base_buffer *other = blocks->spares[i];
        if (other != NULL && other->capacity >= block->capacity)
            continue;
        blocks->spares[i] = block;
        block = other;
        if (block == NULL)
            return;
    }
    base_buffer_unref(block);
}

/* A block of at least `capacity` bytes that nobody else sees, from the spares where possible. */
static rask_status take_spare(text_blocks *blocks, int64_t capacity, base_buffer **out,
                              rask_error *err) {
    for (int i = 0; i < TEXT_BLOCK_SPARES; i++) {
        base_buffer *spare = blocks->spares[i];
        if (spare == NULL || spare->capacity < capacity || !base_buffer_is_unique(spare))
            continue;
        blocks->spares[i] = NULL;
#ifdef RASK_DEBUG
        memset(spare->data, 0xdb, (size_t)spare->capacity);
#endif
        spare->size = 0;
        *out = spare;
        return RASK_OK;
    }
    return base_buffer_new(blocks->pool, capacity, out, err);
}

static rask_status fill(text_blocks *blocks, base_buffer *block, int64_t want, rask_error *err) {
    const format_input *input = blocks->input;
    int64_t offset = blocks->file_offset + block->size;
    while (block->size < want) {
        int64_t got = 0;
        RASK_TRY(input->read_at(input->self, offset, block->data + block->size, want - block->size,
                                &got, err));
        if (got == 0) { /* the file shrank since it was planned */
            blocks->end = offset;
            break;
        }
        block->size += got;
        offset += got;
    }
    return RASK_OK;
}

rask_status text_blocks_next(text_blocks *blocks, int64_t keep_from, rask_error *err) {
    base_buffer *old = blocks->block;
    int64_t kept = old != NULL ? old->size - keep_from : 0;
    if (kept > TEXT_RECORD_BYTES_MAX)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "file '%s': a record of more than %d bytes starts at byte %lld",
                              blocks->input->name, TEXT_RECORD_BYTES_MAX,
                              (long long)(blocks->file_offset + keep_from));
    int64_t capacity = blocks->block_bytes;
    while (kept > capacity / 2)
        capacity *= 2;
    base_buffer *block = NULL;
    RASK_TRY(take_spare(blocks, capacity, &block, err));
    if (old != NULL) {
        memcpy(block->data, old->data + keep_from, (size_t)kept);
        blocks->file_offset += keep_from;
        put_spare(blocks, old);
    }
    block->size = kept;
    blocks->block = block;
    int64_t left = blocks->end - blocks->file_offset;
    RASK_TRY(fill(blocks, block, left < capacity ? left : capacity, err));
    blocks->is_last = blocks->file_offset + block->size >= blocks->end;
    return RASK_OK;
}

/* Line feeds, and carriage returns that no line feed follows; `last` is the byte before. */
static int64_t count_lines(const uint8_t *bytes, int64_t size, uint8_t *last) {
    int64_t lines = 0;
    uint8_t previous = *last;
    for (int64_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n' || (previous == '\r' && bytes[i] != '\n');
        previous = bytes[i];
    }
    *last = previous;
    return lines;
}

rask_status text_line_number(const format_input *input, int64_t offset, int64_t *line,
                             rask_error *err) {
    base_buffer *buffer = NULL;
    RASK_TRY(base_buffer_new(NULL, TEXT_BLOCK_BYTES, &buffer, err));
    rask_status status = RASK_OK;
    int64_t position = 0;
    uint8_t last = 0;
    *line = 1;
    while (status == RASK_OK && position < offset) {
        int64_t want = offset - position < TEXT_BLOCK_BYTES ? offset - position : TEXT_BLOCK_BYTES;
        int64_t got = 0;
        status = input->read_at(input->self, position, buffer->data, want, &got, err);
        if (got == 0)
            break;
        *line += count_lines(buffer->data, got, &last);
        position += got;
    }
    *line += last == '\r';
    base_buffer_unref(buffer);
    return status;
}

int64_t text_estimate_lines(const format_config *config, const format_input *input) {
    enum { SAMPLE_BYTES = 64 * 1024 };
    base_buffer *sample = NULL;
    int64_t got = 0, rows = -1;
    if (base_buffer_new(config->pool, SAMPLE_BYTES, &sample, NULL) != RASK_OK)
        return -1;
    if (input->read_at(input->self, 0, sample->data, SAMPLE_BYTES, &got, NULL) == RASK_OK) {
        uint8_t last = 0;
        int64_t lines = count_lines(sample->data, got, &last);
        rows = got < input->size ? (int64_t)((double)input->size * (double)lines / (double)got)
                                 : lines;
    }
    base_buffer_unref(sample);
    return rows;
}
