/* Compression of pages; see parquet_codec.h.
 *
 * LZ4 without RAW is Hadoop's framing: big-endian lengths, uncompressed then compressed, before
 * each block.  Writers that did not know that wrote bare blocks, so reading falls back to one. */
#include "format/parquet_codec.h"

#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 3, GZIP_WINDOW = 15 + 16, GZIP_ANY = 15 + 32, LZ4_FRAME_BYTES = 8 };

struct parquet_compressor {
    ZSTD_DCtx *zstd_in;
    ZSTD_CCtx *zstd_out;
};

typedef const char *(*decompress_call)(parquet_compressor *c, const uint8_t *in, int64_t size,
                                       uint8_t *out, int64_t out_size);
/* Bytes written, -1 = failure. */
typedef int64_t (*compress_call)(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                                 int64_t room);
typedef struct codec_row {
    const char *name;
    decompress_call decompress;
    compress_call compress;
    int64_t (*bound)(int64_t size);
    int64_t ratio_max; /* that a block can reach */
} codec_row;

static const char damaged[] = "its compressed bytes are damaged";

parquet_compressor *parquet_compressor_new(void) {
    return BASE_NEW(parquet_compressor);
}

void parquet_compressor_free(parquet_compressor *compressor) {
    if (compressor == NULL)
        return;
    ZSTD_freeDCtx(compressor->zstd_in);
    ZSTD_freeCCtx(compressor->zstd_out);
    base_free(compressor);
}

/* ---- none ------------------------------------------------------------------------------------ */

static const char *copy_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                           int64_t out_size) {
    if (size != out_size)
        return "its two sizes differ though it is not compressed";
    memcpy(out, in, (size_t)size);
    return NULL;
}

static int64_t copy_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                        int64_t room) {
    memcpy(out, in, (size_t)size);
    return size;
}

static int64_t same_size(int64_t size) {
    return size;
}

/* ---- snappy ---------------------------------------------------------------------------------- */

static const char *snappy_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                             int64_t out_size) {
    size_t length = 0;
    const char *bytes = (const char *)in;
    if (snappy_uncompressed_length(bytes, (size_t)size, &length) != SNAPPY_OK ||
        length != (size_t)out_size ||
        snappy_uncompress(bytes, (size_t)size, (char *)out, &length) != SNAPPY_OK)
        return damaged;
    return NULL;
}

static int64_t snappy_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                          int64_t room) {
    size_t length = (size_t)room;
    bool done = snappy_compress((const char *)in, (size_t)size, out, &length) == SNAPPY_OK;
    return done ? (int64_t)length : -1;
}

static int64_t snappy_bound(int64_t size) {
    return (int64_t)snappy_max_compressed_length((size_t)size);
}

/* ---- gzip ------------------------------------------------------------------------------------ */

/* One member after the other, as gzip allows. */
static const char *gzip_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                           int64_t out_size) {
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)size};
    uint8_t nothing;
    stream.next_out = out_size > 0 ? out : &nothing;
    stream.avail_out = (uInt)out_size;
    int code = inflateInit2(&stream, GZIP_ANY);
    while (code == Z_OK) {
        code = inflate(&stream, Z_FINISH);
        if (code == Z_STREAM_END && stream.avail_in > 0 && stream.avail_out > 0)
            code = inflateReset(&stream);
        else
            break;
    }
    bool done = code == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return done ? NULL : damaged;
}

static int64_t gzip_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                        int64_t room) {
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)in,
                       .avail_in = (uInt)size,
                       .next_out = (uint8_t *)out,
                       .avail_out = (uInt)room};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return -1;
    bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&stream);
    return done ? room - stream.avail_out : -1;
}

static int64_t gzip_bound(int64_t size) {
    return (int64_t)compressBound((uLong)size) + 32;
}

/* ---- lz4 ------------------------------------------------------------------------------------- */

static const char *lz4_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                          int64_t out_size) {
    int length = LZ4_decompress_safe((const char *)in, (char *)out, (int)size, (int)out_size);
    return length == out_size ? NULL : damaged;
}

static int64_t lz4_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                       int64_t room) {
    int length = LZ4_compress_default((const char *)in, out, (int)size, (int)room);
    return length > 0 ? length : -1;
}

static int64_t lz4_bound(int64_t size) {
    return size <= LZ4_MAX_INPUT_SIZE ? LZ4_compressBound((int)size) : -1;
}

static uint32_t big_endian(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, 4);
    return __builtin_bswap32(value);
}

