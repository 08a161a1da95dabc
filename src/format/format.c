/* Finding a format by name. */
#include "format/format.h"

#include <string.h>

#define FORMAT(symbol) extern const format_class symbol;
#include "format/format.list"
#undef FORMAT

static const format_class *const formats[] = {
#define FORMAT(symbol) &symbol,
#include "format/format.list"
#undef FORMAT
};

const format_class *const *format_all(int32_t *count) {
    *count = (int32_t)(sizeof formats / sizeof formats[0]);
    return formats;
}

const format_class *format_find(const char *name) {
    int32_t count;
    const format_class *const *all = format_all(&count);
    for (int32_t i = 0; i < count; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}
