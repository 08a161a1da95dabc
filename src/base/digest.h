/* Digests of bytes: MD5 and the SHA family. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/error.h"

typedef enum base_digest_kind {
    BASE_MD5,
    BASE_SHA1,
    BASE_SHA224,
    BASE_SHA256,
    BASE_SHA384,
    BASE_SHA512
} base_digest_kind;

enum { BASE_DIGEST_BYTES_MAX = 64 };

/* Writes the digest and returns its size in bytes. */
int32_t base_digest(base_digest_kind kind, const void *bytes, int64_t size, uint8_t *out);

#endif
