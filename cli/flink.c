/* The `flink` command.  It reads the command line, makes the environment of the program
 * (PYTHONPATH, options) and becomes the interpreter that runs it: signals and exit status are the
 * program's own.
 *
 * Options are rows of one table; those that a later release brings are in it too, and are refused
 * by name.  As in Flink, the first word that is no option begins the program's arguments. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rask/rask.h>

#include "base/buffer.h"
#include "base/decimal.h"

enum { EXIT_USAGE = 1, PATH_LENGTH_MAX = 1 << 20, OPTIONS_LENGTH_MAX = 1 << 20 };

typedef struct command_line {
    const char *python_file;
    const char *python_module;
    const char *client_executable;
    const char *parallelism;
    base_strbuf python_files; /* -pyfs items, separated by commas */
    char **program_arguments;
    int program_argument_count;
} command_line;

typedef enum option_id {
    OPTION_PYTHON,
    OPTION_FILES,
    OPTION_MODULE,
    OPTION_CLIENT,
    OPTION_PARALLELISM,
    OPTION_HELP,
    OPTION_LATER
} option_id;

typedef struct option_row {
    const char *names; /* separated by blanks */
    const char *value; /* NULL = a switch */
    option_id id;
    const char *doc;
} option_row;

static const option_row run_options[] = {
    {"-py --python", "file", OPTION_PYTHON, "Python script to run"},
    {"-pyfs --pyFiles --py-files", "file,...", OPTION_FILES,
     "files, directories, .zip, .egg, .whl for its path"},
    {"-pym --pyModule --py-module", "module", OPTION_MODULE,
     "module of -pyfs to run, unless -py is given"},
    {"-pyclientexec --pyClientExecutable", "path", OPTION_CLIENT,
     "interpreter that runs the program"},
    {"-p --parallelism", "n", OPTION_PARALLELISM, "parallelism of the program's jobs"},
    {"-h --help", NULL, OPTION_HELP, "this text"},
    {"-c --class", "classname", OPTION_LATER, NULL},
    {"-C --classpath", "url", OPTION_LATER, NULL},
    {"-cm --claimMode", "mode", OPTION_LATER, NULL},
    {"-d --detached", NULL, OPTION_LATER, NULL},
    {"-D", "property=value", OPTION_LATER, NULL},
    {"-e --executor", "name", OPTION_LATER, NULL},
    {"-m --jobmanager", "address", OPTION_LATER, NULL},
    {"-n --allowNonRestoredState", NULL, OPTION_LATER, NULL},
    {"-pyarch --pyArchives", "path", OPTION_LATER, NULL},
    {"-pyexec -py-exec --py-exec --pyExecutable", "path", OPTION_LATER, NULL},
    {"-py-env --py-env", "process|docker", OPTION_LATER, NULL},
    {"-py-docker-image --py-docker-image", "image", OPTION_LATER, NULL},
    {"-pypath --pyPythonPath", "path", OPTION_LATER, NULL},
    {"-pyreq --pyRequirements", "file", OPTION_LATER, NULL},
    {"-q --sysoutLogging", NULL, OPTION_LATER, NULL},
    {"-rm --restoreMode", "mode", OPTION_LATER, NULL},
    {"-s --fromSavepoint", "path", OPTION_LATER, NULL},
    {"-sae --shutdownOnAttachedExit", NULL, OPTION_LATER, NULL},
    {"-t --target", "name", OPTION_LATER, NULL},
    {"-v --verbose", NULL, OPTION_LATER, NULL},
    {"-yid --yarnapplicationId", "id", OPTION_LATER, NULL},
    {"-z --zookeeperNamespace", "path", OPTION_LATER, NULL},
};
enum { RUN_OPTION_COUNT = sizeof run_options / sizeof *run_options };

static _Noreturn void fail(const char *format, const char *detail) {
    fputs("flink: ", stderr);
    fprintf(stderr, format, detail);
    fputc('\n', stderr);
    exit(EXIT_USAGE);
}

/* Whether `word` is one of the row's names. */
static bool has_name(const option_row *row, const char *word) {
    size_t length = strlen(word);
    for (const char *name = row->names; *name != '\0';) {
        size_t size = strcspn(name, " ");
        if (size == length && strncmp(name, word, size) == 0)
            return true;
        name += size + strspn(name + size, " ");
    }
    return false;
}

/* "-Dkey=value" is -D too; "--name=value" carries its value. */
static const option_row *find_option(const char *word) {
    char name[64];
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    if (strncmp(word, "-D", 2) == 0)
        length = 2;
    if (length >= sizeof name)
        return NULL;
    memcpy(name, word, length);
    name[length] = '\0';
    for (int i = 0; i < RUN_OPTION_COUNT; i++)
        if (has_name(&run_options[i], name))
            return &run_options[i];
    return NULL;
}

