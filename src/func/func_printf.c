/* PRINTF: texts by Java's format strings (java.util.Formatter, its conversions b h s c d o x e f g
 * a % n; dates by %t are refused).
 *
 * What Formatter throws at gives NULL, as in Flink.  Values are what Flink's runtime holds: a DATE
 * is its number of days, a TIME of milliseconds, an INTERVAL of milliseconds or months, and a
 * DECIMAL can only be printed by %s. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "func/java.h"
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"

enum { WIDTH_MAX = 1024 * 1024, TEXT_MAX = 1 << 30, DIGITS_MAX = 20 };

/* ---- arguments ------------------------------------------------------------------------------- */

typedef enum argument_class {
    ARGUMENT_NULL,
    ARGUMENT_BOOLEAN,
    ARGUMENT_INTEGER,
    ARGUMENT_REAL,
    ARGUMENT_TEXT, /* also what only %s prints */
    ARGUMENT_OTHER
} argument_class;

typedef struct argument {
    argument_class class;
    int32_t bits; /* INTEGER */
    int64_t integer;
    double real;
    const data_column *column;
    int64_t at;
} argument;

static argument load_argument(const data_column *column, int32_t row) {
    argument a = {.class = ARGUMENT_INTEGER, .column = column, .at = func_at(column, row)};
    if (data_column_is_null(column, row))
        return (argument){.class = ARGUMENT_NULL};
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
        a.class = ARGUMENT_BOOLEAN;
        a.integer = ((const uint8_t *)column->values)[a.at];
        break;
    case DATA_PHYSICAL_F32:
        a.class = ARGUMENT_REAL;
        a.real = (double)((const float *)column->values)[a.at];
        break;
    case DATA_PHYSICAL_F64:
        a.class = ARGUMENT_REAL;
        a.real = ((const double *)column->values)[a.at];
        break;
    case DATA_PHYSICAL_STRING:
        a.class = ARGUMENT_TEXT;
        break;
    default:
        break;
    }
    if (column->type->kind == DATA_DECIMAL || column->type->kind == DATA_TIMESTAMP ||
        column->type->kind == DATA_TIMESTAMP_LTZ)
        a.class = ARGUMENT_OTHER;
    if (a.class == ARGUMENT_INTEGER) {
        func_block one = {.start = (int32_t)a.at, .count = 1};
        a.bits = 8 * data_physical_width(column->physical);
        func_load_i64(column, &one, &a.integer);
    }
    return a;
}

/* What toString() gives. */
static void add_argument_text(const argument *a, base_strbuf *out) {
    const data_kind kind = a->class == ARGUMENT_NULL ? DATA_NULL : a->column->type->kind;
    char text[BASE_NUMBER_TEXT_MAX];
    if (a->class == ARGUMENT_NULL)
        base_strbuf_add_text(out, "null");
    else if (a->class == ARGUMENT_BOOLEAN)
        base_strbuf_add_text(out, a->integer != 0 ? "true" : "false");
    else if (a->class == ARGUMENT_INTEGER)
        base_strbuf_add(out, text, base_i64_format(a->integer, text));
    else if (kind == DATA_TIMESTAMP || kind == DATA_TIMESTAMP_LTZ)
        func_stamp_write_iso(func_stamp_nanos(a->column, a->at), out);
    else
        data_column_print(a->column, a->at, 0, out);
}

/* ---- format specifiers ----------------------------------------------------------------------- */

enum { MINUS = 1, HASH = 2, PLUS = 4, SPACE = 8, ZERO = 16, COMMA = 32, PAREN = 64 };
static const char flag_letters[] = "-#+ 0,(";

