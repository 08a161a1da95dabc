/* Runs and deltas; see parquet_bits.h.
 *
 *     runs    header (varint); low bit 0: header >> 1 times one value of whole bytes
 *                              low bit 1: header >> 1 groups of 8 values, `width` bits each
 *     delta   block size, miniblocks a block, count, first value; then blocks:
 *             smallest difference, a width for each miniblock, the miniblocks */
#include "format/parquet_bits.h"

#include <string.h>

enum { GROUP = 8, DELTA_BLOCK = 128, DELTA_MINIBLOCKS = 4, DELTA_MINIBLOCK = 32 };
enum { DELTA_BLOCK_MAX = 1 << 16, DELTA_MINIBLOCKS_MAX = 1 << 10 };

static inline uint64_t load_u64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

/* ---- runs: opening --------------------------------------------------------------------------- */

void parquet_runs_init(parquet_runs *runs, const uint8_t *bytes, int64_t size, int32_t width) {
    *runs = (parquet_runs){.at = bytes, .end = bytes + size, .width = width};
}

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool open_packed(parquet_runs *runs, uint64_t groups) {
    int64_t left = runs->end - runs->at, bytes = left;
    if (groups == 0)
        return false;
    if (groups <= INT32_MAX && (int64_t)groups * runs->width < left)
        bytes = (int64_t)groups * runs->width;
    runs->packed = runs->at;
    runs->packed_at = 0;
    /* Some writers leave the end of the last group away. */
    runs->packed_left = groups > INT32_MAX ? INT32_MAX : (int64_t)groups * GROUP;
    if (runs->width > 0 && bytes * 8 / runs->width < runs->packed_left)
        runs->packed_left = bytes * 8 / runs->width;
    runs->at += bytes;
    return runs->packed_left > 0;
}

bool parquet_runs_open(parquet_runs *runs) {
    uint64_t header;
    int32_t value_bytes = (runs->width + 7) / 8;
    while (runs->repeat_left == 0 && runs->packed_left == 0) {
        if (!read_varint(&runs->at, runs->end, &header))
            return false;
        if ((header & 1) != 0) {
            if (!open_packed(runs, header >> 1))
                return false;
        } else {
            if (runs->end - runs->at < value_bytes)
                return false;
            runs->value = 0;
            memcpy(&runs->value, runs->at, (size_t)value_bytes);
            runs->at += value_bytes;
            runs->repeat_left = header >> 1 > INT32_MAX ? INT32_MAX : (int64_t)(header >> 1);
        }
    }
    return true;
}

/* ---- runs: unpacking ------------------------------------------------------------------------- */

/* The next `count` values of a packed run; with a constant width the compiler makes a loop that
 * takes whole groups apart. */
static inline __attribute__((always_inline)) uint32_t
unpack(const uint8_t *packed, int64_t at, int32_t width, int64_t count, int32_t *out) {
    uint32_t mask = width == 32 ? UINT32_MAX : (1U << width) - 1, max = 0;
    int64_t i = 0;
    for (; i < count && (at + i) % GROUP != 0; i++) {
        int64_t bit = (at + i) * width;
        uint32_t value = (uint32_t)(load_u64(packed + bit / 8) >> (bit % 8)) & mask;
        max = value > max ? value : max;
        out[i] = (int32_t)value;
    }
    for (; i + GROUP <= count; i += GROUP) {
        const uint8_t *group = packed + (at + i) / GROUP * width;
        for (int32_t k = 0; k < GROUP; k++) {
            uint32_t value = (uint32_t)(load_u64(group + k * width / 8) >> (k * width % 8)) & mask;
            max = value > max ? value : max;
            out[i + k] = (int32_t)value;
        }
    }
    for (; i < count; i++) {
        int64_t bit = (at + i) * width;
        uint32_t value = (uint32_t)(load_u64(packed + bit / 8) >> (bit % 8)) & mask;
        max = value > max ? value : max;
        out[i] = (int32_t)value;
    }
    return max;
}

#define UNPACK_CASE(constant)                                                                      \
    case constant:                                                                                 \
        return unpack(packed, at, constant, count, out);

