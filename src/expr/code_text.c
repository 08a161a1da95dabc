/* A program as text, one line an instruction: what explain's details and the tests read.
 *
 *     v3 = =(i0, 1)
 *     s1 = s0 where true(v3)
 *     v4 = /(10, i0) [s1]
 *     v5 = merge(s1: v4, s2: NULL)
 */
#include "expr/code.h"

static void write_value(const expr_program *p, int32_t value, base_strbuf *out) {
    const code_value *v = &p->values[value];
    switch (v->source) {
    case CODE_INPUT:
        base_strbuf_printf(out, "i%d", v->index);
        break;
    case CODE_CONSTANT:
        if (p->constant_values[v->index].is_null)
            base_strbuf_add_text(out, "NULL");
        else
            data_value_write_sql(&p->constant_values[v->index], out);
        break;
    case CODE_RESULT:
        base_strbuf_printf(out, "v%d", value - p->input_count);
        break;
    }
}

static const char *test_name(code_test test) {
    static const char *const names[] = {"true", "not true", "not false", "null"};
    return names[test];
}

static const char *op_name(const expr_program *p, const code_instruction *instruction) {
    switch (instruction->op) {
    case CODE_CALL:
        return instruction->function->name;
    case CODE_AND:
        return "AND";
    case CODE_OR:
        return "OR";
    case CODE_MERGE:
        return "merge";
    case CODE_SELECT:
        break;
    }
    return test_name(instruction->test);
}

static void write_instruction(const expr_program *p, const code_instruction *at, base_strbuf *out) {
    if (at->op == CODE_SELECT) {
        base_strbuf_printf(out, "s%d = s%d where %s(", at->dst_scope, at->scope, op_name(p, at));
    } else {
        write_value(p, at->dst, out);
        base_strbuf_printf(out, " = %s(", op_name(p, at));
    }
    for (int32_t i = 0; i < at->arg_count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        if (at->op == CODE_MERGE)
            base_strbuf_printf(out, "s%d: ", at->branch_scopes[i]);
        write_value(p, at->args[i], out);
    }
    base_strbuf_add_char(out, ')');
    if ((at->op == CODE_AND || at->op == CODE_OR) && at->branch_scopes[0] != at->scope)
        base_strbuf_printf(out, " for s%d", at->branch_scopes[0]);
    if (at->scope != 0 && at->op != CODE_SELECT)
        base_strbuf_printf(out, " [s%d]", at->scope);
    base_strbuf_add_char(out, '\n');
}

void expr_program_write(const expr_program *program, base_strbuf *out) {
    for (int32_t i = 0; i < program->code.count; i++)
        write_instruction(program, &program->code.items[i], out);
    base_strbuf_add_text(out, "output ");
    for (int32_t i = 0; i < program->output_count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        write_value(program, program->outputs[i], out);
    }
    base_strbuf_add_char(out, '\n');
    if (program->filter.count == 0)
        return;
    base_strbuf_add_text(out, "filter\n");
    for (int32_t i = 0; i < program->filter.count; i++)
        write_instruction(program, &program->filter.items[i], out);
    base_strbuf_printf(out, "rows s%d\n", program->filter_scope);
}