static const struct {
    char letter;
    uint32_t flags; /* that it takes */
    bool has_precision, has_upper;
} conversions[] = {
    {'b', MINUS, true, true},
    {'h', MINUS, true, true},
    {'s', MINUS, true, true},
    {'c', MINUS, false, true},
    {'d', MINUS | PLUS | SPACE | ZERO | COMMA | PAREN, false, false},
    {'o', MINUS | HASH | ZERO, false, false},
    {'x', MINUS | HASH | ZERO, false, true},
    {'e', MINUS | HASH | PLUS | SPACE | ZERO | PAREN, true, true},
    {'f', MINUS | HASH | PLUS | SPACE | ZERO | COMMA | PAREN, true, false},
    {'g', MINUS | PLUS | SPACE | ZERO | COMMA | PAREN, true, true},
    {'a', MINUS | PLUS | SPACE | ZERO, false, true},
    {'%', MINUS, false, false},
    {'n', 0, false, false},
};

typedef struct specifier {
    int32_t index; /* 1-based; 0 = the next one, -1 = the last one again */
    uint32_t flags;
    int32_t width, precision; /* -1 = none */
    char letter;              /* in lower case */
    bool upper;
} specifier;

/* Digits up to `end`; -1 where they are too many. */
static int64_t read_number(const char **at, const char *end) {
    int64_t value = 0;
    for (; *at < end && isdigit((unsigned char)**at); (*at)++)
        if (value <= INT32_MAX)
            value = value * 10 + (**at - '0');
    return value <= INT32_MAX ? value : -1;
}

static bool read_flags(const char **at, const char *end, specifier *s) {
    for (; *at < end && **at != '\0'; (*at)++) {
        const char *flag = strchr(flag_letters, **at);
        if (**at == '<') {
            s->index = -1;
            continue;
        }
        if (flag == NULL)
            return true;
        uint32_t bit = 1u << (flag - flag_letters);
        if ((s->flags & bit) != 0)
            return false;
        s->flags |= bit;
    }
    return true;
}

static bool read_index(const char **at, const char *end, specifier *s) {
    const char *start = *at;
    if (start < end && *start >= '1' && *start <= '9') {
        int64_t index = read_number(at, end);
        if (*at < end && **at == '$' && index > 0) {
            s->index = (int32_t)index;
            (*at)++;
            return true;
        }
        *at = start;
    }
    return true;
}

static bool is_consistent(const specifier *s, uint32_t allowed, bool has_precision) {
    if ((s->flags & ~allowed) != 0 || (s->precision >= 0 && !has_precision))
        return false;
    if ((s->flags & (MINUS | ZERO)) != 0 && s->width < 0)
        return false;
    return (s->flags & (PLUS | SPACE)) != (PLUS | SPACE) &&
           (s->flags & (MINUS | ZERO)) != (MINUS | ZERO);
}

/* Behind the '%'; false where Formatter throws. */
static bool read_specifier(const char **at, const char *end, specifier *s) {
    *s = (specifier){.width = -1, .precision = -1};
    read_index(at, end, s);
    if (!read_flags(at, end, s))
        return false;
    if (*at < end && isdigit((unsigned char)**at))
        s->width = (int32_t)read_number(at, end);
    if (*at < end && **at == '.') {
        (*at)++;
        if (*at == end || !isdigit((unsigned char)**at))
            return false;
        s->precision = (int32_t)read_number(at, end);
    }
    if (*at == end)
        return false;
    char c = *(*at)++;
    s->upper = isupper((unsigned char)c) != 0;
    s->letter = (char)tolower((unsigned char)c);
    if (s->letter == 't')
        return true;
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
        if (conversions[i].letter == s->letter)
            return (!s->upper || conversions[i].has_upper) && (s->letter != 'n' || s->width < 0) &&
                   is_consistent(s, conversions[i].flags, conversions[i].has_precision);
    return false;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* The shortest decimal of a double: 0.d1d2d3... * 10^point. */
typedef struct decimal_digits {
    char digits[DIGITS_MAX + 1];
    int32_t count, point;
} decimal_digits;

static decimal_digits digits_of(double magnitude) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_double_format(magnitude, text), exponent = 0;
    decimal_digits d = {.count = 0};
    bool seen_point = false;
    for (int32_t i = 0; i < length; i++) {
        if (text[i] == 'E') {
            int64_t parsed = 0;
            base_i64_parse(text + i + 1, length - i - 1, &parsed);
            exponent = (int32_t)parsed;
            break;
        }
        if (text[i] == '.') {
            seen_point = true;
        } else if (d.count > 0 || text[i] != '0') {
            if (d.count < DIGITS_MAX)
                d.digits[d.count++] = text[i];
            d.point += !seen_point;
        } else if (seen_point) {
            d.point--;
        }
    }
    d.point += exponent;
    while (d.count > 0 && d.digits[d.count - 1] == '0')
        d.count--;
    return d;
}

