/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: talking to the daemon, and printing.
 */
#include "daemon/ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <wchar.h>

#include "common/base/text.h"

/* --- errors and configuration ---- */

static int print_error(const char *fmt, va_list ap) _printf_(1, 0);

static int print_error(const char *fmt, va_list ap)
{
        char raw[8192], text[8192];

        (void)vsnprintf(raw, sizeof(raw), fmt, ap);
        /* names of files may stand in it */
        (void)fprintf(stderr, "giactl: %s\n", text_printable(text, sizeof(text), raw, strlen(raw)));
        return EXIT_ERROR;
}

int ctl_error(const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        int status = print_error(fmt, ap);
        va_end(ap);
        return status;
}

int ctl_usage(const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        int status = print_error(fmt, ap);
        va_end(ap);
        (void)fputs("giactl: see giactl --help\n", stderr);
        return status;
}

const struct config *ctl_config(struct ctl *ctl)
{
        struct config_error error;
        int k;

        if (ctl->config)
                return ctl->config;
        if (!ctl->config_given && access(ctl->config_path, F_OK) < 0)
                k = config_parse(&ctl->config, "built-in defaults", "", 0, &error);
        else
                k = config_load(&ctl->config, ctl->config_path, &error);
        if (k == -EBADMSG)
                (void)ctl_error("%s:%u:%u: %s", error.file, error.line, error.column,
                                error.message);
        else if (k < 0)
                (void)ctl_error("%s: %s", ctl->config_path, strerror(-k));
        return ctl->config;
}

/* --- the daemon ---- */

/* A configuration that was refused does not stop giad, and is when its status is wanted most. Its
 * runtime directory cannot have changed without a restart, so one line of the file is believed.
 * Returns 0 or negative errno: nothing is known. */
static int runtime_directory_of_bad(const char *config_path, bool given, char dst[static 4096])
{
        static const char key[] = "runtime_directory:";
        _cleanup_close_ int fd = open(config_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        char line[4200];
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        _cleanup_fclose_ FILE *f = fdopen(fd, "r");
        if (!f)
                return -errno;
        (void)take_fd(&fd);
        while (fgets(line, sizeof(line), f)) {
                if (strncmp(line, key, sizeof(key) - 1) != 0)
                        continue;
                char *value = line + sizeof(key) - 1;
                value += strspn(value, " \t\"'");
                value[strcspn(value, "\"'#\r\n")] = '\0';
                for (size_t n = strlen(value); n > 0 && strchr(" \t", value[n - 1]); n--)
                        value[n - 1] = '\0';
                return *value == '/' && text_copy(dst, 4096, value) ? 0 : -EINVAL;
        }
        /* of a file that was named, the default would be another giad's */
        if (given)
                return -ENOENT;
        (void)text_copy(dst, 4096, option_info(OPTION_RUNTIME_DIRECTORY)->fallback);
        return 0;
}

struct control_client *ctl_connect(struct ctl *ctl)
{
        const struct config *config = ctl_config(ctl);
        struct control_client *client = NULL;
        char path[4200], directory[4096];

        if (config)
                (void)text_copy(directory, sizeof(directory),
                                config_text(config, OPTION_RUNTIME_DIRECTORY));
        else if (runtime_directory_of_bad(ctl->config_path, ctl->config_given, directory) < 0)
                return NULL;
        (void)snprintf(path, sizeof(path), "%s/control", directory);
        int k = control_client_new(&client, path);
        if (k < 0) {
                (void)ctl_error("giad cannot be reached at %s: %s%s", path, strerror(-k),
                                k == -ECONNREFUSED || k == -ENOENT
                                        ? " (is it running? systemctl status giad)"
                                        : "");
                return NULL;
        }
        if (ctl->patience > 0)
                (void)control_client_set_patience(client, ctl->patience);
        return client;
}

cJSON *ctl_receive(struct control_client *client, bool *ret_continues)
{
        cJSON *parameters = NULL;
        char *error = NULL;
        int k = control_client_receive(client, &parameters, ret_continues, &error);

        if (k == -EREMOTEIO) {
                const char *message = ctl_text(parameters, "message"),
                           *parameter = ctl_text(parameters, "parameter");

                if (*message)
                        (void)ctl_error("%s", message);
                else
                        (void)ctl_error("%s%s%s (giad refused)", error, *parameter ? ": " : "",
                                        parameter);
                cJSON_Delete(parameters);
                parameters = NULL;
        } else if (k == -EAGAIN) {
                (void)ctl_error("giad does not answer: it hangs, or has very much to do");
        } else if (k < 0) {
                (void)ctl_error("giad closed the connection: %s", strerror(-k));
        } else if (!parameters) {
                parameters = cJSON_CreateObject();
        }
        free(error);
        return parameters;
}

cJSON *ctl_call(struct ctl *ctl, const char *method, cJSON *parameters)
{
        struct control_client *client = ctl_connect(ctl);
        bool continues;
        cJSON *reply = NULL;

        if (!client) {
                cJSON_Delete(parameters);
                return NULL;
        }
        int k = control_client_send(client, method, parameters, false);
        if (k < 0)
                (void)ctl_error("giad closed the connection: %s", strerror(-k));
        else
                reply = ctl_receive(client, &continues);
        (void)control_client_free(client);
        return reply;
}

/* --- arguments ---- */

int ctl_no_arguments(const struct ctl *ctl)
{
        return ctl->n_args == 0 ? EXIT_OK : ctl_usage("unexpected argument \"%s\"", ctl->args[0]);
}

int ctl_add_number(cJSON *parameters, const char *name, const char *text)
{
        uint64_t n;

        if (!text)
                return EXIT_OK;
        if (text_to_u64(text, 10, &n) < 0)
                return ctl_usage("--%s takes a whole number, not \"%s\"", name, text);
        (void)cJSON_AddNumberToObject(parameters, name, (double)n);
        return EXIT_OK;
}

int ctl_duration(const char *text, double *ret)
{
        static const struct {
                const char *unit;
                double seconds;
        } units[] = {{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
        char *end;
        double n = strtod(text, &end);

        for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                /* not inf or nan, and what the daemon takes */
                if (*text >= '0' && *text <= '9' && n * units[i].seconds >= 1 &&
                    n * units[i].seconds < 1e10 && strcmp(end, units[i].unit) == 0) {
                        *ret = n * units[i].seconds;
                        return 0;
                }
        }
        return -EINVAL;
}

/* --- JSON ---- */

void ctl_print_json(const cJSON *value)
{
        char *text = cJSON_PrintUnformatted(value);

        if (text)
                (void)puts(text);
        cJSON_free(text);
}

void ctl_print_list(struct ctl *ctl, const cJSON *list)
{
        const cJSON *item;

        if (ctl->output == OUTPUT_JSON) {
                ctl_print_json(list);
                return;
        }
        cJSON_ArrayForEach(item, list) ctl_print_json(item);
}

const char *ctl_text(const cJSON *object, const char *key)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

        return s ? s : "";
}

const char *ctl_short_time(const char *rfc3339, char buf[static 20])
{
        (void)snprintf(buf, 20, "%.10s %.8s", rfc3339, strlen(rfc3339) > 11 ? rfc3339 + 11 : "");
        return buf;
}

double ctl_number(const cJSON *object, const char *key)
{
        const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, key);

        return cJSON_IsNumber(n) ? n->valuedouble : 0;
}

