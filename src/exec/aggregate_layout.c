/* The row of a group: the hidden row count where the operator wants one, then the calls' states,
 * each at its alignment. */
#include "exec/aggregate_layout.h"

static int32_t align_to(int32_t offset, int32_t align) {
    return (offset + align - 1) / align * align;
}

static bool is_floating(const data_type *type) {
    return type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE;
}

static rask_status make_call(exec_agg_call *call, const func_context *context, rask_error *err) {
    const exec_aggregate *spec = call->spec;
    const func_aggregate *row = spec->row;
    call->arg_count = spec->arg_count;
    for (int32_t i = 0; i < spec->arg_count; i++) {
        call->args[i] = spec->args[i];
        call->arg_types[i] = spec->arg_types[i];
    }
    if (spec->filter_column >= 0 && (row->flags & FUNC_AGG_COUNTS_ROWS) != 0) {
        const data_type *type = data_type_simple(DATA_BOOLEAN, true);
        func_aggregate_resolution counting;
        RASK_TRY(func_aggregate_resolve("COUNT", &type, 1, true, &counting, err));
        row = counting.row;
        call->counts_filter = true;
        call->arg_count = 1;
        call->args[0] = spec->filter_column;
        call->arg_types[0] = type;
    }
    call->call = (func_aggregate_call){.row = row,
                                       .context = context,
                                       .arg_types = call->arg_types,
                                       .arg_count = call->arg_count,
                                       .result_type = spec->result_type};
    bool compares_only =
        (row->flags & FUNC_AGG_DISTINCT_IS_SAME) != 0 || strcmp(row->name, "COUNT") == 0;
    call->is_order_sensitive = (row->flags & FUNC_AGG_ORDERED) != 0;
    for (int32_t i = 0; i < call->arg_count && !compares_only; i++)
        call->is_order_sensitive = call->is_order_sensitive || is_floating(call->arg_types[i]);
    return RASK_OK;
}

static void place_state(exec_agg_layout *layout, exec_agg_call *call) {
    const func_aggregate *row = call->call.row;
    int32_t align = row->state_align > 0 ? row->state_align : 8;
    call->offset = align_to(layout->row_bytes, align);
    layout->row_bytes = call->offset + row->state_size;
    layout->row_align = align > layout->row_align ? align : layout->row_align;
    layout->is_flat = layout->is_flat && row->snapshot == NULL && row->destroy == NULL;
    layout->is_order_sensitive = layout->is_order_sensitive || call->is_order_sensitive;
}

rask_status exec_agg_layout_new(const exec_aggregate_params *params, const func_context *context,
                                bool has_count, exec_agg_layout **out, rask_error *err) {
    exec_agg_layout *layout = BASE_NEW(exec_agg_layout);
    layout->params = params;
    layout->is_flat = true;
    layout->row_align = 8;
    layout->count_offset = has_count ? 0 : -1;
    layout->row_bytes = has_count ? (int32_t)sizeof(int64_t) : 0;
    layout->call_count = params->aggregate_count;
    layout->calls = BASE_NEW_ARRAY(exec_agg_call, params->aggregate_count + 1);
    for (int32_t i = 0; i < params->aggregate_count; i++) {
        exec_agg_call *call = &layout->calls[i];
        call->spec = &params->aggregates[i];
        rask_status status = make_call(call, context, err);
        if (status != RASK_OK) {
            exec_agg_layout_free(layout);
            return status;
        }
        place_state(layout, call);
    }
    layout->row_bytes = align_to(layout->row_bytes, 8);
    *out = layout;
    return RASK_OK;
}

void exec_agg_layout_free(exec_agg_layout *layout) {
    if (layout == NULL)
        return;
    base_free(layout->calls);
    base_free(layout);
}

void exec_agg_init_row(const exec_agg_layout *layout, void *row) {
    for (int32_t i = 0; i < layout->call_count; i++) {
        const exec_agg_call *call = &layout->calls[i];
        call->call.row->init(&call->call, (uint8_t *)row + call->offset);
    }
}

