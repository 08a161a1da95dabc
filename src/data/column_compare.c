/* Equality and order of two values in columns of one kind of type, whatever layout and width. */
#include "data/column_private.h"

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* NaN is the largest and equal to itself; zeros are equal. */
static int order_doubles(double a, double b) {
    bool a_is_number = a == a, b_is_number = b == b;
    if (a_is_number && b_is_number)
        return ORDER(a, b);
    return b_is_number - a_is_number;
}

static int order_lists(const data_column *a, int64_t index_a, const data_column *b,
                       int64_t index_b) {
    const int32_t *offsets_a = a->values, *offsets_b = b->values;
    int64_t i = offsets_a[index_a], end_a = offsets_a[index_a + 1];
    int64_t j = offsets_b[index_b], end_b = offsets_b[index_b + 1];
    for (; i < end_a && j < end_b; i++, j++) {
        for (int32_t c = 0; c < a->child_count; c++) {
            int order = data_column_compare(a->children[c], i, b->children[c], j);
            if (order != 0)
                return order;
        }
    }
    return ORDER(end_a - i, end_b - j);
}

static int order_fields(const data_column *a, int64_t index_a, const data_column *b,
                        int64_t index_b) {
    int order = 0;
    for (int32_t c = 0; order == 0 && c < a->child_count; c++)
        order = data_column_compare(a->children[c], index_a, b->children[c], index_b);
    return order;
}

#define ORDER_OF(value_type)                                                                       \
    return ORDER(((const value_type *)a->values)[i], ((const value_type *)b->values)[j])

/* Values that are not null, in flat columns. */
static int order_values(const data_column *a, int64_t i, const data_column *b, int64_t j) {
    if (a->physical != b->physical) /* DECIMAL */
        return ORDER(data_column_read_i128(a, i), data_column_read_i128(b, j));
    switch (a->physical) {
    case DATA_PHYSICAL_BOOL:
        ORDER_OF(uint8_t);
    case DATA_PHYSICAL_I8:
        ORDER_OF(int8_t);
    case DATA_PHYSICAL_I16:
        ORDER_OF(int16_t);
    case DATA_PHYSICAL_I32:
        ORDER_OF(int32_t);
    case DATA_PHYSICAL_I64:
        ORDER_OF(int64_t);
    case DATA_PHYSICAL_I128:
        ORDER_OF(base_i128);
    case DATA_PHYSICAL_F32:
        return order_doubles(((const float *)a->values)[i], ((const float *)b->values)[j]);
    case DATA_PHYSICAL_F64:
        return order_doubles(((const double *)a->values)[i], ((const double *)b->values)[j]);
    case DATA_PHYSICAL_STRING: {
        int order = data_string_compare((const data_string *)a->values + i,
                                        (const data_string *)b->values + j);
        return ORDER(order, 0);
    }
    case DATA_PHYSICAL_LIST:
        return order_lists(a, i, b, j);
    case DATA_PHYSICAL_ROW:
        return order_fields(a, i, b, j);
    case DATA_PHYSICAL_NONE:
        break;
    }
    return 0;
}

int data_column_compare(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b) {
    bool null_a = data_column_is_null(a, row_a), null_b = data_column_is_null(b, row_b);
    if (null_a || null_b)
        return null_b - null_a;
    int64_t i = data_column_index(a, row_a, &a);
    int64_t j = data_column_index(b, row_b, &b);
    return order_values(a, i, b, j);
}

/* Maps and multisets are equal when each entry of one is in the other; keys do not repeat. */
static bool has_entry(const data_column *flat, int64_t begin, int64_t end, const data_column *other,
                      int64_t entry) {
    for (int64_t i = begin; i < end; i++)
        if (data_column_equal(flat->children[0], i, other->children[0], entry))
            return data_column_equal(flat->children[1], i, other->children[1], entry);
    return false;
}

static bool equal_lists(const data_column *a, int64_t i, const data_column *b, int64_t j) {
    const int32_t *offsets_a = a->values, *offsets_b = b->values;
    int64_t begin_a = offsets_a[i], begin_b = offsets_b[j];
    int64_t count = offsets_a[i + 1] - begin_a;
    if (count != offsets_b[j + 1] - begin_b)
        return false;
    for (int64_t k = 0; k < count; k++)
        if (a->type->kind == DATA_ARRAY
                ? !data_column_equal(a->children[0], begin_a + k, b->children[0], begin_b + k)
                : !has_entry(b, begin_b, begin_b + count, a, begin_a + k))
            return false;
    return true;
}

static bool equal_fields(const data_column *a, int64_t i, const data_column *b, int64_t j) {
    for (int32_t c = 0; c < a->child_count; c++)
        if (!data_column_equal(a->children[c], i, b->children[c], j))
            return false;
    return true;
}

bool data_column_equal(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b) {
    bool null_a = data_column_is_null(a, row_a), null_b = data_column_is_null(b, row_b);
    if (null_a || null_b)
        return null_a && null_b;
    int64_t i = data_column_index(a, row_a, &a);
    int64_t j = data_column_index(b, row_b, &b);
    switch (a->physical) {
    case DATA_PHYSICAL_STRING:
        return data_string_equal((const data_string *)a->values + i,
                                 (const data_string *)b->values + j);
    case DATA_PHYSICAL_LIST:
        return equal_lists(a, i, b, j);
    case DATA_PHYSICAL_ROW:
        return equal_fields(a, i, b, j);
    default:
        return order_values(a, i, b, j) == 0;
    }
}
