/* Thrift's compact protocol; see parquet_thrift.h. */
#include "format/parquet_thrift.h"

#include <string.h>

enum { SKIP_DEPTH_MAX = 32 };

/* ---- reading --------------------------------------------------------------------------------- */

void thrift_reader_init(thrift_reader *in, const void *bytes, int64_t size) {
    *in = (thrift_reader){.start = bytes, .at = bytes, .end = (const uint8_t *)bytes + size};
}

void thrift_fail(thrift_reader *in, const char *failure) {
    if (in->failure == NULL)
        in->failure = failure;
    in->at = in->end;
}

static uint8_t read_byte(thrift_reader *in) {
    if (in->at < in->end)
        return *in->at++;
    thrift_fail(in, "it ends too early");
    return 0;
}

static uint64_t read_varint(thrift_reader *in) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t byte = read_byte(in);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    thrift_fail(in, "a number has more than ten bytes");
    return 0;
}

int64_t thrift_read_int(thrift_reader *in) {
    uint64_t value = read_varint(in);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

int8_t thrift_read_byte(thrift_reader *in) {
    return (int8_t)read_byte(in);
}

bool thrift_next_field(thrift_reader *in, int16_t *id, thrift_type *type) {
    uint8_t byte = read_byte(in);
    *type = (thrift_type)(byte & 0x0F);
    if (*type == THRIFT_STOP || in->failure != NULL)
        return false;
    *id = (byte >> 4) != 0 ? (int16_t)(*id + (byte >> 4)) : (int16_t)thrift_read_int(in);
    return in->failure == NULL;
}

const uint8_t *thrift_read_binary(thrift_reader *in, int64_t *length) {
    uint64_t size = read_varint(in);
    if (size > (uint64_t)(in->end - in->at)) {
        thrift_fail(in, "a text is longer than what is left");
        size = 0;
    }
    const uint8_t *bytes = in->at;
    in->at += size;
    *length = (int64_t)size;
    return bytes;
}

int32_t thrift_read_list(thrift_reader *in, thrift_type *element) {
    uint8_t byte = read_byte(in);
    uint64_t count = byte >> 4;
    *element = (thrift_type)(byte & 0x0F);
    if (count == 15)
        count = read_varint(in);
    if (count > (uint64_t)(in->end - in->at) || count > INT32_MAX) {
        thrift_fail(in, "a list is longer than what is left");
        return 0;
    }
    return (int32_t)count;
}

static void skip_struct(thrift_reader *in) {
    int16_t id = 0;
    thrift_type type;
    while (thrift_next_field(in, &id, &type))
        thrift_skip(in, type);
}

/* In a list or map a boolean is a byte, not part of its type. */
static void skip_element(thrift_reader *in, thrift_type element) {
    if (element == THRIFT_TRUE || element == THRIFT_FALSE)
        read_byte(in);
    else
        thrift_skip(in, element);
}

static void skip_list(thrift_reader *in) {
    thrift_type element;
    int32_t count = thrift_read_list(in, &element);
    for (int32_t i = 0; i < count && in->failure == NULL; i++)
        skip_element(in, element);
}

static void skip_map(thrift_reader *in) {
    uint64_t count = read_varint(in);
    uint8_t types = count > 0 ? read_byte(in) : 0;
    for (uint64_t i = 0; i < count && in->failure == NULL; i++) {
        skip_element(in, (thrift_type)(types >> 4));
        skip_element(in, (thrift_type)(types & 0x0F));
    }
}

void thrift_skip(thrift_reader *in, thrift_type type) {
    int64_t length;
    if (++in->depth > SKIP_DEPTH_MAX)
        thrift_fail(in, "values are nested too deeply");
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        break; /* a field's type is its value */
    case THRIFT_BYTE:
        read_byte(in);
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        read_varint(in);
        break;
    case THRIFT_DOUBLE:
        for (int i = 0; i < 8; i++)
            read_byte(in);
        break;
    case THRIFT_BINARY:
        thrift_read_binary(in, &length);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_list(in);
        break;
    case THRIFT_MAP:
        skip_map(in);
        break;
    case THRIFT_STRUCT:
        skip_struct(in);
        break;
    default:
        thrift_fail(in, "a value has an unknown type");
    }
    in->depth--;
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

void thrift_write_int(base_strbuf *out, int64_t value) {
    write_varint(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void thrift_write_field(base_strbuf *out, int16_t *last, int16_t id, thrift_type type) {
    int32_t step = id - *last;
    if (step > 0 && step < 16) {
        base_strbuf_add_char(out, (char)(step << 4 | (int)type));
    } else {
        base_strbuf_add_char(out, (char)type);
        thrift_write_int(out, id);
    }
    *last = id;
}

void thrift_write_stop(base_strbuf *out) {
    base_strbuf_add_char(out, THRIFT_STOP);
}

void thrift_write_binary(base_strbuf *out, const void *bytes, int64_t length) {
    write_varint(out, (uint64_t)length);
    base_strbuf_add(out, bytes, length);
}

void thrift_write_list(base_strbuf *out, thrift_type element, int32_t count) {
    int32_t shown = count < 15 ? count : 15;
    base_strbuf_add_char(out, (char)(shown << 4 | (int)element));
    if (shown == 15)
        write_varint(out, (uint64_t)count);
}

void thrift_field_int(base_strbuf *out, int16_t *last, int16_t id, thrift_type type,
                      int64_t value) {
    thrift_write_field(out, last, id, type);
    if (type == THRIFT_BYTE)
        base_strbuf_add_char(out, (char)value);
    else
        thrift_write_int(out, value);
}

void thrift_field_bool(base_strbuf *out, int16_t *last, int16_t id, bool value) {
    thrift_write_field(out, last, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_field_binary(base_strbuf *out, int16_t *last, int16_t id, const void *bytes,
                         int64_t length) {
    thrift_write_field(out, last, id, THRIFT_BINARY);
    thrift_write_binary(out, bytes, length);
}
