/* LIKE: '%' stands for any text, '_' for one character that ends no line, as in Flink.
 *
 * A pattern is compiled to pieces: literal runs, '_' and '%'.  A literal pattern is compiled once,
 * any other for each row.  Patterns without '_' (the usual ones) never reach the general matcher:
 * literals are searched for as bytes. */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/utf8.h"
#include "func/kernel.h"
#include "func/table.h"

typedef enum piece_kind { PIECE_TEXT, PIECE_ONE, PIECE_ANY } piece_kind;

typedef struct piece {
    piece_kind kind;
    int32_t start, length; /* PIECE_TEXT: in pattern.text */
} piece;

typedef enum shape {
    SHAPE_EQUAL,    /* abc */
    SHAPE_PREFIX,   /* abc% */
    SHAPE_SUFFIX,   /* %abc */
    SHAPE_CONTAINS, /* %abc% */
    SHAPE_WORDS,    /* literals with '%' between them: a%b, %a%b% */
    SHAPE_GENERAL
} shape;

typedef struct pattern {
    shape shape;
    char *text; /* the literal runs, one after the other */
    int32_t text_length;
    piece *pieces;
    int32_t count;
} pattern;

/* ---- compiling ------------------------------------------------------------------------------- */

static void add_text(pattern *p, const char *bytes, int64_t size) {
    if (p->count == 0 || p->pieces[p->count - 1].kind != PIECE_TEXT)
        p->pieces[p->count++] = (piece){PIECE_TEXT, p->text_length, 0};
    memcpy(p->text + p->text_length, bytes, (size_t)size);
    p->text_length += (int32_t)size;
    p->pieces[p->count - 1].length += (int32_t)size;
}

static void add_wildcard(pattern *p, char c) {
    piece_kind kind = c == '%' ? PIECE_ANY : PIECE_ONE;
    if (kind == PIECE_ANY && p->count > 0 && p->pieces[p->count - 1].kind == PIECE_ANY)
        return;
    p->pieces[p->count++] = (piece){kind, 0, 0};
}

static bool has_one(const pattern *p) {
    for (int32_t i = 0; i < p->count; i++)
        if (p->pieces[i].kind == PIECE_ONE)
            return true;
    return false;
}

static shape shape_of(const pattern *p) {
    int32_t first = p->count > 0 && p->pieces[0].kind == PIECE_ANY;
    int32_t last = p->count > first && p->pieces[p->count - 1].kind == PIECE_ANY;
    int32_t between = p->count - first - last;
    if (has_one(p))
        return SHAPE_GENERAL;
    if (between > 1)
        return SHAPE_WORDS;
    if (p->count == 1 && first)
        return SHAPE_CONTAINS; /* '%' alone: contains the empty text */
    return first && last ? SHAPE_CONTAINS
           : first       ? SHAPE_SUFFIX
           : last        ? SHAPE_PREFIX
                         : SHAPE_EQUAL;
}

static rask_status invalid_sequence(const char *bytes, int64_t size, int64_t at, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid escape sequence '%.*s', %lld",
                          (int)size, bytes, (long long)base_utf8_length(bytes, at));
}

/* An escape character may stand before '%', '_' and itself only. */
static rask_status compile(base_arena *arena, const char *bytes, int64_t size, const char *escape,
                           int64_t escape_size, pattern *p, rask_error *err) {
    *p = (pattern){.text = base_arena_alloc(arena, size + 1),
                   .pieces = BASE_ARENA_ARRAY(arena, piece, size + 1)};
    for (int64_t offset = 0; offset < size;) {
        int64_t start = offset;
        base_utf8_next(bytes, size, &offset);
        bool is_escape = escape != NULL && offset - start == escape_size &&
                         memcmp(bytes + start, escape, (size_t)escape_size) == 0;
        if (!is_escape) {
            if (bytes[start] == '%' || bytes[start] == '_')
                add_wildcard(p, bytes[start]);
            else
                add_text(p, bytes + start, offset - start);
            continue;
        }
        int64_t meant = offset;
        base_utf8_next(bytes, size, &offset);
        bool known = meant < size && (bytes[meant] == '%' || bytes[meant] == '_' ||
                                      (offset - meant == escape_size &&
                                       memcmp(bytes + meant, escape, (size_t)escape_size) == 0));
        if (!known)
            return invalid_sequence(bytes, size, start, err);
        add_text(p, bytes + meant, offset - meant);
    }
    p->shape = shape_of(p);
    return RASK_OK;
}

