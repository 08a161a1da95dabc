/* Sizes of intermediate results.
 *
 * An estimate belongs to a node.  As far up from a scan as filters and projections go, it carries
 * some real rows (the sample): filters and expressions are simply run over them.  Above joins and
 * aggregates there is arithmetic only:
 *
 *     |A join B on a = b| = |A| |B| / max(distinct a, distinct b)
 *
 * Numbers of distinct values in a population are told from a sample by how many values it shows
 * only once (the estimator "Duj1" of Haas and Stokes), where rows that stood side by side count
 * once: keys that are sorted would else look rare. */
#include <math.h>
#include <stdlib.h>

#include "opt/opt.h"

struct opt_estimate {
    const plan_node *node;
    double rows;
    double *distinct;   /* by column; 0 = not yet known */
    data_batch *sample; /* NULL = none */
    const uint16_t *chunks;
};

#define ROWS_UNKNOWN 1e5
/* What a condition lets through that nothing else is known of. */
#define FRACTION_EQUAL 0.1
#define FRACTION_RANGE 0.3
#define FRACTION_LIKE 0.1
#define FRACTION_OTHER 0.25
enum { SAMPLE_ROWS_FEW = 30 };

static opt_estimate *estimate_of(opt_context *context, const plan_node *node);

static double at_least_one(double value) {
    return value < 1 ? 1 : value;
}

/* ---- distinct values ------------------------------------------------------------------------- */
typedef struct occurrence {
    uint64_t hash;
    uint16_t chunk;
} occurrence;

static int compare_occurrences(const void *a, const void *b) {
    const occurrence *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (int)x->chunk - (int)y->chunk;
}

/* `count` sorted occurrences stand for `rows` rows. */
static double distinct_of(const occurrence *seen, int32_t count, double rows) {
    double clusters = 0, values = 0, singles = 0;
    for (int32_t i = 0; i < count;) {
        int32_t first = i, chunks = 0;
        for (; i < count && seen[i].hash == seen[first].hash; i++)
            chunks += i == first || seen[i].chunk != seen[i - 1].chunk;
        clusters += chunks;
        values++;
        singles += chunks == 1;
    }
    double all_clusters = rows * clusters / count;
    double seen_share = clusters / at_least_one(all_clusters);
    double denominator = clusters - singles + singles * (seen_share < 1 ? seen_share : 1);
    return denominator > 0 ? clusters * values / denominator : values;
}

static double distinct_in_sample(const opt_estimate *estimate, int32_t column) {
    data_batch *batch = estimate->sample;
    int32_t count = batch->selected;
    uint64_t *hashes = base_alloc((count + 1) * (int64_t)sizeof(uint64_t));
    occurrence *seen = base_alloc((count + 1) * (int64_t)sizeof(occurrence));
    data_column_hash(batch->columns[column], batch->selection, count, true, hashes);
    for (int32_t i = 0; i < count; i++)
        seen[i] = (occurrence){hashes[i], estimate->chunks[data_batch_row(batch, i)]};
    qsort(seen, (size_t)count, sizeof *seen, compare_occurrences);
    double distinct = distinct_of(seen, count, estimate->rows);
    base_free(seen);
    base_free(hashes);
    return distinct;
}

/* Values that are left when `rows` of `all` rows are, each value standing in equally many. */
static double distinct_left(double distinct, double all, double rows) {
    if (rows >= all || distinct <= 1)
        return distinct;
    return distinct * (1 - pow(1 - rows / at_least_one(all), all / distinct));
}

static bool note_first_input(void *context, expr_node *node) {
    if (node->kind == EXPR_INPUT)
        *(int32_t *)context = *(int32_t *)context == -1 ? node->column : -2;
    return true;
}

/* An expression over one column has no more values than it; else as many as its columns together.
 */
static double distinct_of_expr(opt_context *context, const plan_node *input,
                               const expr_node *expr) {
    int32_t column = -1;
    if (expr->kind == EXPR_INPUT)
        return opt_distinct(context, input, expr->column);
    expr_walk((expr_node *)(uintptr_t)expr, note_first_input, &column);
    if (column == -1)
        return 1;
    return column >= 0 ? opt_distinct(context, input, column) : opt_rows(context, input);
}