/* Keeps `kept` digits, rounding half up; `kept` <= 0 may round up to one digit. */
static void round_digits(decimal_digits *d, int32_t kept) {
    if (kept >= d->count)
        return;
    bool up = kept >= 0 && d->digits[kept] >= '5';
    d->count = kept < 0 ? 0 : kept;
    for (int32_t i = d->count - 1; up && i >= 0; i--) {
        up = d->digits[i] == '9';
        d->digits[i] = up ? '0' : (char)(d->digits[i] + 1);
    }
    if (up) {
        memmove(d->digits + 1, d->digits, (size_t)d->count);
        d->digits[0] = '1';
        d->count++;
        d->point++;
    }
}

static char digit_at(const decimal_digits *d, int32_t i) {
    return i >= 0 && i < d->count ? d->digits[i] : '0';
}

static void add_fixed(decimal_digits *d, int32_t places, bool grouped, bool pointed,
                      base_strbuf *out) {
    round_digits(d, d->point + places);
    if (d->point <= 0)
        base_strbuf_add_char(out, '0');
    for (int32_t i = 0; i < d->point; i++) {
        if (grouped && i > 0 && (d->point - i) % 3 == 0)
            base_strbuf_add_char(out, ',');
        base_strbuf_add_char(out, digit_at(d, i));
    }
    if (places > 0 || pointed)
        base_strbuf_add_char(out, '.');
    for (int32_t i = 0; i < places; i++)
        base_strbuf_add_char(out, digit_at(d, d->point + i));
}

static void add_scientific(decimal_digits *d, int32_t places, bool pointed, base_strbuf *out) {
    round_digits(d, places + 1);
    int32_t exponent = d->count > 0 ? d->point - 1 : 0;
    base_strbuf_add_char(out, digit_at(d, 0));
    if (places > 0 || pointed)
        base_strbuf_add_char(out, '.');
    for (int32_t i = 1; i <= places; i++)
        base_strbuf_add_char(out, digit_at(d, i));
    base_strbuf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+',
                       exponent < 0 ? -exponent : exponent);
}

/* As %f where that shows `precision` digits, else as %e. */
static void add_general(decimal_digits *d, int32_t precision, bool grouped, base_strbuf *out) {
    precision = precision == 0 ? 1 : precision;
    round_digits(d, precision);
    int32_t exponent = d->point - 1;
    if (d->count == 0 || (exponent >= -4 && exponent < precision))
        add_fixed(d, d->count == 0 ? precision - 1 : precision - 1 - exponent, grouped, false, out);
    else
        add_scientific(d, precision - 1, false, out);
}

/* 0x1.8p1, as Double.toHexString. */
static void add_hexadecimal(double magnitude, base_strbuf *out) {
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    int32_t exponent = (int32_t)(bits >> 52 & 0x7FF);
    uint64_t fraction = bits & ((1ULL << 52) - 1);
    if (exponent == 0 && fraction == 0) {
        base_strbuf_add_text(out, "0x0.0p0");
        return;
    }
    base_strbuf_add_text(out, exponent == 0 ? "0x0." : "0x1.");
    do {
        base_strbuf_add_char(out, "0123456789abcdef"[fraction >> 48 & 15]);
        fraction = fraction << 4 & ((1ULL << 52) - 1);
    } while (fraction != 0);
    base_strbuf_printf(out, "p%d", exponent == 0 ? -1022 : exponent - 1023);
}

