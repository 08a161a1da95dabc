/* The csv format's row in the list of formats; the parts are in csv_*.c, csv.h has the map. */
#include "format/csv.h"

const format_class format_csv = {
    .size = sizeof(format_class),
    .abi_version = FORMAT_ABI_VERSION,
    .name = "csv",
    .doc = "Comma-separated values; in 1.9 descriptor tables the OldCsv format.",
    .options = csv_options,
    .legacy_options = csv_legacy_options,
    .reads = true,
    .writes = true,
    .check = csv_check,
    .plan_splits = csv_plan_splits,
    .open_reader = csv_open_reader,
    .read = csv_read,
    .position = csv_position,
    .close_reader = csv_close_reader,
    .estimate_rows = text_estimate_lines,
    .open_writer = csv_open_writer,
    .write = csv_write,
    .finish_writer = csv_finish_writer,
    .close_writer = csv_close_writer,
};