static uint32_t unpack_any(const uint8_t *packed, int64_t at, int32_t width, int64_t count,
                           int32_t *out) {
    switch (width) {
        UNPACK_CASE(1)
        UNPACK_CASE(2)
        UNPACK_CASE(3)
        UNPACK_CASE(4)
        UNPACK_CASE(5)
        UNPACK_CASE(6)
        UNPACK_CASE(7)
        UNPACK_CASE(8)
        UNPACK_CASE(9)
        UNPACK_CASE(10)
        UNPACK_CASE(11)
        UNPACK_CASE(12)
        UNPACK_CASE(13)
        UNPACK_CASE(14)
        UNPACK_CASE(15)
        UNPACK_CASE(16)
        UNPACK_CASE(17)
    default:
        return unpack(packed, at, width, count, out);
    }
}

/* How many of the next `count` values the open run has. */
static int64_t take_run(parquet_runs *runs, int64_t count) {
    int64_t left = runs->repeat_left > 0 ? runs->repeat_left : runs->packed_left;
    return left < count ? left : count;
}

static void advance(parquet_runs *runs, int64_t count) {
    if (runs->repeat_left > 0) {
        runs->repeat_left -= count;
    } else {
        runs->packed_left -= count;
        runs->packed_at += count;
    }
}

bool parquet_runs_read(parquet_runs *runs, int64_t count, int32_t *out, uint32_t *max) {
    *max = 0;
    while (count > 0) {
        if (!parquet_runs_open(runs))
            return false;
        int64_t step = take_run(runs, count);
        uint32_t largest = runs->value;
        if (runs->repeat_left > 0)
            for (int64_t i = 0; i < step; i++)
                out[i] = (int32_t)runs->value;
        else
            largest = unpack_any(runs->packed, runs->packed_at, runs->width, step, out);
        *max = largest > *max ? largest : *max;
        advance(runs, step);
        out += step;
        count -= step;
    }
    return true;
}

bool parquet_runs_read_bytes(parquet_runs *runs, int64_t count, uint8_t *out) {
    uint32_t mask = (1U << runs->width) - 1; /* levels and booleans: at most 8 bits */
    while (count > 0) {
        if (!parquet_runs_open(runs))
            return false;
        int64_t step = take_run(runs, count);
        if (runs->repeat_left > 0) {
            memset(out, (int)runs->value, (size_t)step);
        } else {
            for (int64_t i = 0; i < step; i++) {
                int64_t bit = (runs->packed_at + i) * runs->width;
                out[i] = (uint8_t)((load_u64(runs->packed + bit / 8) >> (bit % 8)) & mask);
            }
        }
        advance(runs, step);
        out += step;
        count -= step;
    }
    return true;
}

bool parquet_runs_skip(parquet_runs *runs, int64_t count) {
    while (count > 0) {
        if (!parquet_runs_open(runs))
            return false;
        int64_t step = take_run(runs, count);
        advance(runs, step);
        count -= step;
    }
    return true;
}

/* Up to 56 bits from any place. */
static inline uint64_t load_bits(const uint8_t *bytes, int64_t bit, int64_t count) {
    return (load_u64(bytes + bit / 8) >> (bit % 8)) & ((1ULL << count) - 1);
}

/* Sets bits [offset, offset + count) of the bitmap to `bits`; count <= 56. */
static void put_bits(uint64_t *bitmap, int64_t offset, uint64_t bits, int64_t count) {
    int64_t shift = offset % 64;
    uint64_t *word = &bitmap[offset / 64], mask = (1ULL << count) - 1;
    word[0] = (word[0] & ~(mask << shift)) | bits << shift;
    if (shift + count > 64)
        word[1] = (word[1] & ~(mask >> (64 - shift))) | bits >> (64 - shift);
}

bool parquet_runs_read_bits(parquet_runs *runs, int64_t count, uint64_t *bitmap, int64_t offset,
                            int64_t *ones) {
    *ones = 0;
    while (count > 0) {
        if (!parquet_runs_open(runs))
            return false;
        int64_t step = take_run(runs, count < 56 ? count : 56);
        uint64_t bits = (1ULL << step) - 1;
        if (runs->repeat_left > 0)
            bits = (runs->value & 1) != 0 ? bits : 0;
        else
            bits = load_bits(runs->packed, runs->packed_at, step);
        put_bits(bitmap, offset, bits, step);
        *ones += __builtin_popcountll(bits);
        advance(runs, step);
        offset += step;
        count -= step;
    }
    return true;
}

/* ---- delta: reading -------------------------------------------------------------------------- */

typedef struct delta_reader {
    const uint8_t *at, *end;
    int64_t block_size, miniblocks, values; /* values of a miniblock */
    int64_t count;
    uint64_t first;
} delta_reader;

