/* From stored values to column values.
 *
 * A parquet_conversion says how the values of one leaf of the file become values of a column of one
 * of Flink's types.  Which pairs there are, what is checked (ranges, precision) and what is changed
 * (units of time, the zone) is decided once, when a file is opened; converting is a plain loop.
 *
 * Timestamps: Flink stores wall clock times of the machine's zone as UTC instants unless
 * `parquet.utc-timezone` is set, TIMESTAMP and TIMESTAMP_LTZ alike. */
#ifndef FORMAT_PARQUET_VALUE_H
#define FORMAT_PARQUET_VALUE_H

#include "format/parquet_footer.h"

typedef struct parquet_conversion parquet_conversion;
/* `in`: `count` values in PLAIN encoding, back to back.  False: one of them does not fit. */
typedef bool (*parquet_convert)(parquet_conversion *conversion, const uint8_t *in, int64_t count,
                                void *out);
struct parquet_conversion {
    const parquet_node *leaf;
    const data_type *type;
    data_physical physical;  /* of the column */
    parquet_convert convert; /* NULL: booleans and texts, which pages know how to read */
    int32_t width;           /* bytes of a stored value; 0 = they have lengths, or are bits */
    int64_t factor, divisor; /* of times */
    int64_t step;            /* times are cut to multiples of this many units */
    bool shifts_zone;
    bool is_text;    /* must be UTF-8 */
    base_i128 limit; /* DECIMAL: 10^precision */
    base_i128 bound; /* DECIMAL: of the values since it was set to 0 */
};

/* RASK_ERROR_RUNTIME "Unexpected type: INT32 ..." when the leaf cannot be read as the type. */
rask_status parquet_conversion_find(const format_input *input, const parquet_node *leaf,
                                    const data_type *type, const char *column, bool is_utc,
                                    parquet_conversion *out, rask_error *err);
/* A chunk's statistics allow values narrower than the type: DECIMAL(38, s) in 64 bits. */
void parquet_conversion_narrow(parquet_conversion *conversion,
                               const parquet_statistics *statistics);
/* What parquet_conversion_narrow did is undone. */
void parquet_conversion_widen(parquet_conversion *conversion);
/* A bound of statistics as a value; false = there is none to be had. */
bool parquet_statistic_value(const parquet_conversion *conversion, base_arena *arena,
                             const uint8_t *bytes, int64_t length, data_value *out);

/* ---- the machine's time zone (parquet_zone.c) ------------------------------------------------ */
/* Whether wall clock and UTC are the same, so that nothing needs to be moved. */
bool parquet_zone_is_utc(void);
/* Microseconds; a wall clock time that a change of clocks skips or repeats counts as standard time,
 * as in Java. */
int64_t parquet_zone_to_wall(int64_t instant_us);
int64_t parquet_zone_to_instant(int64_t wall_us);

#endif