static rask_status check_escape(const char *escape, int64_t size, rask_error *err) {
    if (base_utf8_length(escape, size) == 1)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid escape character '%.*s'", (int)size,
                          escape);
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool ends_line(int32_t code_point) {
    return code_point == '\n' || code_point == '\r' || code_point == 0x85 || code_point == 0x2028 ||
           code_point == 0x2029;
}

/* Takes one piece at *at; false where it does not fit. */
static bool take_piece(const pattern *p, const piece *next, const char *bytes, int64_t size,
                       int64_t *at) {
    if (next->kind == PIECE_TEXT) {
        if (next->length > size - *at ||
            memcmp(bytes + *at, p->text + next->start, (size_t)next->length) != 0)
            return false;
        *at += next->length;
        return true;
    }
    return *at < size && !ends_line(base_utf8_next(bytes, size, at));
}

/* After a piece that does not fit, the last '%' takes one character more and matching goes on
 * behind it; an earlier '%' need never be tried again. */
static bool match_general(const pattern *p, const char *bytes, int64_t size) {
    int32_t i = 0, any = -1;
    int64_t at = 0, any_at = 0;
    for (;;) {
        if (i < p->count && p->pieces[i].kind == PIECE_ANY) {
            any = i++;
            any_at = at;
            continue;
        }
        if (i < p->count ? take_piece(p, &p->pieces[i], bytes, size, &at) : at == size) {
            if (i == p->count)
                return true;
            i++;
            continue;
        }
        if (any < 0 || any_at >= size)
            return false;
        base_utf8_next(bytes, size, &any_at);
        at = any_at;
        i = any + 1;
    }
}

#ifdef __SSE2__
/* Where `word` (of at least two bytes) is in the text: sixteen places at once are looked at by the
 * word's first and last byte. */
static const char *find_word(const char *bytes, int64_t size, const char *word, int64_t length) {
    const __m128i first = _mm_set1_epi8(word[0]), last = _mm_set1_epi8(word[length - 1]);
    int64_t at = 0;
    for (; at + 16 + length - 1 <= size; at += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(bytes + at));
        __m128i b = _mm_loadu_si128((const __m128i *)(bytes + at + length - 1));
        int places =
            _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
        for (; places != 0; places &= places - 1) {
            const char *place = bytes + at + __builtin_ctz((unsigned)places);
            if (memcmp(place + 1, word + 1, (size_t)length - 1) == 0)
                return place;
        }
    }
    return memmem(bytes + at, (size_t)(size - at), word, (size_t)length);
}
#endif

static const char *find(const char *bytes, int64_t size, const char *word, int64_t length) {
    if (size < length)
        return NULL;
#ifdef __SSE2__
    if (length >= 2)
        return find_word(bytes, size, word, length);
#endif
    return memmem(bytes, (size_t)size, word, (size_t)length);
}

/* A literal at either end stands there; each other one is the first behind the one before. */
static bool match_words(const pattern *p, const char *bytes, int64_t size) {
    int32_t from = 0, to = p->count;
    const char *end = bytes + size;
    if (p->pieces[0].kind == PIECE_TEXT) {
        const piece *head = &p->pieces[from++];
        if (size < head->length || memcmp(bytes, p->text, (size_t)head->length) != 0)
            return false;
        bytes += head->length;
    }
    if (p->pieces[to - 1].kind == PIECE_TEXT) {
        const piece *tail = &p->pieces[--to];
        if (end - bytes < tail->length ||
            memcmp(end - tail->length, p->text + tail->start, (size_t)tail->length) != 0)
            return false;
        end -= tail->length;
    }
    for (; from < to; from++) {
        const piece *word = &p->pieces[from];
        if (word->kind == PIECE_ANY)
            continue;
        bytes = find(bytes, end - bytes, p->text + word->start, word->length);
        if (bytes == NULL)
            return false;
        bytes += word->length;
    }
    return true;
}

