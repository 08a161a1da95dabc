/* GROUP BY with GROUPING SETS, ROLLUP and CUBE: which sets of keys there are.
 *
 * Every element stands for a list of sets, and GROUP BY for all combinations of one set from each:
 *
 *     GROUP BY a, ROLLUP(b, (c, d))     {a} x {{b, c, d}, {b}, {}}  =  {abcd}, {ab}, {a}
 *
 * Keys are numbered as they are mentioned; a set is a bit set of such numbers. */
#include <string.h>

#include "plan/relation.h"

enum { KEYS_MAX = 64, SETS_MAX = 4096 };

typedef struct set_list {
    uint64_t *sets;
    int32_t count;
} set_list;

typedef struct set_builder {
    plan_binding *b;
    base_list *keys; /* as written */
    rask_error *err;
} set_builder;

static rask_status expand(set_builder *s, const expr_node *element, set_list *out);

static bool is_call_of(const expr_node *node, const char *name) {
    return node->kind == EXPR_CALL && node->name != NULL && strcmp(node->name, name) == 0;
}

static bool is_grouping(const expr_node *node) {
    return is_call_of(node, "GROUPING SETS") || is_call_of(node, "ROLLUP") ||
           is_call_of(node, "CUBE");
}

static rask_status too_many(const set_builder *s, const char *what, int32_t most) {
    return rask_error_set(s->err, RASK_ERROR_UNSUPPORTED,
                          "GROUP BY with more than %d %s is not supported.", most, what);
}

static rask_status new_list(set_builder *s, int64_t count, set_list *out) {
    if (count > SETS_MAX)
        return too_many(s, "grouping sets", SETS_MAX);
    out->sets = BASE_ARENA_ARRAY(s->b->arena, uint64_t, count + 1);
    out->count = 0;
    return RASK_OK;
}

/* One key, or the keys of (a, b), as one set. */
static rask_status one_set(set_builder *s, const expr_node *element, uint64_t *out) {
    bool is_row = is_call_of(element, "ROW");
    *out = 0;
    for (int32_t i = 0; i < (is_row ? element->arg_count : 1); i++) {
        if (s->keys->count == KEYS_MAX)
            return too_many(s, "keys", KEYS_MAX);
        *out |= 1ULL << s->keys->count;
        base_list_add(s->b->arena, s->keys, is_row ? element->args[i] : (expr_node *)element);
    }
    return RASK_OK;
}

/* ROLLUP: the longest first; CUBE: the fullest first. */
static rask_status expand_parts(set_builder *s, const expr_node *call, bool is_cube,
                                set_list *out) {
    int32_t count = call->arg_count;
    uint64_t *parts = BASE_ARENA_ARRAY(s->b->arena, uint64_t, count + 1);
    if (is_cube && count > 20)
        return too_many(s, "grouping sets", SETS_MAX);
    RASK_TRY(new_list(s, is_cube ? 1LL << count : count + 1LL, out));
    for (int32_t i = 0; i < count; i++)
        RASK_TRY(one_set(s, call->args[i], &parts[i]));
    for (int64_t n = is_cube ? (1LL << count) - 1 : count; n >= 0; n--) {
        uint64_t set = 0;
        for (int32_t i = 0; i < count; i++)
            if (is_cube ? (n >> (count - 1 - i) & 1) != 0 : i < n)
                set |= parts[i];
        out->sets[out->count++] = set;
    }
    return RASK_OK;
}

/* GROUPING SETS: the sets of all elements, one after the other. */
static rask_status expand_all(set_builder *s, const expr_node *call, set_list *out) {
    set_list *parts = BASE_ARENA_ARRAY(s->b->arena, set_list, call->arg_count + 1);
    int64_t count = 0;
    for (int32_t i = 0; i < call->arg_count; i++) {
        RASK_TRY(expand(s, call->args[i], &parts[i]));
        count += parts[i].count;
    }
    RASK_TRY(new_list(s, count, out));
    for (int32_t i = 0; i < call->arg_count; i++)
        for (int32_t k = 0; k < parts[i].count; k++)
            out->sets[out->count++] = parts[i].sets[k];
    return RASK_OK;
}

static rask_status expand(set_builder *s, const expr_node *element, set_list *out) {
    if (is_call_of(element, "GROUPING SETS"))
        return expand_all(s, element, out);
    if (is_grouping(element))
        return expand_parts(s, element, is_call_of(element, "CUBE"), out);
    RASK_TRY(new_list(s, 1, out));
    out->count = 1;
    return one_set(s, element, &out->sets[0]);
}

static rask_status combine(set_builder *s, const set_list *a, const set_list *b, set_list *out) {
    RASK_TRY(new_list(s, (int64_t)a->count * b->count, out));
    for (int32_t i = 0; i < a->count; i++)
        for (int32_t k = 0; k < b->count; k++)
            out->sets[out->count++] = a->sets[i] | b->sets[k];
    return RASK_OK;
}

rask_status plan_group_sets(plan_binding *b, const plan_node *select, base_list *keys,
                            uint64_t **sets, int32_t *set_count, rask_error *err) {
    set_builder s = {b, keys, err};
    set_list all, part;
    bool has_sets = false;
    *set_count = 0;
    for (int32_t i = 0; i < select->key_count; i++)
        has_sets |= is_grouping(select->keys[i]);
    for (int32_t i = 0; i < select->key_count && !has_sets; i++)
        base_list_add(b->arena, keys, select->keys[i]);
    if (!has_sets)
        return RASK_OK;
    RASK_TRY(new_list(&s, 1, &all));
    all.count = 1;
    for (int32_t i = 0; i < select->key_count; i++) {
        set_list before = all;
        RASK_TRY(expand(&s, select->keys[i], &part));
        RASK_TRY(combine(&s, &before, &part, &all));
    }
    *sets = all.sets;
    *set_count = all.count;
    return RASK_OK;
}

/* ---- bound keys ------------------------------------------------------------------------------ */

static bool has_set(const uint64_t *sets, int32_t count, uint64_t set) {
    for (int32_t i = 0; i < count; i++)
        if (sets[i] == set)
            return true;
    return false;
}

void plan_number_sets(uint64_t *sets, int32_t *set_count, const int32_t *key_of, bool is_distinct) {
    int32_t kept = 0;
    for (int32_t i = 0; i < *set_count; i++) {
        uint64_t set = 0;
        for (int32_t k = 0; k < KEYS_MAX; k++)
            if ((sets[i] >> k & 1) != 0)
                set |= 1ULL << key_of[k];
        if (!is_distinct || !has_set(sets, kept, set))
            sets[kept++] = set;
    }
    *set_count = kept;
}
