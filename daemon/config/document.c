/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one YAML file, from its bytes to the nodes that a reader is given, and how errors in it are told.
 * Does not own: what is in it (config.c, lists.c, signed.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/config/internal.h"

#define CONFIG_DEPTH_MAX 32u

/* --- errors ---- */

static int set_error(struct config_error *e, const char *file, size_t line, size_t column,
                     const char *fmt, va_list ap) _printf_(5, 0);

static int set_error(struct config_error *e, const char *file, size_t line, size_t column,
                     const char *fmt, va_list ap)
{
        char raw[sizeof(e->message)];

        (void)text_printable(e->file, sizeof(e->file), file, strlen(file));
        e->line = (uint32_t)line;
        e->column = (uint32_t)column;
        (void)vsnprintf(raw, sizeof(raw), fmt, ap);
        (void)text_printable(e->message, sizeof(e->message), raw, strlen(raw));
        return -EBADMSG;
}

int file_error(struct config_error *e, const char *file, size_t line, size_t column,
               const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        int k = set_error(e, file, line, column, fmt, ap);
        va_end(ap);
        return k;
}

int reading_error(struct reading *r, const yaml_node_t *at, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        int k = set_error(r->error, r->file, at->start_mark.line + 1, at->start_mark.column + 1,
                          fmt, ap);
        va_end(ap);
        return k;
}

int reading_unknown(struct reading *r, const yaml_node_t *at, const char *what, const char *word,
                    const char *const *allowed, size_t n)
{
        const char *nearest = text_nearest(word, allowed, n);
        char list[256] = "";

        if (n <= 16) {
                for (size_t i = 0, used = 0; i < n && used < sizeof(list); i++)
                        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                                 i         ? ", "
                                                 : nearest ? " Allowed: "
                                                           : "; allowed: ",
                                                 allowed[i]);
        }
        if (nearest)
                return reading_error(r, at, "unknown %s \"%.80s\"; did you mean \"%s\"?%s", what,
                                     word, nearest, list);
        return reading_error(r, at, "unknown %s \"%.80s\"%s", what, word, list);
}

uint32_t reading_line(const yaml_node_t *node)
{
        return (uint32_t)node->start_mark.line + 1;
}

yaml_node_t *reading_node(struct reading *r, int index)
{
        return yaml_document_get_node(r->document, index);
}

int reading_scalar(struct reading *r, const yaml_node_t *node, const char *what, const char **ret)
{
        if (node->type != YAML_SCALAR_NODE)
                return reading_error(r, node, "%s takes a single value, not a %s", what,
                                     node->type == YAML_MAPPING_NODE ? "mapping" : "list");
        if (memchr(node->data.scalar.value, '\0', node->data.scalar.length))
                return reading_error(r, node, "%s holds a NUL character", what);
        *ret = (const char *)node->data.scalar.value;
        return 0;
}

/* --- one file ---- */

static int read_document(struct config *c, const char *file, yaml_document_t *document,
                         int (*fn)(struct reading *r, const yaml_node_t *root, void *userdata),
                         void *userdata, struct config_error *reterr)
{
        struct reading r = {.config = c, .file = file, .document = document, .error = reterr};
        yaml_node_t *root = yaml_document_get_root_node(document);

        if (!root || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0))
                return 0; /* an empty file changes nothing */
        if (root->type != YAML_MAPPING_NODE)
                return reading_error(&r, root, "the file must be a mapping of keys");
        return fn(&r, root, userdata);
}

/* libyaml's time grows with the square of the depth, and its documents are read before anything of
 * them can be looked at. Errors of syntax are left to the reading itself. */
static int check_depth(const char *file, const char *data, size_t n, struct config_error *reterr)
{
        yaml_parser_t parser;
        unsigned depth = 0;
        int k = 0;

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_input_string(&parser, (const unsigned char *)data, n);
        for (bool end = false; !end && k >= 0;) {
                yaml_event_t event;

                if (!yaml_parser_parse(&parser, &event))
                        break;
                if (event.type == YAML_MAPPING_START_EVENT ||
                    event.type == YAML_SEQUENCE_START_EVENT)
                        depth++;
                else if (event.type == YAML_MAPPING_END_EVENT ||
                         event.type == YAML_SEQUENCE_END_EVENT)
                        depth--;
                if (depth > CONFIG_DEPTH_MAX)
                        k = file_error(reterr, file, event.start_mark.line + 1,
                                       event.start_mark.column + 1,
                                       "nested deeper than %u levels: no key needs that",
                                       CONFIG_DEPTH_MAX);
                end = event.type == YAML_STREAM_END_EVENT;
                yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
        return k;
}

int document_read(const char *file, const char *data, size_t n, struct config *c,
                  int (*fn)(struct reading *r, const yaml_node_t *root, void *userdata),
                  void *userdata, struct config_error *reterr)
{
        yaml_parser_t parser;
        yaml_document_t document, second;
        int k = check_depth(file, data, n, reterr);

        if (k < 0)
                return k;
        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_input_string(&parser, (const unsigned char *)data, n);
        if (!yaml_parser_load(&parser, &document)) {
                bool memory = parser.error == YAML_MEMORY_ERROR;

                k = memory ? -ENOMEM
                           : file_error(reterr, file, parser.problem_mark.line + 1,
                                        parser.problem_mark.column + 1, "not valid YAML: %s",
                                        parser.problem ? parser.problem : "unreadable");
                yaml_parser_delete(&parser);
                return k;
        }
        k = read_document(c, file, &document, fn, userdata, reterr);
        yaml_document_delete(&document);
        if (k >= 0 && yaml_parser_load(&parser, &second)) {
                yaml_node_t *root = yaml_document_get_root_node(&second);

                if (root)
                        k = file_error(reterr, file, root->start_mark.line + 1, 1,
                                       "a second YAML document: put everything into one");
                yaml_document_delete(&second);
        } else if (k >= 0) {
                k = file_error(reterr, file, parser.problem_mark.line + 1,
                               parser.problem_mark.column + 1, "not valid YAML: %s",
                               parser.problem ? parser.problem : "unreadable");
        }
        yaml_parser_delete(&parser);
        return k;
}

int document_read_file(const char *file, struct config *c,
                       int (*fn)(struct reading *r, const yaml_node_t *root, void *userdata),
                       void *userdata, struct config_error *reterr)
{
        _cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_buffer_ struct buffer content = {.max = CONFIG_FILE_MAX};
        struct stat st;
        char chunk[8192];
        ssize_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return file_error(reterr, file, 0, 0, "cannot be read: %m");
        if (!S_ISREG(st.st_mode))
                return file_error(reterr, file, 0, 0, "is not a regular file");
        while (content.error == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
                buffer_append(&content, chunk, (size_t)n);
        if (n < 0)
                return file_error(reterr, file, 0, 0, "cannot be read: %m");
        if (content.error == -ENOBUFS)
                return file_error(reterr, file, 0, 0, "is larger than %zu bytes", CONFIG_FILE_MAX);
        if (content.error)
                return content.error;
        return document_read(file, content.data ? content.data : "", content.len, c, fn, userdata,
                             reterr);
}
