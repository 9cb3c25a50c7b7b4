/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading configuration files into one immutable generation, and its reference count.
 * Does not own: what an option means to anybody.
 *
 *   file → libyaml document → options (values.c) and lists (lists.c) → struct config
 *
 * A generation is complete or it is not made: any error drops it, so that a refused reload cannot
 * leave half of a file in force.
 */
#include "daemon/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/config/internal.h"

#define CONFIG_DEPTH_MAX 32u

static const struct option_info options[] = {
#define OPTION(id, path, type, fallback, min, max, unit, text) \
        [OPTION_##id] = {path, TYPE_##type, fallback, min, max, unit, text},
#include "daemon/config/options.def"
#undef OPTION
};

const struct option_info *option_info(enum config_option option)
{
        return &options[option];
}

static bool option_is_text(enum config_option option)
{
        return options[option].type == TYPE_PATH || options[option].type == TYPE_STRING ||
               options[option].type == TYPE_ENUM;
}

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

static int file_error(struct config_error *e, const char *file, size_t line, size_t column,
                      const char *fmt, ...) _printf_(5, 6);

static int file_error(struct config_error *e, const char *file, size_t line, size_t column,
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

/* --- the tree of keys ---- */

/* Names of the keys that may stand below prefix. */
static size_t allowed_keys(const char *prefix, const char **names, char (*store)[64], size_t max)
{
        static const char *const lists[] = {"workspaces", "policy", "suppress", "on_failure",
                                            "agents"};
        size_t n = 0, np = strlen(prefix);

        for (size_t i = 0; i < ELEMENTSOF(lists) && np == 0; i++)
                names[n++] = lists[i];
        for (size_t i = 0; i < _OPTION_MAX && n < max; i++) {
                const char *rest = options[i].path + np;
                bool known = false;

                if (strncmp(options[i].path, prefix, np) != 0)
                        continue;
                (void)snprintf(store[n], sizeof(store[n]), "%.*s", (int)strcspn(rest, "."), rest);
                for (size_t k = 0; k < n; k++)
                        known = known || strcmp(names[k], store[n]) == 0;
                if (!known) {
                        names[n] = store[n];
                        n++;
                }
        }
        return n;
}

static int unknown_key(struct reading *r, const yaml_node_t *at, const char *prefix,
                       const char *key)
{
        const char *names[64];
        char store[64][64];
        size_t n = allowed_keys(prefix, names, store, ELEMENTSOF(names));

        return reading_unknown(r, at, "key", key, names, n);
}

static int read_mapping(struct reading *r, const yaml_node_t *node, const char *prefix,
                        size_t *policy_at);

/* A key that is an option, or the beginning of one. */
static int read_option(struct reading *r, const yaml_node_t *key_node, const yaml_node_t *value,
                       const char *prefix, const char *key, size_t *policy_at)
{
        char path[128];
        size_t n = (size_t)snprintf(path, sizeof(path), "%s%.60s", prefix, key);

        for (size_t i = 0; i < _OPTION_MAX; i++) {
                if (strcmp(options[i].path, path) == 0) {
                        const char *text;
                        int k = reading_scalar(r, value, path, &text);

                        if (k < 0)
                                return k;
                        if (r->set[i])
                                return reading_error(r, key_node, "%s is given twice", path);
                        r->set[i] = true;
                        return value_parse(r, (enum config_option)i, value, text);
                }
                if (strncmp(options[i].path, path, n) == 0 && options[i].path[n] == '.') {
                        if (value->type != YAML_MAPPING_NODE)
                                return reading_error(r, value,
                                                     "%s is a section: it takes a mapping", path);
                        (void)strncat(path, ".", sizeof(path) - n - 1);
                        return read_mapping(r, value, path, policy_at);
                }
        }
        return unknown_key(r, key_node, prefix, key);
}

static int read_mapping(struct reading *r, const yaml_node_t *node, const char *prefix,
                        size_t *policy_at)
{
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *key_node = reading_node(r, p->key),
                                  *value = reading_node(r, p->value);
                const char *key;
                int k = reading_scalar(r, key_node, "a key", &key);

                if (k < 0)
                        return k;
                if (*prefix == '\0' && strcmp(key, "workspaces") == 0)
                        k = lists_workspaces(r, value);
                else if (*prefix == '\0' && strcmp(key, "policy") == 0)
                        k = lists_policy(r, value, policy_at);
                else if (*prefix == '\0' && strcmp(key, "suppress") == 0)
                        k = lists_suppress(r, value);
                else if (*prefix == '\0' && strcmp(key, "on_failure") == 0)
                        k = lists_on_failure(r, value);
                else if (*prefix == '\0' && strcmp(key, "agents") == 0)
                        k = lists_agents(r, value);
                else
                        k = read_option(r, key_node, value, prefix, key, policy_at);
                if (k < 0)
                        return k;
        }
        return 0;
}

/* --- one file ---- */

static int read_document(struct config *c, const char *file, yaml_document_t *document,
                         struct config_error *reterr)
{
        struct reading r = {.config = c, .file = file, .document = document, .error = reterr};
        yaml_node_t *root = yaml_document_get_root_node(document);
        size_t policy_at = 0;

        if (!root || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0))
                return 0; /* an empty file changes nothing */
        if (root->type != YAML_MAPPING_NODE)
                return reading_error(&r, root, "the file must be a mapping of keys");
        return read_mapping(&r, root, "", &policy_at);
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

static int read_bytes(struct config *c, const char *file, const char *data, size_t n,
                      struct config_error *reterr)
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
        k = read_document(c, file, &document, reterr);
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

static int read_file(struct config *c, const char *file, struct config_error *reterr)
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
        return read_bytes(c, file, content.data ? content.data : "", content.len, reterr);
}

