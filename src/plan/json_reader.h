/* What the parts of the plan document's reader share.
 *
 * Nothing in a document is trusted; a failure names the JSON path of the offending value, which
 * the reader keeps while it descends. */
#ifndef PLAN_JSON_READER_H
#define PLAN_JSON_READER_H

#include "plan/json_value.h"
#include "plan/relation.h"

typedef yyjson_val json;

/* Types of the parameters that a query names, by number; NULL = not named. */
typedef struct plan_json_parameters {
    const data_type **types;
    int32_t count;
} plan_json_parameters;

typedef struct plan_json_reader {
    plan *plan;
    base_arena *arena;
    plan_catalog *catalog;
    rask_error *err;
    base_strbuf path;
    plan_table **tables;
    int32_t table_count;
    plan_node **nodes;
    int32_t node_count;
    const data_schema *scope[2];      /* the columns an expression may name */
    plan_json_parameters *parameters; /* by node: what the query up to there expects */
    plan_json_parameters *expects;    /* of the node that is being read */
    base_list *aggregates;            /* set while aggregate calls are read */
    bool grouped;
    expr_node *const *group_keys; /* of the aggregation whose calls are read */
    int32_t group_key_count;
    int32_t depth;
} plan_json_reader;

/* ---- errors and paths (json_members.c) ------------------------------------------------------- */
rask_status plan_json_damaged(plan_json_reader *r, const char *format, ...) RASK_PRINTF(2, 3);
/* A failure of a lower floor, with the path in front. */
rask_status plan_json_failed(plan_json_reader *r, rask_status status);
/* The path grows by ".key" or "[i]"; leave with what enter gave. */
int64_t plan_json_enter(plan_json_reader *r, const char *key);
int64_t plan_json_enter_item(plan_json_reader *r, size_t i);
void plan_json_leave(plan_json_reader *r, int64_t length);
const char *plan_json_kind_of(json *value);

/* Reads member `key` with `read`, keeping the path. */
#define PLAN_JSON_READ(r, object, key, call)                                                       \
    do {                                                                                           \
        int64_t length_ = plan_json_enter((r), (key));                                             \
        json *member = yyjson_obj_get((object), (key));                                            \
        RASK_TRY(call);                                                                            \
        plan_json_leave((r), length_);                                                             \
    } while (0)

/* ---- members (json_members.c) ---------------------------------------------------------------- */
rask_status plan_json_read_text(plan_json_reader *r, json *value, const char **out);
rask_status plan_json_read_optional_text(plan_json_reader *r, json *value, const char **out);
rask_status plan_json_read_flag(plan_json_reader *r, json *value, bool *out);
/* An integer in [low, high]. */
rask_status plan_json_read_int(plan_json_reader *r, json *value, int64_t low, int64_t high,
                               int64_t *out);
rask_status plan_json_read_optional_int(plan_json_reader *r, json *value, int64_t fallback,
                                        int64_t *out);
rask_status plan_json_check_array(plan_json_reader *r, json *value);
/* An array of texts; none at all counts as empty. */
rask_status plan_json_read_texts(plan_json_reader *r, json *value, const char ***out,
                                 int32_t *count);
rask_status plan_json_read_type(plan_json_reader *r, json *value, const data_type **out);
/* The place of a text in a list of choices. */
rask_status plan_json_read_choice(plan_json_reader *r, json *value, const char *const *choices,
                                  int32_t count, int32_t *out);

/* ---- expressions (json_expr.c) --------------------------------------------------------------- */
rask_status plan_json_read_expr(plan_json_reader *r, json *value, expr_node **out);
rask_status plan_json_read_exprs(plan_json_reader *r, json *value, expr_node ***out,
                                 int32_t *count);
/* Checks the values of a query's parameters. */
rask_status plan_json_check_parameters(plan_json_reader *r, const plan_json_parameters *expected,
                                       expr_node *const *values, int32_t count);
/* Parameter `number` of type `type` is named. */
rask_status plan_json_expect(plan_json_reader *r, int32_t number, const data_type *type);
/* Member `key`: sort keys (EXPR_ORDER), aggregates (EXPR_AGGREGATE), calls with OVER (EXPR_OVER),
 * or none of these (EXPR_CALL).
 */
rask_status plan_json_read_list(plan_json_reader *r, json *object, const char *key, expr_kind only,
                                expr_node ***out, int32_t *count);
rask_status plan_json_read_condition(plan_json_reader *r, json *object, const char *key,
                                     expr_node **out);
/* Neither sort key nor aggregate call below the top. */
rask_status plan_json_check_plain(plan_json_reader *r, expr_node *node);

/* ---- tables (json_table.c) ------------------------------------------------------------------- */
rask_status plan_json_read_data(plan_json_reader *r, json *rows, const data_schema *schema,
                                plan_data **out);
rask_status plan_json_read_tables(plan_json_reader *r, json *value);

#endif
