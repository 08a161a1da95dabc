/* Configuration: string keys and values over one table of known options (config_options.c), so that
 * docs and checks come from the table.  Unknown keys are kept (users may set their own) but
 * plan_config_check names the nearest known one for keys under a prefix we own ("rask."). */
#ifndef PLAN_CONFIG_H
#define PLAN_CONFIG_H

#include "base/map.h"

typedef enum plan_option_kind {
    PLAN_OPTION_STRING,
    PLAN_OPTION_INT,
    PLAN_OPTION_BOOL,
    PLAN_OPTION_DOUBLE,
    PLAN_OPTION_DURATION, /* "5 s", "PT5S", "100ms" -> ms */
    PLAN_OPTION_MEMORY,   /* "128 mb" -> bytes */
    PLAN_OPTION_ENUM
} plan_option_kind;

typedef struct plan_option {
    const char *key;
    plan_option_kind kind;
    const char *fallback; /* default as text; NULL = none */
    const char *choices;  /* ENUM: comma separated */
    const char *old_keys; /* comma separated; NULL = none */
    const char *doc;
} plan_option;

/* The same table type and the same checks serve connector and format options. */
const plan_option *plan_config_options(int32_t *count);
/* Parses `text` as `kind`; i64 gets ints, bools, ms, bytes.  ValidationException/
 * IllegalArgumentException naming key and value. */
rask_status plan_option_parse(const plan_option *option, const char *text, int64_t *i64,
                              double *f64, rask_error *err);

typedef struct plan_config plan_config;
plan_config *plan_config_new(void);
plan_config *plan_config_copy(const plan_config *config);
void plan_config_free(plan_config *config);
rask_status plan_config_set(plan_config *config, const char *key, const char *value,
                            rask_error *err);
void plan_config_reset(plan_config *config, const char *key); /* NULL = all */
const char *plan_config_get(const plan_config *config,
                            const char *key); /* set value, or default, or NULL */
bool plan_config_is_set(const plan_config *config, const char *key);
bool plan_config_next(const plan_config *config, int64_t *cursor, const char **key,
                      const char **value);
/* Values were checked when set, so these do not fail for known keys. */
int64_t plan_config_int(const plan_config *config, const char *key);
bool plan_config_bool(const plan_config *config, const char *key);
int64_t plan_config_duration_ms(const plan_config *config, const char *key);
int64_t plan_config_memory(const plan_config *config, const char *key);
bool plan_config_is_streaming(const plan_config *config); /* execution.runtime-mode */

#endif
