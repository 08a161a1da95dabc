/* Digests of texts as hexadecimal digits (MD5, SHA1, SHA2, ...), and HASH_CODE.
 *
 * HASH_CODE is what Java's hashCode() gives for the value as Flink holds it. */
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "func/java.h"
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"

/* ---- digests --------------------------------------------------------------------------------- */

static rask_status write_digest(func_text *text, base_digest_kind kind, const data_string *value,
                                int32_t row, rask_error *err) {
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[BASE_DIGEST_BYTES_MAX];
    char hex[2 * BASE_DIGEST_BYTES_MAX];
    int32_t size = base_digest(kind, data_string_bytes(value), value->length, bytes);
    for (int32_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    return func_text_set(text, row, hex, 2 * (int64_t)size, err);
}

static rask_status digest_of(func_call *call, base_digest_kind kind, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 64, err));
    FUNC_EACH_LIVE_ROW(call, row)
    RASK_TRY_OUT(status, write_digest(&text, kind, func_arg_text(call, 0, row), row, err));
out:
    return func_text_finish(&text, status, err);
}

static rask_status md5(func_call *call, rask_error *err) {
    return digest_of(call, BASE_MD5, err);
}
static rask_status sha1(func_call *call, rask_error *err) {
    return digest_of(call, BASE_SHA1, err);
}
static rask_status sha224(func_call *call, rask_error *err) {
    return digest_of(call, BASE_SHA224, err);
}
static rask_status sha256(func_call *call, rask_error *err) {
    return digest_of(call, BASE_SHA256, err);
}
static rask_status sha384(func_call *call, rask_error *err) {
    return digest_of(call, BASE_SHA384, err);
}
static rask_status sha512(func_call *call, rask_error *err) {
    return digest_of(call, BASE_SHA512, err);
}

static bool digest_of_bits(int32_t bits, base_digest_kind *kind) {
    static const struct {
        int32_t bits;
        base_digest_kind kind;
    } known[] = {{224, BASE_SHA224}, {256, BASE_SHA256}, {384, BASE_SHA384}, {512, BASE_SHA512}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].bits == bits) {
            *kind = known[i].kind;
            return true;
        }
    }
    return false;
}

static rask_status sha2(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 64, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        base_digest_kind kind;
        int32_t bits = func_arg_i32(call, 1, row);
        if (!digest_of_bits(bits, &kind)) {
            func_failed_at(call, row);
            status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                    "Algorithm for 'SHA-%d' is not available.", bits);
            goto out;
        }
        RASK_TRY_OUT(status, write_digest(&text, kind, func_arg_text(call, 0, row), row, err));
    }
out:
    return func_text_finish(&text, status, err);
}

/* A literal number of bits is checked before anything runs. */
static rask_status sha2_type(const func_infer_call *call, const data_type **result,
                             rask_error *err) {
    base_digest_kind kind;
    const data_value *bits = call->literals[1];
    if (bits != NULL && !bits->is_null && !digest_of_bits((int32_t)bits->i64, &kind))
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Unsupported algorithm.");
    *result =
        data_type_sized(DATA_VARCHAR, 128, call->types[0]->nullable || call->types[1]->nullable);
    return RASK_OK;
}

/* ---- HASH_CODE ------------------------------------------------------------------------------- */

static int32_t hash_i64(int64_t value) {
    return (int32_t)((uint64_t)value ^ (uint64_t)value >> 32);
}

static int32_t hash_double(double value) {
    uint64_t bits = 0x7ff8000000000000;
    if (value == value)
        memcpy(&bits, &value, sizeof bits);
    return hash_i64((int64_t)bits);
}

static int32_t hash_float(float value) {
    uint32_t bits = 0x7fc00000;
    if (value == value)
        memcpy(&bits, &value, sizeof bits);
    return (int32_t)bits;
}

/* Flink drops the sign. */
static int32_t hash_text(const data_string *text) {
    int32_t hash = func_java_hash(text);
    return hash < 0 && hash != INT32_MIN ? -hash : hash;
}

/* BigDecimal's: of the digits as BigInteger, then of the scale. */
static int32_t hash_decimal(base_i128 unscaled, int32_t scale) {
    unsigned __int128 magnitude =
        unscaled < 0 ? -(unsigned __int128)unscaled : (unsigned __int128)unscaled;
    uint32_t hash = 0;
    for (int shift = 96; shift >= 0; shift -= 32)
        hash = 31 * hash + (uint32_t)(magnitude >> shift);
    if (unscaled < 0)
        hash = -hash;
    return (int32_t)(31 * hash + (uint32_t)scale);
}