static bool matches(const pattern *p, const data_string *s) {
    const char *bytes = data_string_bytes(s);
    int64_t size = s->length, length = p->text_length;
    switch (p->shape) {
    case SHAPE_EQUAL:
        return size == length && memcmp(bytes, p->text, (size_t)length) == 0;
    case SHAPE_PREFIX:
        return size >= length && memcmp(bytes, p->text, (size_t)length) == 0;
    case SHAPE_SUFFIX:
        return size >= length && memcmp(bytes + size - length, p->text, (size_t)length) == 0;
    case SHAPE_CONTAINS:
        return find(bytes, size, p->text, length) != NULL;
    case SHAPE_WORDS:
        return match_words(p, bytes, size);
    case SHAPE_GENERAL:
        break;
    }
    return match_general(p, bytes, size);
}

/* ---- kernel ---------------------------------------------------------------------------------- */

static bool is_text(const data_value *value) {
    return value != NULL && !value->is_null;
}

static rask_status prepare_like(base_arena *arena, const func_infer_call *call,
                                const void **prepared, rask_error *err) {
    const data_value *text = call->literals[1];
    const data_value *escape = call->count > 2 ? call->literals[2] : NULL;
    *prepared = NULL;
    if (is_text(escape))
        RASK_TRY(check_escape(escape->text.bytes, escape->text.length, err));
    if (!is_text(text) || (call->count > 2 && !is_text(escape)))
        return RASK_OK;
    pattern *p = BASE_ARENA_NEW(arena, pattern);
    RASK_TRY(compile(arena, text->text.bytes, text->text.length,
                     escape != NULL ? escape->text.bytes : NULL,
                     escape != NULL ? escape->text.length : 0, p, err));
    *prepared = p;
    return RASK_OK;
}

static rask_status compile_row(const func_call *call, base_arena *arena, int32_t row, pattern *p,
                               rask_error *err) {
    const data_string *text = func_arg_text(call, 1, row);
    const data_string *escape = call->arg_count > 2 ? func_arg_text(call, 2, row) : NULL;
    if (escape != NULL)
        RASK_TRY(check_escape(data_string_bytes(escape), escape->length, err));
    return compile(arena, data_string_bytes(text), text->length,
                   escape != NULL ? data_string_bytes(escape) : NULL,
                   escape != NULL ? escape->length : 0, p, err);
}

static rask_status like_by_row(func_call *call, rask_error *err) {
    uint8_t *out = call->result->values;
    base_arena *arena = base_arena_new();
    rask_status status = RASK_OK;
    FUNC_EACH_LIVE_ROW(call, row) {
        pattern p;
        base_arena_reset(arena);
        func_failed_at(call, row);
        RASK_TRY_OUT(status, compile_row(call, arena, row, &p, err));
        out[row] = matches(&p, func_arg_text(call, 0, row));
    }
out:
    base_arena_free(arena);
    return status;
}

static rask_status like(func_call *call, rask_error *err) {
    const pattern *p = call->prepared;
    if (p == NULL)
        return like_by_row(call, err);
    uint8_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row)
    out[row] = matches(p, func_arg_text(call, 0, row));
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define LIKE_FORMS "'LIKE(<STRING>, <STRING>, <STRING>)'"

static const func_row rows[] = {
    {.name = "LIKE",
     .sig = "(STRING, STRING) -> BOOLEAN",
     .flags = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY,
     .kernel = like,
     .prepare = prepare_like,
     .sql = "%1 LIKE %2",
     .shown = "LIKE(%1, %2)",
     .api = "like",
     .category = "comparison",
     .forms = LIKE_FORMS,
     .doc = "Matches a pattern: % is any text, _ is one character.",
     .example = "'abc' LIKE 'a%'",
     .result = "TRUE",
     .cost = 10},
    {.name = "LIKE",
     .sig = "(STRING, STRING, STRING) -> BOOLEAN",
     .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL,
     .kernel = like,
     .prepare = prepare_like,
     .sql = "%1 LIKE %2 ESCAPE %3",
     .shown = "LIKE(%1, %2, %3)",
     .forms = LIKE_FORMS,
     .category = "comparison",
     .doc = "The same with a character that takes the meaning from % and _.",
     .example = "'a_b' LIKE 'a!_b' ESCAPE '!'",
     .result = "TRUE",
     .cost = 10},
};
FUNC_FAMILY(func_like_family, rows);