static double distinct_by_node(opt_context *context, const opt_estimate *estimate, int32_t column) {
    const plan_node *node = estimate->node, *input = node->input_count > 0 ? node->inputs[0] : NULL;
    switch (node->kind) {
    case PLAN_PROJECT:
        return distinct_of_expr(context, input, node->exprs[column]);
    case PLAN_AGGREGATE:
        return column < node->key_count ? distinct_of_expr(context, input, node->keys[column])
                                        : estimate->rows;
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_LIMIT:
        return distinct_left(opt_distinct(context, input, column), opt_rows(context, input),
                             estimate->rows);
    case PLAN_JOIN:
        if (column >= input->schema->count) {
            column -= input->schema->count;
            input = node->inputs[1];
        }
        return distinct_left(opt_distinct(context, input, column), opt_rows(context, input),
                             estimate->rows);
    default:
        return estimate->rows;
    }
}

double opt_distinct(opt_context *context, const plan_node *node, int32_t column) {
    opt_estimate *estimate = estimate_of(context, node);
    double *distinct = &estimate->distinct[column];
    if (*distinct > 0)
        return *distinct;
    bool has_sample =
        estimate->sample != NULL && (estimate->sample->selected >= SAMPLE_ROWS_FEW ||
                                     node->kind == PLAN_SCAN || node->kind == PLAN_VALUES);
    *distinct = has_sample ? distinct_in_sample(estimate, column)
                           : distinct_by_node(context, estimate, column);
    *distinct = at_least_one(*distinct < estimate->rows ? *distinct : estimate->rows);
    return *distinct;
}

/* ---- filters by rule of thumb ---------------------------------------------------------------- */
static double fraction_of(opt_context *context, const plan_node *input, const expr_node *condition);

static double fraction_of_all(opt_context *context, const plan_node *input,
                              const expr_node *condition, bool any) {
    double fraction = 1;
    for (int32_t i = 0; i < condition->arg_count; i++) {
        double one = fraction_of(context, input, condition->args[i]);
        fraction *= any ? 1 - one : one;
    }
    return any ? 1 - fraction : fraction;
}

static double fraction_equal(opt_context *context, const plan_node *input,
                             const expr_node *condition) {
    double most = 0;
    for (int32_t i = 0; i < condition->arg_count; i++)
        if (condition->args[i]->kind == EXPR_INPUT && condition->args[i]->input == 0 &&
            condition->args[i]->column < input->schema->count) {
            double distinct = opt_distinct(context, input, condition->args[i]->column);
            most = distinct > most ? distinct : most;
        }
    return most > 0 ? 1 / most : FRACTION_EQUAL;
}

static double fraction_of(opt_context *context, const plan_node *input,
                          const expr_node *condition) {
    static const struct {
        const char *name;
        double fraction;
    } known[] = {{"<>", 0.9},           {"<", FRACTION_RANGE},  {"<=", FRACTION_RANGE},
                 {">", FRACTION_RANGE}, {">=", FRACTION_RANGE}, {"LIKE", FRACTION_LIKE},
                 {"IS NULL", 0.05},     {"IS NOT NULL", 0.95}};
    if (condition->kind == EXPR_LITERAL)
        return condition->value.is_null || condition->value.i64 == 0 ? 0 : 1;
    const char *name = condition->function != NULL ? condition->function->name : "";
    if (strcmp(name, "AND") == 0 || strcmp(name, "OR") == 0)
        return fraction_of_all(context, input, condition, name[0] == 'O');
    if (strcmp(name, "NOT") == 0 || strcmp(name, "IS NOT TRUE") == 0)
        return 1 - fraction_of(context, input, condition->args[0]);
    if (strcmp(name, "IS TRUE") == 0)
        return fraction_of(context, input, condition->args[0]);
    if (strcmp(name, "=") == 0 || strcmp(name, "IS NOT DISTINCT FROM") == 0)
        return fraction_equal(context, input, condition);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].fraction;
    return FRACTION_OTHER;
}