static void add_magnitude(const specifier *s, double magnitude, base_strbuf *out) {
    int32_t precision = s->precision < 0 ? 6 : s->precision;
    bool grouped = (s->flags & COMMA) != 0, pointed = (s->flags & HASH) != 0;
    if (s->letter == 'a') {
        add_hexadecimal(magnitude, out);
        return;
    }
    decimal_digits d = digits_of(magnitude);
    if (s->letter == 'f')
        add_fixed(&d, precision, grouped, pointed, out);
    else if (s->letter == 'e')
        add_scientific(&d, precision, pointed, out);
    else
        add_general(&d, precision, grouped, out);
}

static void add_decimal_integer(const specifier *s, int64_t value, base_strbuf *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_i64_format(value, text), first = value < 0;
    for (int32_t i = first; i < length; i++) {
        if ((s->flags & COMMA) != 0 && i > first && (length - i) % 3 == 0)
            base_strbuf_add_char(out, ',');
        base_strbuf_add_char(out, text[i]);
    }
}

/* The number behind its sign, filled with zeros where asked; `body` has no sign. */
static void add_signed(const specifier *s, bool negative, const base_strbuf *body, bool may_fill,
                       base_strbuf *out) {
    bool parentheses = negative && (s->flags & PAREN) != 0;
    char sign = parentheses               ? '('
                : negative                ? '-'
                : (s->flags & PLUS) != 0  ? '+'
                : (s->flags & SPACE) != 0 ? ' '
                                          : '\0';
    int64_t used = body->length + (sign != '\0') + parentheses;
    if (sign != '\0')
        base_strbuf_add_char(out, sign);
    bool prefixed = strncmp(body->data, "0x", 2) == 0;
    if (prefixed)
        base_strbuf_add(out, body->data, 2);
    for (; may_fill && (s->flags & ZERO) != 0 && used < s->width; used++)
        base_strbuf_add_char(out, '0');
    base_strbuf_add_text(out, body->data + (prefixed ? 2 : 0));
    if (parentheses)
        base_strbuf_add_char(out, ')');
}

static void add_real(const specifier *s, double value, base_strbuf *out) {
    base_strbuf body;
    base_strbuf_init(&body, TEXT_MAX);
    if (isnan(value)) {
        base_strbuf_add_text(out, "NaN");
    } else {
        if (isinf(value))
            base_strbuf_add_text(&body, "Infinity");
        else
            add_magnitude(s, fabs(value), &body);
        add_signed(s, signbit(value) != 0, &body, !isinf(value), out);
    }
    base_strbuf_free(&body);
}

static void add_integer(const specifier *s, const argument *a, base_strbuf *out) {
    base_strbuf body;
    base_strbuf_init(&body, TEXT_MAX);
    uint64_t bits = (uint64_t)a->integer;
    if (a->bits < 64)
        bits &= (1ULL << a->bits) - 1;
    bool prefixed = (s->flags & HASH) != 0;
    if (s->letter == 'd')
        add_decimal_integer(s, a->integer, &body);
    else if (s->letter == 'x')
        base_strbuf_printf(&body, "%s%llx", prefixed ? "0x" : "", (unsigned long long)bits);
    else
        base_strbuf_printf(&body, "%s%llo", prefixed ? "0" : "", (unsigned long long)bits);
    add_signed(s, s->letter == 'd' && a->integer < 0, &body, true, out);
    base_strbuf_free(&body);
}

/* ---- one conversion -------------------------------------------------------------------------- */

static bool is_number_letter(char letter) {
    return strchr("doxefga", letter) != NULL;
}