/* ---- help ------------------------------------------------------------------------------------ */
static void print_help(void) {
    puts("flink <ACTION> [OPTIONS] [ARGUMENTS]\n");
    puts("  run        run a Python program of the Table API");
    puts("  --version  print the version");
    puts("  --help     print this text\n");
    puts("Run a program: flink run [OPTIONS] -py <file> [PROGRAM ARGUMENTS]\n");
    for (int i = 0; i < RUN_OPTION_COUNT; i++) {
        char left[96];
        const option_row *row = &run_options[i];
        if (row->id == OPTION_LATER)
            continue;
        snprintf(left, sizeof left, "%s %s%s%s", row->names, row->value != NULL ? "<" : "",
                 row->value != NULL ? row->value : "", row->value != NULL ? ">" : "");
        printf("  %-42s %s\n", left, row->doc);
    }
    puts("\nThe interpreter is -pyclientexec, else PYFLINK_CLIENT_EXECUTABLE, else the one of the "
         "build.");
}

/* ---- reading the command line ---------------------------------------------------------------- */
/* The proposal prints "-pyfs a.py, b.py": an item that ends in a comma takes the next word too,
 * unless that is an option. */
static void take_files(command_line *line, const char *first, char **words, int count, int *next) {
    const char *item = first;
    for (;;) {
        base_strbuf_add_text(&line->python_files, item);
        bool goes_on = item[0] != '\0' && item[strlen(item) - 1] == ',';
        if (!goes_on || *next >= count || words[*next][0] == '-')
            return;
        item = words[(*next)++];
    }
}

/* Flink takes paths and URIs. */
static const char *local_path(const char *item) {
    return strncmp(item, "file://", 7) == 0 ? item + 7 : item;
}

static void check_parallelism(const char *text) {
    int64_t value;
    if (!base_i64_parse(text, (int64_t)strlen(text), &value) || value < 1 || value > INT32_MAX)
        fail("The parallelism must be a positive number: %s", text);
}

static void apply(command_line *line, const option_row *row, const char *value, char **words,
                  int count, int *next) {
    switch (row->id) {
    case OPTION_PYTHON:
        line->python_file = local_path(value);
        break;
    case OPTION_FILES:
        if (line->python_files.length > 0)
            base_strbuf_add_char(&line->python_files, ',');
        take_files(line, value, words, count, next);
        break;
    case OPTION_MODULE:
        line->python_module = value;
        break;
    case OPTION_CLIENT:
        line->client_executable = value;
        break;
    case OPTION_PARALLELISM:
        check_parallelism(value);
        line->parallelism = value;
        break;
    default:
        break;
    }
}

static void read_run_options(command_line *line, char **words, int count) {
    int next = 0;
    while (next < count && words[next][0] == '-') {
        const option_row *row = find_option(words[next]);
        if (row == NULL)
            break;
        if (row->id == OPTION_LATER)
            fail("Option %s is not supported yet.", words[next]);
        if (row->id == OPTION_HELP) {
            print_help();
            exit(0);
        }
        const char *word = words[next++];
        const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
        if (equals == NULL && next >= count)
            fail("Missing argument for option: %s", word);
        const char *value = equals != NULL ? equals + 1 : words[next++];
        apply(line, row, value, words, count, &next);
    }
    line->program_arguments = words + next;
    line->program_argument_count = count - next;
}

/* ---- the program's environment --------------------------------------------------------------- */
static bool is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* The directory a path lies in, under the name it has there: "." where it has no slash. */
static void cut_to_directory(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        strcpy(path, ".");
    else
        slash[slash == path] = '\0';
}

/* What goes on PYTHONPATH for one -pyfs item: itself, or for a .py file its directory. */
static void add_python_path(base_strbuf *out, const char *item) {
    char path[PATH_MAX], resolved[PATH_MAX];
    item = local_path(item);
    if (access(item, R_OK) != 0 || snprintf(path, sizeof path, "%s", item) >= PATH_MAX)
        fail("Python file '%s' does not exist or cannot be read.", item);
    if (!is_directory(path) && ends_with(path, ".py"))
        cut_to_directory(path);
    if (realpath(path, resolved) == NULL)
        fail("Python file '%s' cannot be found.", item);
    if (out->length > 0)
        base_strbuf_add_char(out, ':');
    base_strbuf_add_text(out, resolved);
}