/* ---- samples --------------------------------------------------------------------------------- */
/* Runs expressions over the sample's rows; false where they fail. */
static bool run_over(opt_context *context, data_batch *sample, expr_node *const *exprs,
                     int32_t count, const data_schema *schema, data_column **columns,
                     uint16_t *selection, int32_t *selected) {
    expr_program *program;
    rask_error err;
    if (expr_compile(exprs, count, schema->types, schema->count, context->function, &program,
                     &err) != RASK_OK)
        return false;
    expr_run_state *state = expr_run_state_new(program);
    rask_status status =
        selection != NULL
            ? expr_run_filter(program, state, context->function, sample, selection, selected, &err)
            : expr_run(program, state, context->function, sample, columns, &err);
    expr_run_state_free(state);
    expr_program_free(program);
    return status == RASK_OK;
}

static void filter_sample(opt_context *context, const plan_node *node, const opt_estimate *input,
                          opt_estimate *out) {
    base_buffer *buffer;
    data_batch *sample = input->sample;
    int32_t selected;
    if (opt_has_udf(node->condition) || !expr_is_deterministic(node->condition) ||
        base_buffer_new(NULL, sample->row_count * (int64_t)sizeof(uint16_t), &buffer, NULL) !=
            RASK_OK)
        return;
    expr_node *condition = node->condition;
    if (!run_over(context, sample, &condition, 1, node->schema, NULL, (uint16_t *)buffer->data,
                  &selected)) {
        base_buffer_unref(buffer);
        return;
    }
    buffer->size = selected * (int64_t)sizeof(uint16_t);
    data_column **columns =
        BASE_ARENA_ARRAY(context->plan->arena, data_column *, sample->column_count + 1);
    for (int32_t c = 0; c < sample->column_count; c++)
        columns[c] = data_column_ref(sample->columns[c]);
    out->sample = data_batch_with_columns(sample, columns, sample->column_count);
    data_batch_set_selection(out->sample, buffer, selected);
    out->chunks = input->chunks;
}

static void project_sample(opt_context *context, const plan_node *node, const opt_estimate *input,
                           opt_estimate *out) {
    for (int32_t i = 0; i < node->expr_count; i++)
        if (opt_has_udf(node->exprs[i]) || !expr_is_deterministic(node->exprs[i]))
            return;
    data_column **columns =
        BASE_ARENA_ARRAY(context->plan->arena, data_column *, node->expr_count + 1);
    if (!run_over(context, input->sample, node->exprs, node->expr_count, node->inputs[0]->schema,
                  columns, NULL, NULL))
        return;
    out->sample = data_batch_with_columns(input->sample, columns, node->expr_count);
    out->chunks = input->chunks;
}

/* ---- nodes ----------------------------------------------------------------------------------- */
static void estimate_scan(opt_context *context, const plan_node *node, opt_estimate *out) {
    connect_config config;
    const connect_class *connector;
    uint16_t *chunks = NULL;
    out->rows = ROWS_UNKNOWN;
    if (opt_source_config(context, context->plan->arena, node->table, node, &config, &connector,
                          NULL) != RASK_OK)
        return;
    int64_t rows = connector->estimate_rows != NULL ? connector->estimate_rows(&config) : -1;
    out->rows = rows >= 0 ? (double)rows : ROWS_UNKNOWN;
    if (opt_sample(context, node, &out->sample, &chunks, NULL) != RASK_OK)
        out->sample = NULL;
    out->chunks = chunks;
    /* Few rows of a single split are all there are. */
    if (out->sample != NULL && rows < 0 && out->sample->selected < SAMPLE_ROWS_FEW)
        out->rows = out->sample->selected;
}

static double rows_of_filter(opt_context *context, const plan_node *node, opt_estimate *out) {
    const opt_estimate *input = estimate_of(context, node->inputs[0]);
    if (input->sample != NULL)
        filter_sample(context, node, input, out);
    if (out->sample != NULL && out->sample->selected > 0)
        return input->rows * out->sample->selected / at_least_one(input->sample->selected);
    double fraction = fraction_of(context, node->inputs[0], node->condition);
    double most = out->sample != NULL ? 0.5 / at_least_one(input->sample->selected) : 1;
    return input->rows * (fraction < most ? fraction : most);
}

static double rows_of_groups(opt_context *context, const plan_node *node) {
    double rows = opt_rows(context, node->inputs[0]), groups = 1;
    if (node->key_count == 0)
        return 1;
    for (int32_t i = 0; i < node->key_count; i++)
        groups *= distinct_of_expr(context, node->inputs[0], node->keys[i]);
    return groups < rows ? groups : rows;
}