/* ---- rows outside the table ------------------------------------------------------------------ */
void exec_agg_write_row(void *context, const void *row, func_memory *memory, base_strbuf *out) {
    const exec_agg_layout *layout = context;
    if (layout->count_offset >= 0)
        base_strbuf_add(out, (const char *)row + layout->count_offset, sizeof(int64_t));
    for (int32_t i = 0; i < layout->call_count; i++) {
        const exec_agg_call *call = &layout->calls[i];
        const uint8_t *state = (const uint8_t *)row + call->offset;
        if (call->call.row->snapshot != NULL)
            call->call.row->snapshot(&call->call, state, memory, out);
        else
            base_strbuf_add(out, (const char *)state, call->call.row->state_size);
    }
}

static rask_status damaged(rask_error *err) {
    return rask_error_set(err, RASK_ERROR_IO, "The stored state of an aggregate is damaged.");
}

rask_status exec_agg_read_row(void *context, const char *bytes, int64_t size, void *row,
                              func_memory *memory, rask_error *err) {
    const exec_agg_layout *layout = context;
    const char *at = bytes, *end = bytes + size;
    if (layout->count_offset >= 0) {
        if (end - at < (int64_t)sizeof(int64_t))
            return damaged(err);
        memcpy((uint8_t *)row + layout->count_offset, at, sizeof(int64_t));
        at += sizeof(int64_t);
    }
    for (int32_t i = 0; i < layout->call_count; i++) {
        const exec_agg_call *call = &layout->calls[i];
        uint8_t *state = (uint8_t *)row + call->offset;
        int64_t used = call->call.row->state_size;
        if (call->call.row->restore != NULL)
            RASK_TRY(call->call.row->restore(&call->call, at, end - at, state, memory, &used, err));
        else if (end - at < used)
            return damaged(err);
        else
            memcpy(state, at, (size_t)used);
        at += used;
    }
    return at == end ? RASK_OK : damaged(err);
}

void exec_agg_destroy_row(void *context, void *row, func_memory *memory) {
    const exec_agg_layout *layout = context;
    for (int32_t i = 0; i < layout->call_count; i++) {
        const exec_agg_call *call = &layout->calls[i];
        if (call->call.row->destroy != NULL)
            call->call.row->destroy(&call->call, (uint8_t *)row + call->offset, memory);
    }
}

rask_status exec_agg_merge_rows(const exec_agg_layout *layout, void *const *into,
                                const void *const *from, int32_t count, void **scratch_into,
                                const void **scratch_from, func_memory *into_memory,
                                func_memory *from_memory, rask_error *err) {
    for (int32_t c = 0; c < layout->call_count; c++) {
        const exec_agg_call *call = &layout->calls[c];
        for (int32_t i = 0; i < count; i++) {
            scratch_into[i] = (uint8_t *)into[i] + call->offset;
            scratch_from[i] = (const uint8_t *)from[i] + call->offset;
        }
        RASK_TRY(call->call.row->merge(&call->call, scratch_into, scratch_from, count, into_memory,
                                       from_memory, err));
    }
    return RASK_OK;
}

void exec_agg_schema_text(const exec_agg_layout *layout, const data_schema *input,
                          base_strbuf *out) {
    const exec_aggregate_params *params = layout->params;
    base_strbuf_add_text(out, "keys=[");
    for (int32_t i = 0; i < params->key_count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        data_type_write(input->types[params->keys[i]], true, out);
    }
    base_strbuf_add_text(out, "], aggregates=[");
    for (int32_t i = 0; i < layout->call_count; i++) {
        const exec_agg_call *call = &layout->calls[i];
        base_strbuf_printf(out, "%s%s%s%s", i > 0 ? ", " : "", call->call.row->name,
                           call->spec->distinct ? " distinct" : "", call->call.row->sig);
        for (int32_t a = 0; a < call->arg_count; a++) {
            base_strbuf_add_text(out, a > 0 ? ", " : " of ");
            data_type_write(call->arg_types[a], true, out);
        }
    }
    base_strbuf_add_text(out, layout->count_offset >= 0 ? "], counted" : "]");
}
