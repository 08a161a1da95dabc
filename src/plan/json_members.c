/* Members of the plan document: texts, numbers, flags, types, and the errors about them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan/json_reader.h"

/* ---- errors and paths ------------------------------------------------------------------------ */

rask_status plan_json_damaged(plan_json_reader *r, const char *format, ...) {
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return rask_error_set(r->err, RASK_ERROR_VALIDATION, "damaged plan document at %s: %s",
                          r->path.data, message);
}

/* A failure of a lower floor, with the path in front. */
rask_status plan_json_failed(plan_json_reader *r, rask_status status) {
    rask_error_prefix(r->err, "damaged plan document at %s: ", r->path.data);
    return status;
}

int64_t plan_json_enter(plan_json_reader *r, const char *key) {
    int64_t length = r->path.length;
    base_strbuf_printf(&r->path, ".%s", key);
    return length;
}

int64_t plan_json_enter_item(plan_json_reader *r, size_t i) {
    int64_t length = r->path.length;
    base_strbuf_printf(&r->path, "[%zu]", i);
    return length;
}

void plan_json_leave(plan_json_reader *r, int64_t length) {
    r->path.length = length;
    r->path.data[length] = '\0';
}

const char *plan_json_kind_of(json *value) {
    return value == NULL ? "nothing" : yyjson_get_type_desc(value);
}

/* ---- simple members -------------------------------------------------------------------------- */

rask_status plan_json_read_text(plan_json_reader *r, json *value, const char **out) {
    if (!yyjson_is_str(value))
        return plan_json_damaged(r, "expected a text, found %s", plan_json_kind_of(value));
    *out = base_arena_strndup(r->arena, yyjson_get_str(value), (int64_t)yyjson_get_len(value));
    if (strlen(*out) != yyjson_get_len(value))
        return plan_json_damaged(r, "a name cannot have a NUL character in it");
    return RASK_OK;
}

rask_status plan_json_read_optional_text(plan_json_reader *r, json *value, const char **out) {
    *out = NULL;
    return value == NULL ? RASK_OK : plan_json_read_text(r, value, out);
}

rask_status plan_json_read_flag(plan_json_reader *r, json *value, bool *out) {
    *out = yyjson_get_bool(value);
    if (value != NULL && !yyjson_is_bool(value))
        return plan_json_damaged(r, "expected true or false, found %s", plan_json_kind_of(value));
    return RASK_OK;
}

/* An integer in [low, high]. */
rask_status plan_json_read_int(plan_json_reader *r, json *value, int64_t low, int64_t high,
                               int64_t *out) {
    if (!yyjson_is_int(value) ||
        (yyjson_is_uint(value) && yyjson_get_uint(value) > (uint64_t)INT64_MAX))
        return plan_json_damaged(r, "expected an integer, found %s", plan_json_kind_of(value));
    *out = yyjson_get_sint(value);
    if (*out < low || *out > high)
        return plan_json_damaged(r, "%lld is not between %lld and %lld", (long long)*out,
                                 (long long)low, (long long)high);
    return RASK_OK;
}

rask_status plan_json_read_optional_int(plan_json_reader *r, json *value, int64_t fallback,
                                        int64_t *out) {
    *out = fallback;
    return value == NULL ? RASK_OK : plan_json_read_int(r, value, 0, INT64_MAX, out);
}

rask_status plan_json_check_array(plan_json_reader *r, json *value) {
    if (!yyjson_is_arr(value))
        return plan_json_damaged(r, "expected an array, found %s", plan_json_kind_of(value));
    if (yyjson_arr_size(value) > INT32_MAX / 2)
        return plan_json_damaged(r, "the array is too long");
    return RASK_OK;
}

rask_status plan_json_read_texts(plan_json_reader *r, json *value, const char ***out,
                                 int32_t *count) {
    *count = 0;
    *out = NULL;
    if (value == NULL)
        return RASK_OK;
    RASK_TRY(plan_json_check_array(r, value));
    *count = (int32_t)yyjson_arr_size(value);
    *out = BASE_ARENA_ARRAY(r->arena, const char *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(plan_json_read_text(r, yyjson_arr_get(value, (size_t)i), &(*out)[i]));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

rask_status plan_json_read_type(plan_json_reader *r, json *value, const data_type **out) {
    const char *text;
    RASK_TRY(plan_json_read_text(r, value, &text));
    rask_status status = data_type_parse(text, (int64_t)strlen(text), NULL, out, r->err);
    return status == RASK_OK ? RASK_OK : plan_json_failed(r, status);
}

/* The place of a text in a list of choices. */
rask_status plan_json_read_choice(plan_json_reader *r, json *value, const char *const *choices,
                                  int32_t count, int32_t *out) {
    const char *text;
    RASK_TRY(plan_json_read_text(r, value, &text));
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    rask_status status = plan_json_damaged(r, "'%s' is not known here", text);
    const char *nearest = base_nearest_name(text, choices, count);
    if (nearest != NULL)
        rask_error_hint(r->err, "did you mean '%s'?", nearest);
    return status;
}
