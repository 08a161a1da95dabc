/* String-keyed map: entries in an array in insertion order, found through a table of open slots
 * that hold entry numbers.  A removed entry keeps its place with a NULL key, so that probing and
 * cursors go on; rebuilding the table, which happens when the entries are full, drops them. */
#include "base/map.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct entry {
    char *key; /* NULL = removed */
    void *value;
    uint64_t hash;
} entry;

struct base_map {
    void (*free_value)(void *);
    entry *entries;
    int32_t *slots; /* 1 + entry number; 0 = free.  Twice as many as entries, a power of two */
    int64_t entry_count, entry_capacity;
    int64_t live_count;
};

base_map *base_map_new(void (*free_value)(void *)) {
    base_map *map = BASE_NEW(base_map);
    map->free_value = free_value;
    return map;
}

static void free_entry(base_map *map, entry *e) {
    if (e->key != NULL && map->free_value != NULL)
        map->free_value(e->value);
    base_free(e->key);
    e->key = NULL;
}

void base_map_clear(base_map *map) {
    for (int64_t i = 0; i < map->entry_count; i++)
        free_entry(map, &map->entries[i]);
    base_free(map->entries);
    base_free(map->slots);
    *map = (base_map){.free_value = map->free_value};
}

void base_map_free(base_map *map) {
    if (map == NULL)
        return;
    base_map_clear(map);
    base_free(map);
}

static uint64_t hash_of(const char *key) {
    return XXH3_64bits(key, strlen(key));
}

static entry *find(const base_map *map, const char *key, uint64_t hash) {
    if (map->live_count == 0)
        return NULL;
    uint64_t mask = 2 * (uint64_t)map->entry_capacity - 1;
    for (uint64_t slot = hash & mask; map->slots[slot] != 0; slot = (slot + 1) & mask) {
        entry *e = &map->entries[map->slots[slot] - 1];
        if (e->key != NULL && e->hash == hash && strcmp(e->key, key) == 0)
            return e;
    }
    return NULL;
}

static void insert_slot(base_map *map, int64_t number) {
    uint64_t mask = 2 * (uint64_t)map->entry_capacity - 1;
    uint64_t slot = map->entries[number].hash & mask;
    while (map->slots[slot] != 0)
        slot = (slot + 1) & mask;
    map->slots[slot] = (int32_t)number + 1;
}

static void rebuild(base_map *map) {
    int64_t kept = 0;
    for (int64_t i = 0; i < map->entry_count; i++)
        if (map->entries[i].key != NULL)
            map->entries[kept++] = map->entries[i];
    map->entry_count = kept;
    if (2 * kept >= map->entry_capacity) {
        map->entry_capacity = map->entry_capacity > 0 ? 2 * map->entry_capacity : 8;
        map->entries =
            base_realloc(map->entries, map->entry_capacity * (int64_t)sizeof *map->entries);
    }
    base_free(map->slots);
    map->slots = BASE_NEW_ARRAY(int32_t, 2 * map->entry_capacity);
    for (int64_t i = 0; i < kept; i++)
        insert_slot(map, i);
}

void *base_map_get(const base_map *map, const char *key) {
    entry *e = find(map, key, hash_of(key));
    return e != NULL ? e->value : NULL;
}

bool base_map_has(const base_map *map, const char *key) {
    return find(map, key, hash_of(key)) != NULL;
}

void base_map_put(base_map *map, const char *key, void *value) {
    uint64_t hash = hash_of(key);
    entry *e = find(map, key, hash);
    if (e != NULL) {
        if (map->free_value != NULL && e->value != value)
            map->free_value(e->value);
        e->value = value;
        return;
    }
    if (map->entry_count == map->entry_capacity)
        rebuild(map);
    map->entries[map->entry_count] = (entry){base_strdup(key), value, hash};
    insert_slot(map, map->entry_count++);
    map->live_count++;
}

bool base_map_remove(base_map *map, const char *key) {
    entry *e = find(map, key, hash_of(key));
    if (e == NULL)
        return false;
    free_entry(map, e);
    map->live_count--;
    return true;
}

int64_t base_map_count(const base_map *map) {
    return map->live_count;
}

bool base_map_next(const base_map *map, int64_t *cursor, const char **key, void **value) {
    while (*cursor < map->entry_count) {
        const entry *e = &map->entries[(*cursor)++];
        if (e->key == NULL)
            continue;
        if (key != NULL)
            *key = e->key;
        if (value != NULL)
            *value = e->value;
        return true;
    }
    return false;
}