static uint64_t from_zigzag(uint64_t value) {
    return (value >> 1) ^ (~(value & 1) + 1);
}

static bool read_delta_header(delta_reader *in, const uint8_t *bytes, int64_t size) {
    uint64_t block, miniblocks, count, first;
    in->at = bytes;
    in->end = bytes + size;
    if (!read_varint(&in->at, in->end, &block) || !read_varint(&in->at, in->end, &miniblocks) ||
        !read_varint(&in->at, in->end, &count) || !read_varint(&in->at, in->end, &first))
        return false;
    if (block == 0 || block > DELTA_BLOCK_MAX || miniblocks == 0 ||
        miniblocks > DELTA_MINIBLOCKS_MAX || block % miniblocks != 0 ||
        block / miniblocks % GROUP != 0 || count > INT32_MAX)
        return false;
    in->block_size = (int64_t)block;
    in->miniblocks = (int64_t)miniblocks;
    in->values = (int64_t)(block / miniblocks);
    in->count = (int64_t)count;
    in->first = from_zigzag(first);
    return true;
}

int64_t parquet_delta_count(const uint8_t *bytes, int64_t size) {
    delta_reader in;
    return read_delta_header(&in, bytes, size) ? in.count : -1;
}

static inline uint64_t load_wide(const uint8_t *bytes, int64_t bit, int32_t width) {
    int shift = (int)(bit % 8);
    uint64_t value = load_u64(bytes + bit / 8) >> shift;
    if (shift + width > 64)
        value |= (uint64_t)bytes[bit / 8 + 8] << (64 - shift);
    return width == 64 ? value : value & ((1ULL << width) - 1);
}

/* A miniblock's values, added up; at most `count` of them. */
static bool read_miniblock(delta_reader *in, int32_t width, uint64_t smallest, int64_t count,
                           uint64_t *last, int64_t *out) {
    int64_t left = in->end - in->at, whole = in->values / 8 * width;
    if (width > 64 || (count * width + 7) / 8 > left)
        return false;
    for (int64_t i = 0; i < count; i++) {
        *last += smallest + (width > 0 ? load_wide(in->at, i * width, width) : 0);
        out[i] = (int64_t)*last;
    }
    in->at += whole < left ? whole : left;
    return true;
}

int64_t parquet_delta_read_i64(const uint8_t *bytes, int64_t size, int64_t count, int64_t *out) {
    delta_reader in;
    if (!read_delta_header(&in, bytes, size) || in.count != count)
        return -1;
    uint64_t last = in.first;
    if (count > 0)
        out[0] = (int64_t)last;
    for (int64_t done = 1; done < count;) {
        uint64_t smallest;
        if (!read_varint(&in.at, in.end, &smallest) || in.end - in.at < in.miniblocks)
            return -1;
        const uint8_t *widths = in.at;
        in.at += in.miniblocks;
        for (int64_t m = 0; m < in.miniblocks && done < count; m++) {
            int64_t step = count - done < in.values ? count - done : in.values;
            if (!read_miniblock(&in, widths[m], from_zigzag(smallest), step, &last, out + done))
                return -1;
            done += step;
        }
    }
    return in.at - bytes;
}

