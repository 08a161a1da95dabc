/* Parsed trees as one line of text, for tests: "=(a, 1)", "SELECT(a; FROM t; WHERE >(a, 1))". */
#ifndef SQL_TREE_H
#define SQL_TREE_H

#include "sql/sql.h"

void sql_tree_expression(const expr_node *node, base_strbuf *out);
void sql_tree_plan(const plan_node *node, base_strbuf *out);
void sql_tree_statement(const sql_statement *statement, base_strbuf *out);

#endif
