/* Sections in pieces: what snapshots of tables need beyond state.h. */
#ifndef STATE_SNAPSHOT_H
#define STATE_SNAPSHOT_H

#include "state/state.h"

typedef struct state_section {
    char *uid, *schema;
    int32_t version;
    uint8_t *bytes;
    int64_t size;
} state_section;

/* A section that is written in pieces. */
rask_status state_section_begin(state_writer *writer, const char *uid, const char *schema,
                                int32_t version, rask_error *err);
rask_status state_section_add(state_writer *writer, const void *bytes, int64_t size,
                              rask_error *err);
rask_status state_section_end(state_writer *writer, rask_error *err);

/* Section i when it is the uid's, NULL when it is another's; a mismatch of schema or version is
 * refused, naming both. */
rask_status state_reader_match(const state_reader *reader, int32_t i, const char *uid,
                               const char *schema, int32_t version, const state_section **out,
                               rask_error *err);

#endif
