/* Converters for dates and times; a part of csv_convert.c that grew too long. */
#ifndef FORMAT_CSV_TIME_H
#define FORMAT_CSV_TIME_H

#include "format/csv.h"

csv_converter csv_time_converter_for(const csv_dialect *dialect, const data_type *type);

#endif
