/* The plan document: one documented, versioned JSON form of a bound plan (docs/plan-format.md). */
#ifndef PLAN_PLAN_JSON_H
#define PLAN_PLAN_JSON_H

#include "plan/plan.h"

enum { PLAN_DOCUMENT_VERSION = 1 };

/* Inline data is written as rows of text values.  User functions are written by name. */
rask_status plan_write(const plan_node *root, base_strbuf *out, rask_error *err);
/* A damaged document is refused naming the JSON path; types are re-checked by binding signatures.
 * `catalog` resolves user functions by name; may be NULL. */
rask_status plan_read(const char *text, int64_t length, plan_catalog *catalog, plan **out,
                      rask_error *err);

#endif