/* --- colours ---- */

const char *ctl_colour(const struct ctl *ctl, const char *word)
{
        static const struct {
                const char *word, *sgr;
        } colours[] = {
                {"critical", "\x1b[1;31m"}, {"high", "\x1b[31m"},     {"medium", "\x1b[33m"},
                {"low", "\x1b[36m"},        {"info", "\x1b[2m"},      {"quarantined", "\x1b[1;35m"},
                {"pending", "\x1b[33m"},    {"released", "\x1b[32m"}, {"approved", "\x1b[32m"},
                {"good", "\x1b[32m"},       {"bad", "\x1b[1;31m"},
        };

        for (size_t i = 0; ctl->colour && i < ELEMENTSOF(colours); i++)
                if (strcmp(colours[i].word, word) == 0)
                        return colours[i].sgr;
        return "";
}

const char *ctl_bold(const struct ctl *ctl)
{
        return ctl->colour ? "\x1b[1m" : "";
}

const char *ctl_dim(const struct ctl *ctl)
{
        return ctl->colour ? "\x1b[2m" : "";
}

const char *ctl_plain(const struct ctl *ctl)
{
        return ctl->colour ? "\x1b[0m" : "";
}

/* --- tables ---- */

struct table {
        unsigned columns;
        char **cells;
        size_t n;
};

struct table *table_new(unsigned columns)
{
        struct table *t = calloc(1, sizeof(*t));

        if (t)
                t->columns = columns;
        return t;
}

void table_add(struct table *t, const char *cell)
{
        char **cells = t ? reallocarray(t->cells, t->n + 1, sizeof(*cells)) : NULL;

        if (!cells)
                return;
        t->cells = cells;
        cells[t->n++] = strdup(cell ? cell : "");
}

void table_add_number(struct table *t, double n)
{
        char text[32];

        (void)snprintf(text, sizeof(text), "%.0f", n);
        table_add(t, text);
}

static size_t width_of(const char *s)
{
        size_t width = 0;

        for (; s && *s; s++)
                width += ((unsigned char)*s & 0xc0) != 0x80;
        return width;
}

void table_print(struct table *t, const struct ctl *ctl, FILE *out)
{
        size_t widths[16] = {0};

        if (!t)
                return;
        for (size_t i = 0; i < t->n; i++)
                widths[i % t->columns] = MAX_OF(widths[i % t->columns], width_of(t->cells[i]));
        for (size_t i = 0; i < t->n; i++) {
                unsigned column = (unsigned)(i % t->columns);
                bool heading = i < t->columns, last = column + 1 == t->columns;
                const char *cell = t->cells[i] ? t->cells[i] : "";
                const char *colour = heading ? ctl_bold(ctl) : ctl_colour(ctl, cell);

                (void)fprintf(out, "%s%s%s%*s%s", colour, cell, *colour ? ctl_plain(ctl) : "",
                              last ? 0 : (int)(widths[column] - width_of(cell) + 2), "",
                              last ? "\n" : "");
        }
        for (size_t i = 0; i < t->n; i++)
                free(t->cells[i]);
        free(t->cells);
        free(t);
}

const char *ctl_absolute(const char *path, char buf[static PATH_MAX])
{
        char cwd[PATH_MAX];

        if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
                return path;
        while (path[0] == '.' && path[1] == '/')
                path += 2;
        if (snprintf(buf, PATH_MAX, "%s/%s", cwd, path) >= PATH_MAX)
                return path;
        return buf;
}
