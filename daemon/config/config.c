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

static int read_root(struct reading *r, const yaml_node_t *root, void *userdata)
{
        size_t policy_at = 0;

        (void)userdata;
        return read_mapping(r, root, "", &policy_at);
}

static int read_file(struct config *c, const char *file, struct config_error *reterr)
{
        return document_read_file(file, c, read_root, NULL, reterr);
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
                k = document_read(path, data, n, c, read_root, NULL, reterr);
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
