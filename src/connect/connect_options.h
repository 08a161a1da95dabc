/* What connectors share in reading their options and their configuration. */
#ifndef CONNECT_CONNECT_OPTIONS_H
#define CONNECT_CONNECT_OPTIONS_H

#include "connect/connect.h"

/* The option's value in the table, else its row's default, else NULL. */
const char *connect_option(const connect_config *config, const connect_class *connector,
                           const char *key);
/* Values were checked by connect_resolve, so these do not fail; absent gives `absent`. */
bool connect_option_bool(const connect_config *config, const connect_class *connector,
                         const char *key);
int64_t connect_option_number(const connect_config *config, const connect_class *connector,
                              const char *key, int64_t absent);

const base_world *connect_world(const connect_config *config);
bool connect_is_streaming(const connect_config *config);
/* The table's format, NULL without one or when it is unknown. */
const format_class *connect_format(const plan_table *table);
format_config connect_format_config(const connect_config *config);
/* Options: complete, known, of the right kind; the format exists and has the direction. */
rask_status connect_check_options(const connect_config *config, const connect_class *connector,
                                  bool as_sink, rask_error *err);

#endif
