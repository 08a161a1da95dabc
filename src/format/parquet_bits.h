/* Bit-level encodings: the RLE / bit-packed hybrid of levels, booleans and dictionary codes, and
 * the delta encodings.
 *
 * Readers never look past `end` for their decisions, but may load up to 16 bytes behind it: what
 * they read from is a base_buffer, whose tail is readable. */
#ifndef FORMAT_PARQUET_BITS_H
#define FORMAT_PARQUET_BITS_H

#include "base/buffer.h"

/* ---- RLE and bit-packed runs ----------------------------------------------------------------- */
typedef struct parquet_runs {
    const uint8_t *at, *end;
    int32_t width;         /* bits a value, 0..32 */
    uint32_t value;        /* of the repeated run */
    int64_t repeat_left;   /* values left of a repeated run */
    const uint8_t *packed; /* the packed run at hand */
    int64_t packed_at;     /* its next value */
    int64_t packed_left;   /* values left of it, padding included */
} parquet_runs;

void parquet_runs_init(parquet_runs *runs, const uint8_t *bytes, int64_t size, int32_t width);
/* Makes sure that a run is open; false = there is none left or it is damaged. */
bool parquet_runs_open(parquet_runs *runs);
/* `count` values into `out`; *max gets the largest (0 for none).  False = there are not so many. */
bool parquet_runs_read(parquet_runs *runs, int64_t count, int32_t *out, uint32_t *max);
bool parquet_runs_read_bytes(parquet_runs *runs, int64_t count, uint8_t *out);
bool parquet_runs_skip(parquet_runs *runs, int64_t count);
/* Width 1: sets bits [offset, offset + count) of the bitmap; *ones gets how many are 1. */
bool parquet_runs_read_bits(parquet_runs *runs, int64_t count, uint64_t *bitmap, int64_t offset,
                            int64_t *ones);

/* ---- DELTA_BINARY_PACKED --------------------------------------------------------------------- */
/* Number of values that the encoding at `bytes` says it has, -1 = damaged. */
int64_t parquet_delta_count(const uint8_t *bytes, int64_t size);
/* All values; `count` is parquet_delta_count's.  Returns the bytes used, -1 = damaged. */
int64_t parquet_delta_read_i64(const uint8_t *bytes, int64_t size, int64_t count, int64_t *out);
/* The same wrapped to 32 bits; `out` has room for `count` 64-bit values. */
int64_t parquet_delta_read_i32(const uint8_t *bytes, int64_t size, int64_t count, int32_t *out);

/* ---- writing --------------------------------------------------------------------------------- */
/* The hybrid of `count` values, without a length in front. */
void parquet_runs_write(const int32_t *values, int64_t count, int32_t width, base_strbuf *out);
void parquet_runs_write_bytes(const uint8_t *values, int64_t count, int32_t width,
                              base_strbuf *out);
/* `is_i32`: differences wrap at 32 bits, as readers of INT32 expect. */
void parquet_delta_write(const int64_t *values, int64_t count, bool is_i32, base_strbuf *out);

/* Bits that hold `value`. */
static inline int32_t parquet_bit_width(uint64_t value) {
    return value == 0 ? 0 : 64 - __builtin_clzll(value);
}

#endif
