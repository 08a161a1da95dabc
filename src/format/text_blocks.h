/* Reading a split in blocks, for formats made of text records.
 *
 * A block is a reference-counted buffer whose bytes become string heaps, so that text columns are
 * views into what was read.  A record never straddles blocks: what is left of the last one at the
 * end of a block is carried to the front of the next, which grows when a record is longer than a
 * block.  Blocks nobody views any more are used again, so a scan works in a few hundred kilobytes
 * that stay in the processor's cache.
 *
 *     file    |.............|.............|.............|
 *     blocks  [ aaaa bbbb cc]
 *                         [cc|cc dddd eeee f]
 *                                          [f|fff gggg] */
#ifndef FORMAT_TEXT_BLOCKS_H
#define FORMAT_TEXT_BLOCKS_H

#include "format/format.h"

enum {
    TEXT_BLOCK_BYTES = 256 * 1024,
    TEXT_BLOCK_BYTES_MIN = 4, /* a byte order mark is seen at once */
    TEXT_BLOCK_SPARES = 4,
    TEXT_RECORD_BYTES_MAX = 256 * 1024 * 1024 /* a longer record is an error */
};

typedef struct text_blocks {
    const format_input *input;
    base_pool *pool;
    int64_t end;         /* of the split, in the file */
    int64_t block_bytes; /* of a block without a long record */
    base_buffer *block;  /* NULL before the first text_blocks_next */
    int64_t file_offset; /* of block->data[0] */
    bool is_last;        /* the block reaches the end of the split */
    base_buffer *spares[TEXT_BLOCK_SPARES];
} text_blocks;

void text_blocks_init(text_blocks *blocks, const format_config *config, const format_input *input,
                      int64_t start, int64_t end);
void text_blocks_close(text_blocks *blocks);
/* Moves on: bytes [keep_from, size) of the current block come first in the new one, followed by at
 * least one more byte unless `is_last`. */
rask_status text_blocks_next(text_blocks *blocks, int64_t keep_from, rask_error *err);

/* The 1-based line that a record which starts at `offset` of a file stands in; reads the file up
 * to there. */
rask_status text_line_number(const format_input *input, int64_t offset, int64_t *line,
                             rask_error *err);
/* Lines of a file, guessed from its first bytes; -1 = it cannot be read. */
int64_t text_estimate_lines(const format_config *config, const format_input *input);

#endif