static bool is_equation(const expr_node *node) {
    return node->function != NULL && node->arg_count == 2 &&
           (strcmp(node->function->name, "=") == 0 ||
            strcmp(node->function->name, "IS NOT DISTINCT FROM") == 0);
}

const plan_node *opt_origin(const plan_node *node, int32_t *column) {
    for (;;) {
        const expr_node *expr = NULL;
        bool is_right = false;
        switch (node->kind) {
        case PLAN_PROJECT:
            expr = node->exprs[*column];
            break;
        case PLAN_AGGREGATE:
            if (*column >= node->key_count)
                return node;
            expr = node->keys[*column];
            break;
        case PLAN_JOIN:
            is_right = *column >= node->inputs[0]->schema->count;
            break;
        case PLAN_FILTER:
        case PLAN_SORT:
        case PLAN_LIMIT:
            break;
        default:
            return node;
        }
        if (expr != NULL && expr->kind != EXPR_INPUT)
            return node;
        *column = expr != NULL ? expr->column
                  : is_right   ? *column - node->inputs[0]->schema->count
                               : *column;
        node = node->inputs[is_right];
    }
}

/* The keys of one side of a join.  `domain`: the values they could have, before any filter; all
 * columns of one source together have no more than it has rows. */
typedef struct key_side {
    double distinct, domain;
    const plan_node *origin;
    bool is_mixed; /* of several sources */
} key_side;

/* What else of the condition remains. */
typedef struct join_keys {
    key_side sides[2];
    double fraction;
    int32_t count;
} join_keys;

static void add_key(opt_context *context, const plan_node *input, const expr_node *key,
                    key_side *side) {
    int32_t column = key->column;
    const plan_node *origin = key->kind == EXPR_INPUT ? opt_origin(input, &column) : NULL;
    side->is_mixed =
        side->is_mixed || origin == NULL || (side->origin != NULL && side->origin != origin);
    side->origin = origin;
    double distinct = distinct_of_expr(context, input, key);
    side->distinct *= distinct;
    side->domain *= origin != NULL ? opt_distinct(context, origin, column) : distinct;
}

static void finish_side(opt_context *context, const plan_node *input, key_side *side) {
    double rows = opt_rows(context, input);
    if (!side->is_mixed && side->origin != NULL) {
        double all = opt_rows(context, side->origin);
        side->domain = side->domain < all ? side->domain : all;
    }
    side->distinct = at_least_one(side->distinct < rows ? side->distinct : rows);
    side->domain = at_least_one(side->domain);
}

static join_keys keys_of(opt_context *context, const plan_node *node) {
    join_keys keys = {{{1, 1, NULL, false}, {1, 1, NULL, false}}, 1, 0};
    base_list conjuncts = {0};
    expr_conjuncts(context->plan->arena, node->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        const expr_node *conjunct = conjuncts.items[i];
        if (conjunct->function != NULL && strcmp(conjunct->function->name, "IS TRUE") == 0)
            conjunct = conjunct->args[0];
        if (!is_equation(conjunct) ||
            opt_inputs_used(conjunct->args[0]) + opt_inputs_used(conjunct->args[1]) != 3 ||
            opt_inputs_used(conjunct->args[0]) % 3 == 0) {
            keys.fraction *= fraction_of(context, node->inputs[0], conjunct);
            continue;
        }
        for (int32_t a = 0; a < 2; a++) {
            int side = opt_inputs_used(conjunct->args[a]) - 1;
            add_key(context, node->inputs[side], conjunct->args[a], &keys.sides[side]);
        }
        keys.count++;
    }
    for (int32_t s = 0; s < 2; s++)
        finish_side(context, node->inputs[s], &keys.sides[s]);
    return keys;
}

double opt_match_fraction(opt_context *context, const plan_node *join, int32_t probe) {
    join_keys keys = keys_of(context, join);
    if (keys.count == 0)
        return 1;
    double x = keys.sides[0].domain, y = keys.sides[1].domain;
    double values = keys.count > 1 ? (x < y ? x : y) : (x > y ? x : y);
    return keys.sides[1 - probe].distinct / values;
}

