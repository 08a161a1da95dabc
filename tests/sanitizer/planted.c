/* Planted errors: a build whose sanitizers pass these by would pass everything by.
 *
 * The same functions serve as a program (`planted overflow`) and as a shared library that the
 * tests load into the interpreter, which has the sanitizer's runtime by LD_PRELOAD only.  Sizes
 * and values go through `volatile` so that the compiler does not see what is coming. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLANTED __attribute__((visibility("default")))

PLANTED int planted_overflow(void);
PLANTED int planted_undefined(void);
PLANTED int planted_leak(void);
PLANTED int planted_race(void);

static volatile int planted_size = 16;
static void *volatile planted_memory;

/* Writes one byte past a heap block. */
int planted_overflow(void) {
    char *bytes = malloc((size_t)planted_size);
    bytes[planted_size] = 1;
    int seen = bytes[planted_size];
    free(bytes);
    return seen;
}

/* Adds past the largest int. */
int planted_undefined(void) {
    volatile int large = INT_MAX;
    large = large + planted_size;
    return large;
}

/* Forgets the only pointer to a block. */
int planted_leak(void) {
    planted_memory = malloc((size_t)planted_size);
    memset(planted_memory, 0, (size_t)planted_size);
    planted_memory = NULL;
    return 0;
}

static int planted_shared;

static void *planted_increment(void *unused) {
    for (int i = 0; i < 1000; i++)
        planted_shared++;
    return unused;
}

/* Two threads write one variable with nothing between them. */
int planted_race(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, planted_increment, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return planted_shared == 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*plant)(void);
    } plants[] = {
        {"overflow", planted_overflow},
        {"undefined", planted_undefined},
        {"leak", planted_leak},
        {"race", planted_race},
    };
    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
        if (argc == 2 && strcmp(argv[1], plants[i].name) == 0) {
            plants[i].plant();
            puts("not detected");
            return 0;
        }
    }
    fputs("usage: planted overflow|undefined|leak|race\n", stderr);
    return 2;
}
