/* The compression of Parquet pages: one row a codec, over the usual libraries.
 *
 * A parquet_compressor keeps what libraries want to use again (zstd's contexts); one per reader or
 * writer, not thread-safe. */
#ifndef FORMAT_PARQUET_CODEC_H
#define FORMAT_PARQUET_CODEC_H

#include "format/parquet_footer.h"

typedef struct parquet_compressor parquet_compressor;

parquet_compressor *parquet_compressor_new(void);
void parquet_compressor_free(parquet_compressor *compressor);

/* Whether there is code for the codec; its name in any case ("ZSTD"). */
bool parquet_codec_is_supported(parquet_codec codec);
const char *parquet_codec_name(parquet_codec codec);
/* By the name that `parquet.compression` uses, any case; false = unknown. */
bool parquet_codec_find(const char *name, parquet_codec *out);

/* A size no honest page of `size` compressed bytes exceeds when decompressed. */
int64_t parquet_decompressed_bytes_max(parquet_codec codec, int64_t size);
/* Fills exactly `out_size` bytes; NULL, or what is wrong with the input. */
const char *parquet_decompress(parquet_compressor *compressor, parquet_codec codec,
                               const uint8_t *in, int64_t size, uint8_t *out, int64_t out_size);
/* Appends the compressed bytes. */
rask_status parquet_compress(parquet_compressor *compressor, parquet_codec codec, const uint8_t *in,
                             int64_t size, base_strbuf *out, rask_error *err);

#endif