int64_t parquet_delta_read_i32(const uint8_t *bytes, int64_t size, int64_t count, int32_t *out) {
    int64_t *wide = (int64_t *)(void *)out;
    int64_t used = parquet_delta_read_i64(bytes, size, count, wide);
    for (int64_t i = 0; i < count && used >= 0; i++)
        out[i] = (int32_t)wide[i];
    return used;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_varint(base_strbuf *out, uint64_t value) {
    char bytes[10];
    int32_t length = 0;
    while (value >= 0x80) {
        bytes[length++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[length++] = (char)value;
    base_strbuf_add(out, bytes, length);
}

static void write_repeated(base_strbuf *out, int64_t count, uint32_t value, int32_t width) {
    write_varint(out, (uint64_t)count << 1);
    base_strbuf_add(out, (const char *)&value, (width + 7) / 8);
}

/* Packs `count` values, padded with zeros to whole groups. */
static void write_packed(base_strbuf *out, const int32_t *values, int64_t count, int32_t width) {
    int64_t groups = (count + GROUP - 1) / GROUP;
    write_varint(out, (uint64_t)groups << 1 | 1);
    char *room = base_strbuf_room(out, groups * width + 8);
    if (room == NULL)
        return;
    uint64_t word = 0;
    int32_t bits = 0;
    for (int64_t i = 0; i < groups * GROUP; i++) {
        uint64_t value = i < count ? (uint32_t)values[i] : 0;
        word |= value << bits;
        bits += width;
        if (bits >= 32) {
            memcpy(room, &word, 4);
            room += 4;
            word >>= 32;
            bits -= 32;
        }
    }
    memcpy(room, &word, (size_t)(bits + 7) / 8);
    out->length += groups * width;
    out->data[out->length] = '\0';
}

static int64_t equal_values(const int32_t *values, int64_t count) {
    int64_t equal = 1;
    while (equal < count && values[equal] == values[0])
        equal++;
    return equal;
}

void parquet_runs_write(const int32_t *values, int64_t count, int32_t width, base_strbuf *out) {
    int64_t at = 0;
    while (at < count) {
        int64_t equal = equal_values(values + at, count - at);
        if (equal >= GROUP || equal == count - at) {
            write_repeated(out, equal, (uint32_t)values[at], width);
            at += equal;
            continue;
        }
        int64_t end = at;
        while (end < count &&
               equal_values(values + end, count - end < GROUP ? count - end : GROUP) < GROUP)
            end += GROUP;
        end = end < count ? end : count;
        write_packed(out, values + at, end - at, width);
        at = end;
    }
}

void parquet_runs_write_bytes(const uint8_t *values, int64_t count, int32_t width,
                              base_strbuf *out) {
    int32_t *wide = base_alloc((int64_t)sizeof(int32_t) * (count + 1));
    for (int64_t i = 0; i < count; i++)
        wide[i] = values[i];
    parquet_runs_write(wide, count, width, out);
    base_free(wide);
}

static uint64_t to_zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static int64_t difference(int64_t from, int64_t to, bool is_i32) {
    uint64_t step = (uint64_t)to - (uint64_t)from;
    return is_i32 ? (int32_t)step : (int64_t)step;
}

/* One miniblock of 32 differences. */
static void write_miniblock(base_strbuf *out, const uint64_t *steps, int32_t width) {
    uint8_t bytes[DELTA_MINIBLOCK * 8 + 8] = {0};
    for (int32_t i = 0; i < DELTA_MINIBLOCK; i++) {
        int32_t bit = i * width;
        unsigned __int128 value = (unsigned __int128)steps[i] << (bit % 8);
        for (int32_t b = 0; b < 9; b++)
            bytes[bit / 8 + b] |= (uint8_t)(value >> (8 * b));
    }
    base_strbuf_add(out, (const char *)bytes, DELTA_MINIBLOCK / 8 * width);
}

static void write_block(base_strbuf *out, const int64_t *steps, int64_t count, bool is_i32) {
    uint64_t packed[DELTA_BLOCK] = {0};
    uint8_t widths[DELTA_MINIBLOCKS] = {0};
    int64_t smallest = steps[0];
    for (int64_t i = 1; i < count; i++)
        smallest = steps[i] < smallest ? steps[i] : smallest;
    for (int64_t i = 0; i < count; i++) {
        uint64_t step = (uint64_t)steps[i] - (uint64_t)smallest;
        packed[i] = is_i32 ? (uint32_t)step : step;
        int32_t width = parquet_bit_width(packed[i]);
        if (width > widths[i / DELTA_MINIBLOCK])
            widths[i / DELTA_MINIBLOCK] = (uint8_t)width;
    }
    write_varint(out, to_zigzag(smallest));
    base_strbuf_add(out, (const char *)widths, sizeof widths);
    for (int64_t m = 0; m * DELTA_MINIBLOCK < count; m++)
        write_miniblock(out, packed + m * DELTA_MINIBLOCK, widths[m]);
}

void parquet_delta_write(const int64_t *values, int64_t count, bool is_i32, base_strbuf *out) {
    int64_t steps[DELTA_BLOCK];
    write_varint(out, DELTA_BLOCK);
    write_varint(out, DELTA_MINIBLOCKS);
    write_varint(out, (uint64_t)count);
    write_varint(out, to_zigzag(count > 0 ? values[0] : 0));
    for (int64_t start = 1; start < count; start += DELTA_BLOCK) {
        int64_t size = count - start < DELTA_BLOCK ? count - start : DELTA_BLOCK;
        for (int64_t i = 0; i < size; i++)
            steps[i] = difference(values[start + i - 1], values[start + i], is_i32);
        write_block(out, steps, size, is_i32);
    }
}
