/* MD5 (RFC 1321), SHA-1 and the SHA-2 family (FIPS 180-4), written after their texts.
 *
 * All of them cut the message into blocks, pad the last one with 0x80, zeros and the length in
 * bits, and fold block after block into a few words.  A row of `digests` says how a kind differs.
 */
#include "base/digest.h"

#include <string.h>

enum { WORDS = 8, BLOCK_MAX = 128 };

/* The words of every kind; those of 32 bits live in the low halves. */
typedef struct digest_state {
    uint64_t words[WORDS];
} digest_state;

typedef struct digest_kind {
    void (*fold)(digest_state *state, const uint8_t *block);
    digest_state start;
    int32_t block, word, length_bytes, size; /* bytes */
    bool little_end;
} digest_kind;

static uint32_t left32(uint32_t x, int n) {
    return x << n | x >> (32 - n);
}

static uint32_t right32(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static uint64_t right64(uint64_t x, int n) {
    return x >> n | x << (64 - n);
}

static uint64_t load_big(const uint8_t *bytes, int32_t size) {
    uint64_t value = 0;
    for (int32_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* ---- MD5 ------------------------------------------------------------------------------------- */

static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static void md5_fold(digest_state *state, const uint8_t *block) {
    static const int turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const int steps[4] = {1, 5, 3, 7}, starts[4] = {0, 1, 5, 0};
    uint32_t m[16], a = (uint32_t)state->words[0], b = (uint32_t)state->words[1],
                    c = (uint32_t)state->words[2], d = (uint32_t)state->words[3];
    for (int i = 0; i < 16; i++)
        m[i] = __builtin_bswap32((uint32_t)load_big(block + 4 * i, 4));
    for (int i = 0; i < 64; i++) {
        int round = i / 16;
        uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                         : round == 1 ? (d & b) | (~d & c)
                         : round == 2 ? b ^ c ^ d
                                      : c ^ (b | ~d);
        mixed += a + md5_sines[i] + m[(steps[round] * i + starts[round]) % 16];
        a = d;
        d = c;
        c = b;
        b += left32(mixed, turns[round][i % 4]);
    }
    const uint32_t add[4] = {a, b, c, d};
    for (int i = 0; i < 4; i++)
        state->words[i] = (uint32_t)state->words[i] + add[i];
}

/* ---- SHA-1 ----------------------------------------------------------------------------------- */

static void sha1_fold(digest_state *state, const uint8_t *block) {
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80], v[5];
    for (int i = 0; i < 5; i++)
        v[i] = (uint32_t)state->words[i];
    for (int i = 0; i < 80; i++)
        w[i] = i < 16 ? (uint32_t)load_big(block + 4 * i, 4)
                      : left32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        int round = i / 20;
        uint32_t mixed = round == 0   ? (v[1] & v[2]) | (~v[1] & v[3])
                         : round == 2 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
                                      : v[1] ^ v[2] ^ v[3];
        uint32_t first = left32(v[0], 5) + mixed + v[4] + constants[round] + w[i];
        memmove(v + 1, v, 4 * sizeof *v);
        v[0] = first;
        v[2] = left32(v[2], 30);
    }
    for (int i = 0; i < 5; i++)
        state->words[i] = (uint32_t)state->words[i] + v[i];
}

/* ---- SHA-2 ----------------------------------------------------------------------------------- */

/* Fractions of the cube roots of the first primes: 64 bits for SHA-512, the upper half of the first
 * 64 for SHA-256. */
static const uint64_t sha2_roots[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static void sha256_fold(digest_state *state, const uint8_t *block) {
    uint32_t w[64], v[WORDS];
    for (int i = 0; i < WORDS; i++)
        v[i] = (uint32_t)state->words[i];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)load_big(block + 4 * i, 4);
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (right32(a, 7) ^ right32(a, 18) ^ a >> 3) +
               (right32(b, 17) ^ right32(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 64; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t one = v[7] + (right32(e, 6) ^ right32(e, 11) ^ right32(e, 25)) +
                       ((e & v[5]) ^ (~e & v[6])) + (uint32_t)(sha2_roots[i] >> 32) + w[i];
        uint32_t two = (right32(a, 2) ^ right32(a, 13) ^ right32(a, 22)) +
                       ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, (WORDS - 1) * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < WORDS; i++)
        state->words[i] = (uint32_t)state->words[i] + v[i];
}

static void sha512_fold(digest_state *state, const uint8_t *block) {
    uint64_t w[80], v[WORDS];
    memcpy(v, state->words, sizeof v);
    for (int i = 0; i < 16; i++)
        w[i] = load_big(block + 8 * i, 8);
    for (int i = 16; i < 80; i++) {
        uint64_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (right64(a, 1) ^ right64(a, 8) ^ a >> 7) +
               (right64(b, 19) ^ right64(b, 61) ^ b >> 6);
    }
    for (int i = 0; i < 80; i++) {
        uint64_t a = v[0], e = v[4];
        uint64_t one = v[7] + (right64(e, 14) ^ right64(e, 18) ^ right64(e, 41)) +
                       ((e & v[5]) ^ (~e & v[6])) + sha2_roots[i] + w[i];
        uint64_t two = (right64(a, 28) ^ right64(a, 34) ^ right64(a, 39)) +
                       ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, (WORDS - 1) * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < WORDS; i++)
        state->words[i] += v[i];
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const digest_kind digests[] = {
    [BASE_MD5] = {md5_fold, {{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}}, 64, 4, 8, 16, true},
    [BASE_SHA1] =
        {sha1_fold, {{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}}, 64, 4, 8, 20},
    [BASE_SHA224] = {sha256_fold,
                     {{0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511,
                       0x64f98fa7, 0xbefa4fa4}},
                     64,
                     4,
                     8,
                     28},
    [BASE_SHA256] = {sha256_fold,
                     {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                       0x1f83d9ab, 0x5be0cd19}},
                     64,
                     4,
                     8,
                     32},
    [BASE_SHA384] = {sha512_fold,
                     {{0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17,
                       0x152fecd8f70e5939, 0x67332667ffc00b31, 0x8eb44a8768581511,
                       0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}},
                     128,
                     8,
                     16,
                     48},
    [BASE_SHA512] = {sha512_fold,
                     {{0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                       0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                       0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}},
                     128,
                     8,
                     16,
                     64},
};

static void store(uint64_t value, int32_t size, bool little_end, uint8_t *out) {
    for (int32_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> 8 * (little_end ? i : size - 1 - i));
}

int32_t base_digest(base_digest_kind kind, const void *bytes, int64_t size, uint8_t *out) {
    const digest_kind *d = &digests[kind];
    digest_state state = d->start;
    const uint8_t *at = bytes;
    int64_t left = size;
    for (; left >= d->block; left -= d->block, at += d->block)
        d->fold(&state, at);
    uint8_t tail[2 * BLOCK_MAX] = {0};
    if (left > 0)
        memcpy(tail, at, (size_t)left);
    tail[left] = 0x80;
    int32_t padded = left + 1 + d->length_bytes <= d->block ? d->block : 2 * d->block;
    store((uint64_t)size << 3, 8, d->little_end, tail + padded - 8);
    for (int32_t i = 0; i < padded; i += d->block)
        d->fold(&state, tail + i);
    for (int32_t i = 0; i < d->size; i += d->word)
        store(state.words[i / d->word], d->word, d->little_end, out + i);
    return d->size;
}