static double rows_of_join(opt_context *context, const plan_node *node) {
    double left = opt_rows(context, node->inputs[0]), right = opt_rows(context, node->inputs[1]);
    join_keys keys = keys_of(context, node);
    double x = keys.sides[0].domain, y = keys.sides[1].domain;
    double most = x > y ? x : y, values = keys.count > 1 ? (x < y ? x : y) : most;
    /* Parts of a key go together, so of several the tighter bound tells how many there are. */
    double pairs = left * right / (keys.count > 0 ? values : 1) * keys.fraction;
    double share = keys.count > 0 ? keys.sides[1].distinct / values : right > 0 ? 1 : 0;
    share = (share < 1 ? share : 1) * keys.fraction;
    switch (node->join_type) {
    case PLAN_JOIN_LEFT:
        return pairs > left ? pairs : left;
    case PLAN_JOIN_RIGHT:
        return pairs > right ? pairs : right;
    case PLAN_JOIN_FULL:
        return pairs > left + right ? pairs : left + right;
    case PLAN_JOIN_SEMI:
        return left * share;
    case PLAN_JOIN_ANTI:
        return left * (share < 0.9 ? 1 - share : 0.1);
    default:
        return pairs;
    }
}

static double rows_of_set(opt_context *context, const plan_node *node) {
    double rows = opt_rows(context, node->inputs[0]);
    for (int32_t i = 1; i < node->input_count; i++) {
        double other = opt_rows(context, node->inputs[i]);
        if (node->set_op == PLAN_UNION)
            rows += other;
        else if (node->set_op == PLAN_INTERSECT)
            rows = (rows < other ? rows : other) / 2;
    }
    return rows;
}

static void estimate_values(opt_context *context, const plan_node *node, opt_estimate *out) {
    uint16_t *chunks = NULL;
    if (node->data == NULL) {
        out->rows = node->row_width > 0 ? node->expr_count / node->row_width : 0;
        return;
    }
    out->rows = (double)node->data->row_count;
    if (opt_sample(context, node, &out->sample, &chunks, NULL) != RASK_OK)
        out->sample = NULL;
    out->chunks = chunks;
}

static double rows_of_other(opt_context *context, const plan_node *node) {
    double rows = node->input_count > 0 ? opt_rows(context, node->inputs[0]) : ROWS_UNKNOWN;
    if ((node->kind == PLAN_LIMIT || node->kind == PLAN_SORT) && node->fetch >= 0 &&
        (double)node->fetch < rows)
        return (double)node->fetch;
    return rows;
}

static void estimate(opt_context *context, const plan_node *node, opt_estimate *out) {
    switch (node->kind) {
    case PLAN_SCAN:
        estimate_scan(context, node, out);
        break;
    case PLAN_VALUES:
        estimate_values(context, node, out);
        break;
    case PLAN_FILTER:
        out->rows = rows_of_filter(context, node, out);
        break;
    case PLAN_PROJECT: {
        const opt_estimate *input = estimate_of(context, node->inputs[0]);
        out->rows = input->rows;
        if (input->sample != NULL)
            project_sample(context, node, input, out);
        break;
    }
    case PLAN_AGGREGATE:
        out->rows = rows_of_groups(context, node);
        break;
    case PLAN_JOIN:
        out->rows = rows_of_join(context, node);
        break;
    case PLAN_SET_OP:
        out->rows = rows_of_set(context, node);
        break;
    default:
        out->rows = rows_of_other(context, node);
    }
}

static opt_estimate *estimate_of(opt_context *context, const plan_node *node) {
    for (int32_t i = 0; i < context->estimates.count; i++) {
        opt_estimate *known = context->estimates.items[i];
        if (known->node == node)
            return known;
    }
    base_arena *arena = context->plan->arena;
    opt_estimate *made = BASE_ARENA_NEW(arena, opt_estimate);
    made->node = node;
    made->distinct =
        BASE_ARENA_ARRAY(arena, double, (node->schema != NULL ? node->schema->count : 0) + 1);
    estimate(context, node, made);
    base_list_add(arena, &context->estimates, made);
    return made;
}

double opt_rows(opt_context *context, const plan_node *node) {
    return estimate_of(context, node)->rows;
}

void opt_estimates_free(opt_context *context) {
    for (int32_t i = 0; i < context->estimates.count; i++)
        data_batch_unref(((opt_estimate *)context->estimates.items[i])->sample);
    context->estimates = (base_list){0};
}
