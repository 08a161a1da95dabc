/* Configuration of a session: set values by key, checked against the table of known options. */
#include "plan/config.h"

#include <string.h>
#include <strings.h>

struct plan_config {
    base_map *values; /* char *, by the option's present key */
};

/* ---- known options --------------------------------------------------------------------------- */

static bool list_has(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t item = strcspn(at, ",");
        if (item == length && strncmp(at, word, length) == 0)
            return true;
        at += item + (at[item] == ',');
    }
    return false;
}

static const plan_option *find_option(const char *key) {
    int32_t count, low = 0;
    const plan_option *options = plan_config_options(&count);
    for (int32_t high = count; low < high;) {
        int32_t middle = low + (high - low) / 2;
        if (strcmp(options[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < count && strcmp(options[low].key, key) == 0)
        return &options[low];
    for (int32_t i = 0; i < count; i++)
        if (list_has(options[i].old_keys, key))
            return &options[i];
    return NULL;
}

static const char *present_key(const char *key) {
    const plan_option *option = find_option(key);
    return option != NULL ? option->key : key;
}

static rask_status unknown_key(const char *key, rask_error *err) {
    int32_t count;
    const plan_option *options = plan_config_options(&count);
    const char **ours = BASE_NEW_ARRAY(const char *, count);
    int64_t ours_count = 0;
    for (int32_t i = 0; i < count; i++)
        if (strncmp(options[i].key, "rask.", 5) == 0)
            ours[ours_count++] = options[i].key;
    const char *nearest = base_nearest_name(key, ours, ours_count);
    rask_error_set(err, RASK_ERROR_VALIDATION, "Unknown option '%s'.", key);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
    base_free(ours);
    return RASK_ERROR_VALIDATION;
}

/* ---- the configuration ----------------------------------------------------------------------- */

plan_config *plan_config_new(void) {
    plan_config *config = BASE_NEW(plan_config);
    config->values = base_map_new(base_free);
    return config;
}

plan_config *plan_config_copy(const plan_config *config) {
    plan_config *copy = plan_config_new();
    int64_t cursor = 0;
    const char *key, *value;
    while (plan_config_next(config, &cursor, &key, &value))
        base_map_put(copy->values, key, base_strdup(value));
    return copy;
}

void plan_config_free(plan_config *config) {
    if (config == NULL)
        return;
    base_map_free(config->values);
    base_free(config);
}

rask_status plan_config_set(plan_config *config, const char *key, const char *value,
                            rask_error *err) {
    const plan_option *option = find_option(key);
    int64_t i64;
    double f64;
    if (option == NULL && strncmp(key, "rask.", 5) == 0)
        return unknown_key(key, err);
    if (option != NULL)
        RASK_TRY(plan_option_parse(option, value, &i64, &f64, err));
    base_map_put(config->values, option != NULL ? option->key : key, base_strdup(value));
    return RASK_OK;
}

void plan_config_reset(plan_config *config, const char *key) {
    if (key == NULL)
        base_map_clear(config->values);
    else
        base_map_remove(config->values, present_key(key));
}

bool plan_config_is_set(const plan_config *config, const char *key) {
    return base_map_has(config->values, present_key(key));
}

const char *plan_config_get(const plan_config *config, const char *key) {
    const plan_option *option = find_option(key);
    const char *value = base_map_get(config->values, option != NULL ? option->key : key);
    if (value == NULL && option != NULL)
        value = option->fallback;
    return value;
}

bool plan_config_next(const plan_config *config, int64_t *cursor, const char **key,
                      const char **value) {
    void *item;
    if (!base_map_next(config->values, cursor, key, &item))
        return false;
    *value = item;
    return true;
}

/* ---- typed access: the value was checked when it was set ------------------------------------- */

static int64_t typed(const plan_config *config, const char *key, plan_option_kind kind) {
    const plan_option *option = find_option(key);
    const char *text = plan_config_get(config, key);
    int64_t i64 = 0;
    double f64;
    plan_option as = {.key = key, .kind = kind, .choices = option != NULL ? option->choices : NULL};
    if (text != NULL && plan_option_parse(&as, text, &i64, &f64, NULL) != RASK_OK)
        i64 = 0;
    return i64;
}

int64_t plan_config_int(const plan_config *config, const char *key) {
    return typed(config, key, PLAN_OPTION_INT);
}

bool plan_config_bool(const plan_config *config, const char *key) {
    return typed(config, key, PLAN_OPTION_BOOL) != 0;
}

int64_t plan_config_duration_ms(const plan_config *config, const char *key) {
    return typed(config, key, PLAN_OPTION_DURATION);
}

int64_t plan_config_memory(const plan_config *config, const char *key) {
    return typed(config, key, PLAN_OPTION_MEMORY);
}

bool plan_config_is_streaming(const plan_config *config) {
    const char *mode = plan_config_get(config, "execution.runtime-mode");
    return mode == NULL || strcasecmp(mode, "BATCH") != 0;
}
