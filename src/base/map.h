/* String-keyed hash map with insertion order kept (configuration, catalogs, names).  Keys are
 * copied.  Not thread-safe; wrap it in a lock where shared. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/memory.h"

typedef struct base_map base_map;

/* `free_value` is called for replaced and removed values and at base_map_free; may be NULL. */
base_map *base_map_new(void (*free_value)(void *));
void base_map_free(base_map *map);
void *base_map_get(const base_map *map, const char *key); /* NULL = absent */
bool base_map_has(const base_map *map, const char *key);
void base_map_put(base_map *map, const char *key, void *value);
bool base_map_remove(base_map *map, const char *key);
void base_map_clear(base_map *map);
int64_t base_map_count(const base_map *map);
/* Iterates in insertion order: start with *cursor = 0; returns false at the end. */
bool base_map_next(const base_map *map, int64_t *cursor, const char **key, void **value);

#endif