static void set_python_path(const command_line *line) {
    base_strbuf path;
    base_strbuf_init(&path, PATH_LENGTH_MAX);
    char *items = base_strdup(line->python_files.data != NULL ? line->python_files.data : "");
    char *rest = items;
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ",")) {
        item += strspn(item, " ");
        for (size_t end = strlen(item); end > 0 && item[end - 1] == ' '; end--)
            item[end - 1] = '\0';
        if (*item != '\0')
            add_python_path(&path, item);
    }
    const char *former = getenv("PYTHONPATH");
    if (former != NULL && *former != '\0')
        base_strbuf_printf(&path, "%s%s", path.length > 0 ? ":" : "", former);
    if (path.length > 0)
        setenv("PYTHONPATH", path.data, 1);
    base_free(items);
    base_strbuf_free(&path);
}

/* Lines of key=value that every table environment of the program starts with. */
static void set_options(const command_line *line) {
    base_strbuf options;
    base_strbuf_init(&options, OPTIONS_LENGTH_MAX);
    base_strbuf_add_text(&options, "execution.attached=true\n");
    if (line->parallelism != NULL)
        base_strbuf_printf(&options, "parallelism.default=%s\n", line->parallelism);
    setenv("RASK_PROGRAM_OPTIONS", options.data, 1);
    base_strbuf_free(&options);
}

/* The build's interpreter: .venv/bin/python beside the directory of this binary. */
static const char *built_interpreter(char *path) {
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 32);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return NULL;
        *slash = '\0';
    }
    strcat(path, "/.venv/bin/python");
    return access(path, X_OK) == 0 ? path : NULL;
}

static const char *interpreter(const command_line *line, char *path) {
    const char *from_environment = getenv("PYFLINK_CLIENT_EXECUTABLE");
    if (line->client_executable != NULL)
        return line->client_executable;
    if (from_environment != NULL && *from_environment != '\0')
        return from_environment;
    const char *built = built_interpreter(path);
    return built != NULL ? built : "python3";
}

/* ---- run ------------------------------------------------------------------------------------- */
static void check_program(const command_line *line) {
    if (line->python_file == NULL && line->python_module == NULL) {
        if (line->program_argument_count > 0 && ends_with(line->program_arguments[0], ".jar"))
            fail("Cannot run '%s': jars need a JVM. Give a Python program with -py.",
                 line->program_arguments[0]);
        if (line->program_argument_count > 0 && line->program_arguments[0][0] == '-')
            fail("Unknown option %s before any program; see flink run --help.",
                 line->program_arguments[0]);
        fail("%s", "Give a program: -py <file>, or -pym <module> with -pyfs.");
    }
    if (line->python_file == NULL && line->python_files.length == 0)
        fail("Option -pym %s needs -pyfs.", line->python_module);
    if (line->python_file != NULL && access(line->python_file, R_OK) != 0)
        fail("Python file '%s' does not exist or cannot be read.", line->python_file);
}

static int run(char **words, int count) {
    command_line line = {0};
    char path[PATH_MAX];
    base_strbuf_init(&line.python_files, PATH_LENGTH_MAX);
    read_run_options(&line, words, count);
    check_program(&line);
    set_python_path(&line);
    set_options(&line);
    const char *python = interpreter(&line, path);
    char **command = BASE_NEW_ARRAY(char *, line.program_argument_count + 4);
    int used = 0;
    command[used++] = (char *)python;
    if (line.python_file == NULL)
        command[used++] = "-m";
    command[used++] = (char *)(line.python_file != NULL ? line.python_file : line.python_module);
    for (int i = 0; i < line.program_argument_count; i++)
        command[used++] = line.program_arguments[i];
    execvp(python, command);
    fprintf(stderr, "flink: Cannot start the interpreter '%s': %s\n", python, strerror(errno));
    return EXIT_USAGE;
}

int main(int argc, char **argv) {
    const char *action = argc > 1 ? argv[1] : "--help";
    if (strcmp(action, "run") == 0)
        return run(argv + 2, argc - 2);
    if (strcmp(action, "--version") == 0 || strcmp(action, "-v") == 0) {
        printf("Version: %s\n", rask_version());
        return 0;
    }
    if (strcmp(action, "--help") == 0 || strcmp(action, "-h") == 0) {
        print_help();
        if (argc > 1)
            return 0;
        puts("\nPlease specify an action.");
        return EXIT_USAGE;
    }
    static const char *const later[] = {"info",      "list",       "cancel",         "stop",
                                        "savepoint", "checkpoint", "run-application"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(action, later[i]) == 0)
            fail("Action %s is not supported yet.", action);
    fail("\"%s\" is not a valid action; see flink --help.", action);
}
