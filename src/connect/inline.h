/* The connector behind tables whose rows are in memory (from_elements, imported Arrow, VALUES).  It
 * has no name in SQL: connect_resolve picks it by the table's kind. */
#ifndef CONNECT_INLINE_H
#define CONNECT_INLINE_H

#include "connect/connect.h"

extern const connect_class connect_inline;

#endif
