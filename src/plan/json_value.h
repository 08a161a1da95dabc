/* Values in the plan document; shared by its writer and its reader. */
#ifndef PLAN_JSON_VALUE_H
#define PLAN_JSON_VALUE_H

#include <yyjson.h>

#include "plan/plan_json.h"

/* yyjson on the memory of base/. */
extern const yyjson_alc plan_json_memory;

yyjson_mut_val *plan_json_from_value(yyjson_mut_doc *doc, const data_value *value);
/* False where the JSON value is none of the type. */
bool plan_json_to_value(base_arena *arena, yyjson_val *json, const data_type *type,
                        data_value *out);

#endif