static const char *hadoop_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                             int64_t out_size) {
    int64_t at = 0, done = 0;
    while (size - at >= LZ4_FRAME_BYTES) {
        int64_t whole = big_endian(in + at), packed = big_endian(in + at + 4);
        if (packed > size - at - LZ4_FRAME_BYTES || whole > out_size - done ||
            lz4_in(c, in + at + LZ4_FRAME_BYTES, packed, out + done, whole) != NULL)
            break;
        at += LZ4_FRAME_BYTES + packed;
        done += whole;
    }
    return at == size && done == out_size ? NULL : lz4_in(c, in, size, out, out_size);
}

static int64_t hadoop_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                          int64_t room) {
    int64_t length = lz4_out(c, in, size, out + LZ4_FRAME_BYTES, room - LZ4_FRAME_BYTES);
    uint32_t frame[2] = {__builtin_bswap32((uint32_t)size), __builtin_bswap32((uint32_t)length)};
    memcpy(out, frame, sizeof frame);
    return length > 0 ? length + LZ4_FRAME_BYTES : -1;
}

static int64_t hadoop_bound(int64_t size) {
    int64_t bound = lz4_bound(size);
    return bound > 0 ? bound + LZ4_FRAME_BYTES : -1;
}

/* ---- zstd ------------------------------------------------------------------------------------ */

static const char *zstd_in(parquet_compressor *c, const uint8_t *in, int64_t size, uint8_t *out,
                           int64_t out_size) {
    if (c->zstd_in == NULL)
        c->zstd_in = ZSTD_createDCtx();
    size_t length = ZSTD_decompressDCtx(c->zstd_in, out, (size_t)out_size, in, (size_t)size);
    return !ZSTD_isError(length) && length == (size_t)out_size ? NULL : damaged;
}

static int64_t zstd_out(parquet_compressor *c, const uint8_t *in, int64_t size, char *out,
                        int64_t room) {
    if (c->zstd_out == NULL)
        c->zstd_out = ZSTD_createCCtx();
    size_t length = ZSTD_compressCCtx(c->zstd_out, out, (size_t)room, in, (size_t)size, ZSTD_LEVEL);
    return ZSTD_isError(length) ? -1 : (int64_t)length;
}

static int64_t zstd_bound(int64_t size) {
    return (int64_t)ZSTD_compressBound((size_t)size);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const codec_row codecs[] = {
    [PARQUET_UNCOMPRESSED] = {"UNCOMPRESSED", copy_in, copy_out, same_size, 1},
    [PARQUET_SNAPPY] = {"SNAPPY", snappy_in, snappy_out, snappy_bound, 32},
    [PARQUET_GZIP] = {"GZIP", gzip_in, gzip_out, gzip_bound, 1100},
    [PARQUET_LZO] = {"LZO"},
    [PARQUET_BROTLI] = {"BROTLI"},
    [PARQUET_LZ4] = {"LZ4", hadoop_in, hadoop_out, hadoop_bound, 256},
    [PARQUET_ZSTD] = {"ZSTD", zstd_in, zstd_out, zstd_bound, 40000},
    [PARQUET_LZ4_RAW] = {"LZ4_RAW", lz4_in, lz4_out, lz4_bound, 256},
};

bool parquet_codec_is_supported(parquet_codec codec) {
    return codecs[codec].decompress != NULL;
}

const char *parquet_codec_name(parquet_codec codec) {
    return codecs[codec].name;
}

bool parquet_codec_find(const char *name, parquet_codec *out) {
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcasecmp(codecs[i].name, name) == 0) {
            *out = (parquet_codec)i;
            return true;
        }
    }
    return false;
}

int64_t parquet_decompressed_bytes_max(parquet_codec codec, int64_t size) {
    return size * codecs[codec].ratio_max + 1024;
}

const char *parquet_decompress(parquet_compressor *compressor, parquet_codec codec,
                               const uint8_t *in, int64_t size, uint8_t *out, int64_t out_size) {
    return codecs[codec].decompress(compressor, in, size, out, out_size);
}

rask_status parquet_compress(parquet_compressor *compressor, parquet_codec codec, const uint8_t *in,
                             int64_t size, base_strbuf *out, rask_error *err) {
    const codec_row *row = &codecs[codec];
    int64_t bound = row->bound(size);
    char *room = bound >= 0 ? base_strbuf_room(out, bound) : NULL;
    int64_t length = room != NULL ? row->compress(compressor, in, size, room, bound) : -1;
    if (length < 0)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "a Parquet page of %lld bytes cannot be compressed with %s",
                              (long long)size, row->name);
    out->length += length;
    out->data[out->length] = '\0';
    return RASK_OK;
}
