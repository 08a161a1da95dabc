/* Where values change from one row to the next: the borders of partitions and of peers. */
#include "exec/over.h"

static bool differs(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b) {
    return !data_column_equal(a, row_a, b, row_b);
}

#define MARK(Type)                                                                                 \
    for (int64_t i = 1; i < column->length; i++)                                                   \
        if (((const Type *)column->values)[i] != ((const Type *)column->values)[i - 1])            \
            marks[i] |= mark;                                                                      \
    return true

/* Values whose bits are equal exactly when they are; false = not of this kind. */
static bool mark_plain(const data_column *column, uint8_t mark, uint8_t *marks) {
    if (column->layout != DATA_FLAT || column->validity != NULL)
        return false;
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        MARK(uint8_t);
    case DATA_PHYSICAL_I16:
        MARK(uint16_t);
    case DATA_PHYSICAL_I32:
        MARK(uint32_t);
    case DATA_PHYSICAL_I64:
        MARK(uint64_t);
    case DATA_PHYSICAL_I128:
        MARK(base_i128);
    default:
        return false;
    }
}

void exec_mark_breaks(const data_column *column, const data_column *before, uint8_t mark,
                      uint8_t *marks) {
    if (column->length == 0)
        return;
    if (before == NULL || differs(column, 0, before, before->length - 1))
        marks[0] |= mark;
    if (column->layout == DATA_CONSTANT || mark_plain(column, mark, marks))
        return;
    for (int64_t i = 1; i < column->length; i++)
        if (differs(column, i, column, i - 1))
            marks[i] |= mark;
}