static int32_t hash_stamp(const data_column *column, int64_t at) {
    __int128 nanos = func_stamp_nanos(column, at);
    int64_t millis = (int64_t)(nanos / 1000000 - (nanos % 1000000 < 0));
    uint32_t rest = (uint32_t)(nanos - (__int128)millis * 1000000);
    return (int32_t)(31 * (uint32_t)hash_i64(millis) + rest);
}

static int32_t hash_value(const data_column *column, int64_t at) {
    func_block one = {.start = (int32_t)at, .count = 1};
    base_i128 unscaled;
    const void *values = column->values;
    switch (column->type->kind) {
    case DATA_BOOLEAN:
        return ((const uint8_t *)values)[at] != 0 ? 1231 : 1237;
    case DATA_TINYINT:
        return ((const int8_t *)values)[at];
    case DATA_SMALLINT:
        return ((const int16_t *)values)[at];
    case DATA_BIGINT:
        return hash_i64(((const int64_t *)values)[at]);
    case DATA_FLOAT:
        return hash_float(((const float *)values)[at]);
    case DATA_DOUBLE:
        return hash_double(((const double *)values)[at]);
    case DATA_DECIMAL:
        func_load_i128(column, &one, &unscaled);
        return hash_decimal(unscaled, column->type->scale);
    case DATA_CHAR:
    case DATA_VARCHAR:
        return hash_text((const data_string *)values + at);
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return hash_stamp(column, at);
    default:
        return ((const int32_t *)values)[at]; /* INT, DATE, TIME */
    }
}

static rask_status hash_code(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row)
    out[row] = hash_value(call->args[0], row);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum { PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY };

#define DIGEST(text, size, function, api_name, digest)                                             \
    {.name = text,                                                                                 \
     .sig = "(STRING) -> CHAR(" size ")",                                                          \
     .flags = PURE,                                                                                \
     .kernel = function,                                                                           \
     .cost = 300,                                                                                  \
     .category = "hash",                                                                           \
     .api = api_name,                                                                              \
     .forms = "'" text "(<STRING>)'",                                                              \
     .doc = "The " text " digest of a text as hexadecimal digits.",                                \
     .example = text "('abc')",                                                                    \
     .result = digest},                                                                            \
    {                                                                                              \
        .name = text, .sig = "(BINARY) -> CHAR(" size ")", .flags = PURE, .kernel = function,      \
        .cost = 300, .category = "hash", .doc = "The " text " digest of bytes."                    \
    }
#define SHA2_DOC "The digest of the SHA-2 family with 224, 256, 384 or 512 bits."
#define CODE(signature, text)                                                                      \
    .name = "HASH_CODE", .sig = signature, .kernel = hash_code, .category = "hash", .cost = 10,    \
    .doc = text

static const func_row rows[] = {
    DIGEST("MD5", "32", md5, "md5", "900150983cd24fb0d6963f7d28e17f72"),
    DIGEST("SHA1", "40", sha1, "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    DIGEST("SHA224", "56", sha224, "sha224",
           "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    DIGEST("SHA256", "64", sha256, "sha256",
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    DIGEST("SHA384", "96", sha384, "sha384",
           "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
           "8086072ba1e7cc2358baeca134c825a7"),
    DIGEST("SHA512", "128", sha512, "sha512",
           "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    {.name = "SHA2",
     .sig = "(STRING, INT) -> INFER",
     .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL,
     .kernel = sha2,
     .infer = sha2_type,
     .cost = 300,
     .category = "hash",
     .api = "sha2",
     .forms = "'SHA2(<STRING>, <INTEGER>)'",
     .doc = SHA2_DOC,
     .example = "SHA2('abc', 224)",
     .result = "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {.name = "SHA2",
     .sig = "(BINARY, INT) -> INFER",
     .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL,
     .kernel = sha2,
     .infer = sha2_type,
     .cost = 300,
     .category = "hash",
     .doc = SHA2_DOC},
    {CODE("(BOOLEAN) -> INT", "Java's hash code of a truth value."),
     .forms = "'HASH_CODE(<BOOLEAN>)'\n'HASH_CODE(<NUMERIC>)'\n'HASH_CODE(<CHARACTER>)'\n"
              "'HASH_CODE(<TIMESTAMP>)'\n'HASH_CODE(<TIME>)'\n'HASH_CODE(<DATE>)'"},
    {CODE("(NUMERIC) -> INT", "Java's hash code of a number."), .example = "HASH_CODE(5000000000)",
     .result = "705032705"},
    {CODE("(STRING) -> INT", "Java's hash code of a text."), .example = "HASH_CODE('Hello')",
     .result = "69609650"},
    {CODE("(TEMPORAL) -> INT", "Java's hash code of a date, time or timestamp."),
     .example = "HASH_CODE(DATE '2020-01-01')", .result = "18262"},
};
FUNC_FAMILY(func_hash_family, rows);
