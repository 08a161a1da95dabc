/* The loops of hot kernels: two operands, either of which may be a constant column.
 *
 * FUNC_BINARY_LOOPS(call, In, Out, expression) computes `expression` of `x` and `y` (both In) for
 * every row; each of the four operand shapes is a loop of its own, so that the compiler sees plain
 * arrays. */
#ifndef FUNC_LOOPS_H
#define FUNC_LOOPS_H

#include "func/kernel.h"

#define FUNC_BINARY_LOOPS(call, In, Out, expression)                                               \
    do {                                                                                           \
        const In *left_ = (call)->args[0]->values, *right_ = (call)->args[1]->values;              \
        Out *out_ = (call)->result->values;                                                        \
        bool left_constant_ = func_is_constant((call)->args[0]);                                   \
        bool right_constant_ = func_is_constant((call)->args[1]);                                  \
        if (left_constant_ && right_constant_) {                                                   \
            const In x = left_[0], y = right_[0];                                                  \
            const Out value_ = (Out)(expression);                                                  \
            FUNC_ROWS_CHEAP(call, row_, out_[row_] = value_);                                      \
        } else if (left_constant_) {                                                               \
            const In x = left_[0];                                                                 \
            FUNC_ROWS_CHEAP(call, row_, {                                                          \
                const In y = right_[row_];                                                         \
                out_[row_] = (Out)(expression);                                                    \
            });                                                                                    \
        } else if (right_constant_) {                                                              \
            const In y = right_[0];                                                                \
            FUNC_ROWS_CHEAP(call, row_, {                                                          \
                const In x = left_[row_];                                                          \
                out_[row_] = (Out)(expression);                                                    \
            });                                                                                    \
        } else {                                                                                   \
            FUNC_ROWS_CHEAP(call, row_, {                                                          \
                const In x = left_[row_];                                                          \
                const In y = right_[row_];                                                         \
                out_[row_] = (Out)(expression);                                                    \
            });                                                                                    \
        }                                                                                          \
    } while (0)

/* One operand: `x`. */
#define FUNC_UNARY_LOOP(call, In, Out, expression)                                                 \
    do {                                                                                           \
        const In *in_ = (call)->args[0]->values;                                                   \
        Out *out_ = (call)->result->values;                                                        \
        if (func_is_constant((call)->args[0])) {                                                   \
            const In x = in_[0];                                                                   \
            const Out value_ = (Out)(expression);                                                  \
            FUNC_ROWS_CHEAP(call, row_, out_[row_] = value_);                                      \
        } else {                                                                                   \
            FUNC_ROWS_CHEAP(call, row_, {                                                          \
                const In x = in_[row_];                                                            \
                out_[row_] = (Out)(expression);                                                    \
            });                                                                                    \
        }                                                                                          \
    } while (0)

#endif