static int is_drop_in(const struct dirent *d)
{
        const char *dot = strrchr(d->d_name, '.');

        return d->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static int read_drop_ins(struct config *c, const char *path, struct config_error *reterr)
{
        char dir[4096], file[4352];
        struct dirent **names = NULL;
        int k = 0;

        if (snprintf(dir, sizeof(dir), "%s.d", path) >= (int)sizeof(dir))
                return file_error(reterr, path, 0, 0, "the path is too long");
        int n = scandir(dir, &names, is_drop_in, alphasort);
        if (n < 0)
                return errno == ENOENT ? 0 : file_error(reterr, dir, 0, 0, "cannot be read: %m");
        for (int i = 0; i < n; i++) {
                if (k >= 0) {
                        (void)snprintf(file, sizeof(file), "%s/%s", dir, names[i]->d_name);
                        k = read_file(c, file, reterr);
                }
                free(names[i]);
        }
        free(names);
        return k;
}

/* --- generations ---- */

/* A default may be wrong, too: paths come from configure. */
static int config_new(struct config **ret, const char *path, struct config_error *reterr)
{
        struct config *c = calloc(1, sizeof(*c));
        struct reading r = {.config = c, .file = "built-in defaults", .error = reterr};
        const yaml_node_t nowhere = {.type = YAML_SCALAR_NODE};
        int k = 0;

        if (!c)
                return -ENOMEM;
        c->refs = 1;
        c->path = strdup(path);
        for (size_t i = 0; i < _OPTION_MAX && k >= 0; i++)
                k = value_parse(&r, (enum config_option)i, &nowhere, options[i].fallback);
        for (int i = 0; i < _REASON_MAX; i++)
                c->on_failure[i] = reason_default_action((enum reason)i);
        if (k < 0 || !c->path) {
                (void)config_unref(c);
                return k < 0 ? k : -ENOMEM;
        }
        *ret = c;
        return 0;
}

int config_load(struct config **ret, const char *path, struct config_error *reterr)
{
        _cleanup_(config_unrefp) struct config *c = NULL;

        *reterr = (struct config_error){0};
        int k = config_new(&c, path, reterr);
        if (k >= 0)
                k = read_file(c, path, reterr);
        if (k >= 0)
                k = read_drop_ins(c, path, reterr);
        if (k >= 0)
                *ret = take_ptr(&c);
        return k;
}

int config_parse(struct config **ret, const char *path, const char *data, size_t n,
                 struct config_error *reterr)
{
        _cleanup_(config_unrefp) struct config *c = NULL;

        *reterr = (struct config_error){0};
        int k = config_new(&c, path, reterr);
        if (k >= 0)
                k = read_bytes(c, path, data, n, reterr);
        if (k >= 0)
                *ret = take_ptr(&c);
        return k;
}

struct config *config_ref(struct config *c)
{
        c->refs++;
        return c;
}

static void free_lists(struct config *c)
{
        for (size_t i = 0; i < c->n_workspaces; i++) {
                struct config_workspace *ws = &c->workspaces[i];

                free(ws->pattern);
                free(ws->agent);
                free(ws->file);
                word_list_done(&ws->exclude);
        }
        for (size_t i = 0; i < c->n_policy; i++) {
                struct config_policy *p = &c->policy[i];

                word_list_done(&p->workspace);
                word_list_done(&p->agent);
                word_list_done(&p->path);
                word_list_done(&p->rule);
                free(p->file);
        }
        for (size_t i = 0; i < c->n_suppress; i++) {
                struct config_suppress *s = &c->suppress[i];

                word_list_done(&s->rule);
                word_list_done(&s->path);
                word_list_done(&s->fingerprint);
                free(s->reason);
                free(s->author);
                free(s->file);
        }
        free(c->workspaces);
        free(c->policy);
        free(c->suppress);
        (void)agents_unref(c->agents);
}

struct config *config_unref(struct config *c)
{
        if (!c || --c->refs > 0)
                return NULL;
        for (size_t i = 0; i < _OPTION_MAX; i++)
                if (option_is_text((enum config_option)i))
                        free(c->values[i].text);
        free_lists(c);
        free(c->path);
        free(c);
        return NULL;
}

void config_agent_name(const struct config_workspace *ws, const char *const *captures,
                       unsigned n_captures, char *dst, size_t size)
{
        size_t out = 0;

        for (const char *s = ws->agent ? ws->agent : ""; *s && out + 1 < size;) {
                unsigned k = (unsigned)(s[1] - '0');

                if (s[0] == '{' && k >= 1 && k <= 9 && s[2] == '}') {
                        const char *word = k <= n_captures ? captures[k - 1] : "";
                        size_t n = MIN_OF(strlen(word), size - out - 1);

                        memcpy(dst + out, word, n);
                        out += n;
                        s += 3;
                } else {
                        dst[out++] = *s++;
                }
        }
        dst[out] = '\0';
}
