/* The csv format's options: their table, and the dialect they add up to. */
#include <string.h>

#include "base/utf8.h"
#include "format/csv.h"
#include "format/format_options.h"

const plan_option csv_options[] = {
    {.key = "field-delimiter",
     .fallback = ",",
     .doc = "Between fields; one character, also as \\t or \\u0001."},
    {.key = "disable-quote-character",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Quotes are letters like any other."},
    {.key = "quote-character",
     .fallback = "\"",
     .doc = "Around fields that hold delimiters or line ends; doubled inside."},
    {.key = "allow-comments",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Skips lines that start with #, and empty ones."},
    {.key = "ignore-parse-errors",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Fields that cannot be read become NULL, damaged rows are skipped."},
    {.key = "array-element-delimiter",
     .fallback = ";",
     .doc = "Between the elements of an array or row."},
    {.key = "escape-character", .doc = "Takes the meaning from the character behind it."},
    {.key = "null-literal", .doc = "The text that stands for NULL."},
    {.key = "write-bigdecimal-in-scientific-notation",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "true",
     .doc = "Decimals may be written with an exponent: 1E+2."},
    {.key = "fail-on-missing-columns",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "A row with fewer fields than columns is an error."},
    {.key = "empty-string-as-null",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "An empty field is NULL."},
    {.key = "trim-spaces",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Blanks around unquoted fields are dropped."},
    {.key = "ignore-trailing-unmappable",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "More fields than columns are no error."},
    {.key = "allow-trailing-comma",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "true",
     .doc = "One delimiter behind the last field is no error."},
    {.key = NULL},
};

const plan_option csv_legacy_options[] = {
    {.key = "field-delimiter", .fallback = ",", .doc = "Between fields; any short text."},
    {.key = "line-delimiter", .fallback = "\n", .doc = "Between rows; any short text."},
    {.key = "quote-character", .doc = "Around fields that hold delimiters."},
    {.key = "comment-prefix", .doc = "Lines that start so are skipped."},
    {.key = "ignore-first-line",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "The first line of each file is a header."},
    {.key = "ignore-parse-errors",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Fields that cannot be read become NULL, rows that are too short are skipped."},
    {.key = NULL},
};

static const plan_option *options_of(const plan_table *table) {
    return table->is_legacy ? csv_legacy_options : csv_options;
}

static const char *text_option(const plan_table *table, const char *key) {
    return format_option(table, "csv", options_of(table), key);
}

/* Bytes of the character at `text`, by its first byte. */
static int32_t character_length(const char *text) {
    uint8_t first = (uint8_t)text[0];
    int32_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    int32_t available = (int32_t)strnlen(text, 4);
    return length < available ? length : available;
}

static int32_t hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \uXXXX at `text` (behind the u's), or -1. */
static int32_t unicode_escape(const char *text) {
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int32_t digit = hex_digit(text[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* Java escapes (\t, \u0001, \101 ...) resolved; what is no escape stays. */
static void unescape_java(const char *text, base_strbuf *out) {
    static const char letters[] = "btnfr\"'\\", meanings[] = "\b\t\n\f\r\"'\\";
    while (*text != '\0') {
        if (text[0] != '\\' || text[1] == '\0') {
            base_strbuf_add_char(out, *text++);
            continue;
        }
        const char *known = strchr(letters, text[1]);
        const char *digits = text + 1;
        if (known != NULL) {
            base_strbuf_add_char(out, meanings[known - letters]);
            text += 2;
        } else if (text[1] == 'u') {
            while (*digits == 'u')
                digits++;
            int32_t code = unicode_escape(digits);
            char bytes[4];
            if (code < 0) {
                base_strbuf_add_char(out, *text++);
                continue;
            }
            base_strbuf_add(out, bytes, base_utf8_put(code, bytes));
            text = digits + 4;
        } else {
            base_strbuf_add_char(out, text[1]);
            text += 2;
        }
    }
}

static bool set_mark(csv_mark *mark, const char *text, int64_t length) {
    if (length > CSV_MARK_BYTES_MAX)
        return false;
    memcpy(mark->bytes, text, (size_t)length);
    mark->bytes[length] = '\0';
    mark->length = (int32_t)length;
    return true;
}

/* Flink's rule: exactly one character, where the option is set. */
static rask_status single_character(const plan_table *table, const char *key, bool java_escapes,
                                    csv_mark *out, rask_error *err) {
    const char *text = text_option(table, key);
    if (text == NULL)
        return RASK_OK;
    base_strbuf plain;
    base_strbuf_init(&plain, INT32_MAX);
    if (java_escapes)
        unescape_java(text, &plain);
    else
        base_strbuf_add_text(&plain, text);
    bool fits = plain.length > 0 && character_length(plain.data) == plain.length &&
                set_mark(out, plain.data, plain.length);
    base_strbuf_free(&plain);
    if (!fits)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'csv.%s' must be a string with single character, but was: %s",
                              key, text);
    return RASK_OK;
}

static rask_status flag(const plan_table *table, const char *key, bool *out, rask_error *err) {
    return format_option_bool(table, "csv", options_of(table), key, out, err);
}

static rask_status read_dialect(const plan_table *table, csv_dialect *out, rask_error *err) {
    const char *quote_key = "csv.quote-character";
    bool no_quote = false;
    RASK_TRY(flag(table, "disable-quote-character", &no_quote, err));
    if (no_quote && plan_table_option(table, quote_key) != NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Format cannot define a quote character and disabled quote character "
                              "at the same time.");
    RASK_TRY(single_character(table, "field-delimiter", true, &out->delimiter, err));
    RASK_TRY(single_character(table, "array-element-delimiter", false, &out->array_delimiter, err));
    if (!no_quote)
        RASK_TRY(single_character(table, "quote-character", false, &out->quote, err));
    RASK_TRY(single_character(table, "escape-character", false, &out->escape, err));
    RASK_TRY(flag(table, "allow-comments", &out->allow_comments, err));
    RASK_TRY(flag(table, "trim-spaces", &out->trim_spaces, err));
    RASK_TRY(flag(table, "allow-trailing-comma", &out->allow_trailing_delimiter, err));
    RASK_TRY(flag(table, "ignore-trailing-unmappable", &out->ignore_trailing, err));
    RASK_TRY(flag(table, "fail-on-missing-columns", &out->fail_on_missing, err));
    RASK_TRY(flag(table, "empty-string-as-null", &out->empty_as_null, err));
    RASK_TRY(
        flag(table, "write-bigdecimal-in-scientific-notation", &out->scientific_decimals, err));
    out->null_literal = text_option(table, "null-literal");
    out->null_literal_length = out->null_literal != NULL ? (int64_t)strlen(out->null_literal) : 0;
    /* The delimiter is looked for first. */
    if (out->quote.length == out->delimiter.length &&
        memcmp(out->quote.bytes, out->delimiter.bytes, (size_t)out->quote.length) == 0)
        out->quote.length = 0;
    return RASK_OK;
}

static rask_status short_text(const plan_table *table, const char *key, csv_mark *out,
                              rask_error *err) {
    const char *text = text_option(table, key);
    if (text == NULL || set_mark(out, text, (int64_t)strlen(text)))
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Option 'csv.%s' must have at most %d bytes, but was: %s", key,
                          CSV_MARK_BYTES_MAX, text);
}

static rask_status read_legacy_dialect(const plan_table *table, csv_dialect *out, rask_error *err) {
    out->is_legacy = true;
    out->ignore_trailing = true;
    RASK_TRY(short_text(table, "field-delimiter", &out->delimiter, err));
    RASK_TRY(short_text(table, "line-delimiter", &out->line_delimiter, err));
    RASK_TRY(short_text(table, "comment-prefix", &out->comment_prefix, err));
    RASK_TRY(single_character(table, "quote-character", false, &out->quote, err));
    RASK_TRY(flag(table, "ignore-first-line", &out->ignore_first_line, err));
    if (out->delimiter.length == 0 || out->line_delimiter.length == 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The field and line delimiters of the csv format cannot be empty.");
    return RASK_OK;
}

static void note_stop(bool *stops, const csv_mark *mark) {
    if (mark->length > 0)
        stops[(uint8_t)mark->bytes[0]] = true;
}

static void note_stops(csv_dialect *dialect) {
    dialect->stops_text['\n'] = dialect->stops_text['\r'] = true;
    note_stop(dialect->stops_text, &dialect->delimiter);
    note_stop(dialect->stops_text, &dialect->escape);
    note_stop(dialect->stops_quoted, &dialect->quote);
    note_stop(dialect->stops_quoted, &dialect->escape);
}

rask_status csv_dialect_read(const format_config *config, csv_dialect *out, rask_error *err) {
    csv_dialect dialect = {0};
    const plan_table *table = config->table;
    RASK_TRY(flag(table, "ignore-parse-errors", &dialect.ignore_parse_errors, err));
    RASK_TRY(table->is_legacy ? read_legacy_dialect(table, &dialect, err)
                              : read_dialect(table, &dialect, err));
    note_stops(&dialect);
    *out = dialect;
    return RASK_OK;
}

rask_status csv_check(const format_config *config, bool as_writer, rask_error *err) {
    csv_dialect dialect;
    RASK_TRY(csv_dialect_read(config, &dialect, err));
    for (int32_t i = 0; i < config->schema->count; i++) {
        const data_type *type = config->schema->types[i];
        if (as_writer ? csv_writes_type(type) : csv_converter_for(&dialect, type) != NULL)
            continue;
        return format_refuse_type(config, i, err);
    }
    return RASK_OK;
}

csv_splitter csv_splitter_for(const csv_dialect *dialect) {
    bool one_byte = dialect->delimiter.length == 1 && dialect->quote.length <= 1;
    if (dialect->is_legacy) {
        bool lines = strcmp(dialect->line_delimiter.bytes, "\n") == 0;
        bool plain = lines && dialect->quote.length == 0 && dialect->comment_prefix.length == 0;
        return one_byte && plain ? csv_split_plain : csv_split_legacy;
    }
    bool line_ends = strchr("\r\n", dialect->delimiter.bytes[0]) != NULL ||
                     (dialect->quote.length > 0 && strchr("\r\n", dialect->quote.bytes[0]) != NULL);
    bool plain = dialect->escape.length == 0 && !dialect->trim_spaces && !dialect->allow_comments;
    return one_byte && plain && !line_ends ? csv_split_plain : csv_split_general;
}
