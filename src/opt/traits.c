/* Traits of a node in streaming: which row kinds its output carries.  One file for all rules of
 * Flink's changelog inference that the engine needs; explain shows the result and the snapshots of
 * recorded plans compare it. */
#include "connect/connect.h"
#include "opt/opt.h"

static int inputs_changelog(const plan_node *node) {
    int kinds = 0;
    for (int32_t i = 0; i < node->input_count; i++)
        kinds |= opt_changelog(node->inputs[i]);
    return kinds;
}

/* A grouped aggregate updates its groups; it deletes one when its last row is retracted.  DISTINCT
 * (no aggregates) has nothing to update. */
static int aggregate_changelog(const plan_node *node) {
    int input = inputs_changelog(node);
    bool retracts = input != OPT_INSERTS;
    int kinds = OPT_INSERTS;
    if (node->aggregate_count > 0)
        kinds |= OPT_UPDATES;
    if (retracts && node->key_count > 0)
        kinds |= OPT_DELETES;
    return kinds;
}

int opt_changelog(const plan_node *node) {
    switch (node->kind) {
    case PLAN_SCAN:
    case PLAN_VALUES:
        return OPT_INSERTS;
    case PLAN_AGGREGATE:
        return aggregate_changelog(node);
    case PLAN_SORT:
        return OPT_INSERTS | OPT_UPDATES | OPT_DELETES;
    case PLAN_LIMIT: {
        int input = inputs_changelog(node);
        return input == OPT_INSERTS ? OPT_INSERTS : OPT_INSERTS | OPT_UPDATES | OPT_DELETES;
    }
    default:
        return inputs_changelog(node);
    }
}

const plan_node *opt_update_producer(const plan_node *node) {
    if (opt_changelog(node) == OPT_INSERTS)
        return NULL;
    if (node->kind == PLAN_AGGREGATE || node->kind == PLAN_SORT || node->kind == PLAN_LIMIT)
        return node;
    for (int32_t i = 0; i < node->input_count; i++) {
        const plan_node *producer = opt_update_producer(node->inputs[i]);
        if (producer != NULL)
            return producer;
    }
    return node;
}

bool opt_sink_needs_update_before(const plan_table *table) {
    const char *name = plan_table_option(table, "connector");
    const connect_class *connector = name != NULL ? connect_find(name) : NULL;
    return connector == NULL || !connector->sink_ignores_update_before;
}