/* %c; false where the number is no character. */
static bool add_character(const argument *a, base_strbuf *out) {
    char bytes[4];
    if (a->class != ARGUMENT_INTEGER || a->bits > 32 || a->integer < 0 || a->integer > 0x10FFFF)
        return false;
    base_strbuf_add(out, bytes, base_utf8_put((int32_t)a->integer, bytes));
    return true;
}

static bool add_number(const specifier *s, const argument *a, base_strbuf *out) {
    bool is_integer = strchr("dox", s->letter) != NULL;
    if (a->class == ARGUMENT_INTEGER && is_integer)
        add_integer(s, a, out);
    else if (a->class == ARGUMENT_REAL && !is_integer)
        add_real(s, a->real, out);
    else
        return false;
    return true;
}

/* %h of what has the same hash in Flink's runtime as in Java. */
static bool add_hash(const argument *a, base_strbuf *out) {
    if (a->class == ARGUMENT_BOOLEAN)
        base_strbuf_printf(out, "%x", a->integer != 0 ? 1231 : 1237);
    else if (a->class == ARGUMENT_INTEGER)
        base_strbuf_printf(out, "%x",
                           a->bits < 64
                               ? (uint32_t)a->integer
                               : (uint32_t)((uint64_t)a->integer ^ (uint64_t)a->integer >> 32));
    else
        return false;
    return true;
}

typedef enum outcome { PRINTED, THROWN, REFUSED } outcome;

/* The text before width and case are looked at. */
static outcome add_body(const specifier *s, const argument *a, base_strbuf *out) {
    if (s->letter == '%' || s->letter == 'n') {
        base_strbuf_add_char(out, s->letter == '%' ? '%' : '\n');
        return PRINTED;
    }
    if (s->letter == 'b') {
        bool truth = a->class == ARGUMENT_BOOLEAN ? a->integer != 0 : a->class != ARGUMENT_NULL;
        base_strbuf_add_text(out, truth ? "true" : "false");
        return PRINTED;
    }
    if (a->class == ARGUMENT_NULL || s->letter == 's') {
        add_argument_text(a, out);
        return PRINTED;
    }
    if (s->letter == 'h')
        return add_hash(a, out) ? PRINTED : REFUSED;
    if (s->letter == 't')
        return a->class == ARGUMENT_INTEGER && a->bits == 64 ? REFUSED : THROWN;
    bool printed = s->letter == 'c' ? add_character(a, out) : add_number(s, a, out);
    return printed ? PRINTED : THROWN;
}

static void add_upper(const char *bytes, int64_t size, base_strbuf *out) {
    for (int64_t at = 0; at < size;) {
        char text[12];
        int32_t c = base_utf8_next(bytes, size, &at);
        base_strbuf_add(out, text, func_java_upper(c < 0 ? 0xFFFD : c, text));
    }
}

/* Body, cut to the precision, in the right case, at the right place of the width. */
static outcome add_conversion(const specifier *s, const argument *a, base_strbuf *out) {
    base_strbuf body;
    base_strbuf_init(&body, TEXT_MAX);
    outcome result = add_body(s, a, &body);
    int64_t size = body.length;
    if (s->precision >= 0 && (a->class == ARGUMENT_NULL || !is_number_letter(s->letter)))
        size = base_utf8_offset(body.data, size, s->precision);
    int64_t blanks = s->width - base_utf8_length(body.data, size);
    bool left = (s->flags & MINUS) != 0;
    for (int64_t i = 0; !left && i < blanks; i++)
        base_strbuf_add_char(out, ' ');
    if (s->upper)
        add_upper(body.data, size, out);
    else
        base_strbuf_add(out, body.data, size);
    for (int64_t i = 0; left && i < blanks; i++)
        base_strbuf_add_char(out, ' ');
    base_strbuf_free(&body);
    return result;
}

