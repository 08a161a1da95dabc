/* All operators: ops.list names them, the build compiles op_<name>.c for each. */
#include "exec/exec.h"

#define OPERATOR(name) extern const exec_op_class exec_op_##name;
#include "exec/ops.list"
#undef OPERATOR

static const exec_op_class *const op_classes[] = {
#define OPERATOR(name) &exec_op_##name,
#include "exec/ops.list"
#undef OPERATOR
};

const exec_op_class *exec_op_find(const char *name) {
    for (size_t i = 0; i < sizeof op_classes / sizeof op_classes[0]; i++)
        if (strcmp(op_classes[i]->name, name) == 0)
            return op_classes[i];
    return NULL;
}