/* ---- whole formats --------------------------------------------------------------------------- */

/* The argument a specifier means; false where there is none. */
static bool find_argument(const func_call *call, int32_t row, const specifier *s, int32_t *next,
                          int32_t *last, argument *out) {
    *out = (argument){.class = ARGUMENT_NULL};
    if (s->letter == '%' || s->letter == 'n')
        return true;
    if (s->index == 0)
        *last = ++*next;
    else if (s->index > 0)
        *last = s->index;
    if (*last < 1 || *last >= call->arg_count)
        return false;
    *out = load_argument(call->args[*last], row);
    return true;
}

static outcome print_row(const func_call *call, int32_t row, base_strbuf *out) {
    const data_string *format = func_arg_text(call, 0, row);
    const char *at = data_string_bytes(format), *end = at + format->length;
    int32_t next = 0, last = 0;
    while (at < end) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        if (percent == NULL)
            percent = end;
        base_strbuf_add(out, at, percent - at);
        if (percent == end)
            break;
        at = percent + 1;
        specifier s;
        argument a;
        if (!read_specifier(&at, end, &s) || !find_argument(call, row, &s, &next, &last, &a))
            return THROWN;
        if (s.width > WIDTH_MAX || s.precision > WIDTH_MAX)
            return REFUSED;
        outcome result = add_conversion(&s, &a, out);
        if (result != PRINTED)
            return result;
    }
    return PRINTED;
}

static rask_status printf_kernel(func_call *call, rask_error *err) {
    func_text text;
    base_strbuf printed;
    rask_status status = RASK_OK;
    base_strbuf_init(&printed, TEXT_MAX);
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_ROW (call, row) {
        outcome result = THROWN;
        base_strbuf_clear(&printed);
        if (!data_column_is_null(call->args[0], row))
            result = print_row(call, row, &printed);
        if (result == REFUSED || printed.overflowed) {
            const data_string *format = func_arg_text(call, 0, row);
            func_failed_at(call, row);
            status = rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                                    "PRINTF cannot print by '%.*s': dates (%%t), hashes of texts "
                                    "(%%h) and widths over %d are not supported",
                                    (int)format->length, data_string_bytes(format), WIDTH_MAX);
            goto out;
        }
        if (result == THROWN) {
            base_strbuf_clear(&printed);
            data_column_set_null(call->result, row);
        }
        RASK_TRY_OUT(status, func_text_set(&text, row, printed.data, printed.length, err));
    }
out:
    base_strbuf_free(&printed);
    return func_text_finish(&text, status, err);
}

/* Bytes and nested values would be printed as addresses. */
static rask_status printf_type(const func_infer_call *call, const data_type **result,
                               rask_error *err) {
    for (int32_t i = 1; i < call->count; i++)
        if (data_kind_is_binary(call->types[i]->kind) || data_type_child_count(call->types[i]) > 0)
            return rask_error_set(err, RASK_ERROR_VALIDATION,
                                  "PRINTF has no text for bytes, arrays, maps and rows; "
                                  "CAST them to STRING");
    *result = data_type_string(true);
    return RASK_OK;
}

#define PRINTF_ROW(signature)                                                                      \
    .name = "PRINTF", .sig = signature, .nulls = FUNC_SEES_NULLS,                                  \
    .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL, .kernel = printf_kernel, .infer = printf_type,   \
    .category = "string", .cost = 200

static const func_row rows[] = {
    {PRINTF_ROW("(STRING, ANY...) -> INFER"), .api = "printf",
     .forms = "PRINTF(format <CHARACTER_STRING>, obj <ANY>...)",
     .doc = "A text with values put in by Java's format strings; NULL where they do not fit.",
     .example = "PRINTF('%d %s', 5, 'x')", .result = "5 x"},
    {PRINTF_ROW("(STRING) -> INFER"), .doc = "The format itself."},
};
FUNC_FAMILY(func_printf_family, rows);
