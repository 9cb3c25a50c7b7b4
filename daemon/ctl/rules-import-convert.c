/* SPDX-FileCopyrightText: giad maintainers */
/*
 * gitleaks' configuration, table by table, as rules of ours.
 *
 * Does not own: expressions, paths and YAML (rules-import-*.c), files and options (rules-import.c).
 *
 * Each rule is loaded and compiled by itself before it is taken, with the code that will load the
 * pack: whatever that refuses is said here, and the pack as a whole is good. Ids get a prefix, so
 * that no rule of ours is overridden by the chance of a name.
 */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/ctl/rules-import.h"
#include "detectors/formats/format.h"
#include "detectors/formats/toml.h"
#include "detectors/secrets/probe.h"

#define PREFIX "gitleaks-"
#define PACK_NAME "import"

DEFINE_CLEANUP(struct doc *, doc_free);

struct import {
        const struct node *root;
        struct buffer *pack, *notes;
        struct buffer suppress; /* what giad.yaml has to pass over */
        const char *source;
        struct rules_import_count count;
        bool said_global; /* what is lost of the allowlists for all rules */
        bool no_memory;
};

/* One rule on its way. */
struct one {
        struct import *import;
        const struct node *table;
        char id[64];
        char title[128];
        bool whole_is_secret; /* there is no group */
        bool said;            /* what is lost of the allowlist at hand was said already */
        struct texts stop, paths, keywords;
};

static void note(struct import *m, const char *id, const char *fmt, ...) _printf_(3, 4);

static void note(struct import *m, const char *id, const char *fmt, ...)
{
        char text[512], shown[640];
        va_list ap;

        va_start(ap, fmt);
        int n = vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        (void)text_printable(shown, sizeof(shown), text,
                             MIN_OF((size_t)MAX_OF(n, 0), sizeof(text) - 1));
        buffer_printf(m->notes, "%s: %s\n", id, shown);
}

static void one_done(struct one *o)
{
        o->import->no_memory |= o->stop.no_memory || o->paths.no_memory || o->keywords.no_memory;
        texts_done(&o->stop);
        texts_done(&o->paths);
        texts_done(&o->keywords);
}

/* "a" and ["a", "b"] alike */
static const char *text_of(const struct node *table, const char *key)
{
        return node_text(node_get(table, key));
}

/* --- names ---- */

static void make_id(char dst[static 64], const char *id)
{
        size_t n = strlen(PREFIX);

        memcpy(dst, PREFIX, n + 1);
        for (; *id && n < 63; id++) {
                unsigned char c = (unsigned char)*id;
                bool good = isalnum(c) && c < 0x80;

                if (good)
                        dst[n++] = (char)tolower(c);
                else if (dst[n - 1] != '-')
                        dst[n++] = '-';
        }
        dst[n] = '\0';
}

/* Our class for what the id tells; it decides about policy and framework ids. */
static const char *class_of(const char *id)
{
        static const char *const words[][2] = {
                {"aws-", "aws-access-key"},
                {"azure", "azure"},
                {"gcp-", "google-api-key"},
                {"google", "google-api-key"},
                {"github", "github-pat"},
                {"gitlab", "gitlab-token"},
                {"npm", "npm-token"},
                {"pypi", "pypi-token"},
                {"slack", "slack"},
                {"stripe", "stripe"},
                {"private-key", "private-key"},
                {"jwt", "jwt"},
                {"grafana", "grafana"},
                {"webhook", "webhook"},
                {"password", "password-in-config"},
                {"generic", "generic-api-key"},
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strstr(id, words[i][0]))
                        return words[i][1];
        return "vendor-api-key";
}

/* --- allowlists ---- */

/* Paths cannot be excepted in a rule of ours; giad.yaml can pass over them. */
static void except_paths(struct import *m, const char *id, const char *rule,
                         const struct node *paths)
{
        NODE_ITEMS(path, paths)
        {
                struct texts globs = {0};
                const char *text = node_text(path);

                if (text && rules_import_globs(text, &globs)) {
                        for (size_t i = 0; i < globs.n; i++) {
                                buffer_printf(&m->suppress, "#  - {rule: %s, path: ", rule);
                                rules_import_scalar(&m->suppress, globs.list[i]);
                                buffer_puts(&m->suppress, ", reason: allowlist of gitleaks}\n");
                        }
                        note(m, id,
                             "allowlist path %s: put the suppress line at the pack's end "
                             "into giad.yaml",
                             text);
                } else {
                        note(m, id, "allowlist path %s is not carried over: no path glob says it",
                             text ? text : "(no text)");
                }
                m->no_memory |= globs.no_memory;
                texts_done(&globs);
        }
}

static void except_regexes(struct one *o, const char *id, const struct node *list)
{
        struct import *m = o->import;
        const char *target = text_of(list, "regexTarget") ?: "secret";
        bool on_secret = strcmp(target, "secret") == 0 ||
                         (strcmp(target, "match") == 0 && o->whole_is_secret);

        NODE_ITEMS(regex, node_get(list, "regexes"))
        {
                const char *text = node_text(regex);

                if (!text || (on_secret && rules_import_literals(text, &o->stop)) || o->said)
                        continue;
                note(m, id, "allowlist regex %s is not carried over: %s%s", text,
                     on_secret ? "stop words are texts" : "it is held against the ",
                     on_secret ? "" : target);
        }
}

static unsigned count_criteria(const struct node *list)
{
        static const char *const keys[] = {"commits", "paths", "regexes", "stopwords"};
        unsigned n = 0;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                n += node_item_first(node_get(list, keys[i])) != NULL;
        return n;
}

static void say_unknown(struct import *m, const char *id, const char *where,
                        const struct node *table, const char *const *known)
{
        NODE_CHILDREN(child, table)
        {
                const char *const *k = known;

                while (*k && strcmp(*k, child->key ?: "") != 0)
                        k++;
                if (!*k)
                        note(m, id, "%s'%.40s' is not carried over", where, child->key ?: "");
        }
}

/* Without paths: those of the global one are said once. */
static void take_allowlist(struct one *o, const char *id, const struct node *list)
{
        const char *condition = text_of(list, "condition") ?: "OR";
        bool all = strcasecmp(condition, "and") == 0 || strcmp(condition, "&&") == 0;

        if (all && count_criteria(list) > 1)
                return; /* say_allowlist() does */
        NODE_ITEMS(word, node_get(list, "stopwords"))
        {
                const char *text = node_text(word);

                if (text && *text)
                        texts_add(&o->stop, text, strlen(text));
        }
        except_regexes(o, id, list);
}

static void say_allowlist(struct import *m, const char *id, const char *rule,
                          const struct node *list)
{
        static const char *const known[] = {"description", "condition", "commits",   "paths",
                                            "regexTarget", "regexes",   "stopwords", "targetRules",
                                            "id",          NULL};
        const char *condition = text_of(list, "condition") ?: "OR";

        if (list->type != NODE_MAPPING)
                return;
        say_unknown(m, id, "allowlist: ", list, known);
        if ((strcasecmp(condition, "and") == 0 || strcmp(condition, "&&") == 0) &&
            count_criteria(list) > 1) {
                note(m, id, "an allowlist whose criteria must all hold is not carried over");
                return;
        }
        if (node_item_first(node_get(list, "commits")))
                note(m, id, "allowlist commits are not carried over: giad sees files");
        except_paths(m, id, rule, node_get(list, "paths"));
}

static bool is_meant(const struct node *list, const char *gitleaks_id)
{
        const struct node *targets = node_get(list, "targetRules");

        return !targets || node_contains(targets, gitleaks_id);
}

static void take_allowlists(struct one *o, const char *gitleaks_id)
{
        static const char *const keys[] = {"allowlist", "allowlists"};
        const char *id = gitleaks_id;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                NODE_ITEMS(list, node_get(o->table, keys[i]))
                {
                        say_allowlist(o->import, id, o->id, list);
                        take_allowlist(o, id, list);
                }
                NODE_ITEMS(list, node_get(o->import->root, keys[i]))
                {
                        if (!is_meant(list, gitleaks_id))
                                continue;
                        /* one that is meant for few stands with them */
                        if (node_get(list, "targetRules"))
                                say_allowlist(o->import, id, o->id, list);
                        else
                                o->said = o->import->said_global;
                        take_allowlist(o, node_get(list, "targetRules") ? id : "global", list);
                        o->said = false;
                }
        }
        o->import->said_global = true;
}

/* --- one rule ---- */

/* Loads and compiles the rule as giad will. Returns 0; -EBADMSG with what is wrong; -ENOMEM. */
static int try_rule(const struct rules_import_rule *r, struct ruleset_error *error)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
        struct ruleset *rs = NULL;
        struct secret_probe *probe = NULL;

        buffer_puts(&text, "rules:\n");
        rules_import_write(&text, r);
        int k = text.error ? text.error : ruleset_new(&rs);
        if (k == 0)
                k = ruleset_add(rs, PACK_NAME, text.data, text.len, error);
        if (k == 0) {
                const struct rule *rule = ruleset_at(rs, 0);

                k = secret_probe_new(&probe, &rule, 1, error);
        }
        (void)secret_probe_free(probe);
        (void)ruleset_free(rs);
        return k;
}

static bool holds(const char *regex, const char *word)
{
        return strcasestr(regex, word) != NULL;
}

/* The keywords as an anchor: only those that stand in the expression, for a hit must lie in the
 * match. */
static void make_anchor(const struct one *o, const char *regex, struct buffer *anchor)
{
        const char *before = "(?i)(?:";

        for (size_t i = 0; i < o->keywords.n; i++) {
                if (!holds(regex, o->keywords.list[i]))
                        continue;
                buffer_puts(anchor, before);
                for (const char *p = o->keywords.list[i]; *p; p++) {
                        if (ispunct((unsigned char)*p))
                                buffer_putc(anchor, '\\');
                        buffer_putc(anchor, *p);
                }
                before = "|";
        }
        if (anchor->len > 0)
                buffer_putc(anchor, ')');
}

static void take_keywords(struct one *o, const char *gitleaks_id, const char *regex)
{
        unsigned n = 0, held = 0;

        NODE_ITEMS(word, node_get(o->table, "keywords"))
        {
                const char *text = node_text(word);

                if (!text || !*text)
                        continue;
                n++;
                held += holds(regex, text);
                texts_add(&o->keywords, text, strlen(text));
        }
        if (n > held)
                note(o->import, gitleaks_id,
                     "%u of %u keywords do not stand in its regex; the file need not hold them",
                     n - held, n);
}

static void take_paths(struct one *o, const char *gitleaks_id)
{
        const char *path = text_of(o->table, "path");

        if (path && !rules_import_globs(path, &o->paths)) {
                note(o->import, gitleaks_id,
                     "path %s is not carried over, no path glob says it: it looks into all files",
                     path);
                texts_done(&o->paths);
        } else if (path && strncmp(path, "(?i)", 4) == 0) {
                note(o->import, gitleaks_id, "path %s: case counts in path globs", path);
        }
}

static bool take_regex(struct one *o, const char *gitleaks_id, const char *go, struct buffer *regex)
{
        struct rules_import_regex told;
        double secret = 0;

        (void)node_number(node_get(o->table, "secretGroup"), &secret);
        rules_import_regex(go, secret > 0 && secret < 1000 ? (unsigned)secret : 0, regex, &told);
        if (told.error) {
                note(o->import, gitleaks_id, "the rule is not carried over: its regex has %s",
                     told.error);
                return false;
        }
        if (told.groups > 1 && secret < 1)
                note(o->import, gitleaks_id,
                     "its regex has %u groups and no secretGroup: the first one is the secret",
                     told.groups);
        if (told.bytes)
                note(o->import, gitleaks_id,
                     "characters beyond ASCII in a class of its regex are single bytes here");
        if (told.properties)
                note(o->import, gitleaks_id, "\\p in its regex is about ASCII alone here");
        o->whole_is_secret = told.groups == 0;
        return true;
}

/* Takes the rule as it is, or else with an anchor. */
static void put_rule(struct one *o, const char *gitleaks_id, const char *regex)
{
        _cleanup_buffer_ struct buffer anchor = BUFFER_NULL;
        struct import *m = o->import;
        struct rules_import_rule r = {
                .title = o->title,
                .class = class_of(o->id),
                .confidence = "medium",
                .regex = regex,
                .stop = &o->stop,
                .paths = &o->paths,
        };
        struct ruleset_error error = {0};

        memcpy(r.id, o->id, sizeof(r.id));
        if (node_number(node_get(o->table, "entropy"), &r.entropy) &&
            (r.entropy < 0 || r.entropy > 8)) {
                note(m, gitleaks_id, "entropy is not carried over: it is 0 to 8");
                r.entropy = 0;
        }
        int k = try_rule(&r, &error);
        if (k == -EBADMSG) {
                struct ruleset_error again = {0};

                make_anchor(o, regex, &anchor);
                r.anchor = anchor.len > 0 ? anchor.data : NULL;
                if (r.anchor)
                        k = try_rule(&r, &again);
                if (r.anchor && k == 0)
                        note(m, gitleaks_id,
                             "its keywords are the anchor, for libhs refuses the "
                             "regex: %s",
                             error.message);
        }
        if (k == -EBADMSG)
                note(m, gitleaks_id, "the rule is not carried over: %s", error.message);
        else if (k < 0)
                m->no_memory = true;
        if (k < 0)
                return;
        rules_import_write(m->pack, &r);
        m->count.imported++;
}

static void make_unique(struct import *m, struct one *o, const char *gitleaks_id)
{
        char line[80];
        size_t n = strlen(o->id);

        for (unsigned i = 2; i < 100; i++) {
                (void)snprintf(line, sizeof(line), "  - id: %s\n", o->id);
                if (!m->pack->data || !strstr(m->pack->data, line))
                        return;
                (void)snprintf(o->id + MIN_OF(n, sizeof(o->id) - 4), 4, "-%u", i);
                note(m, gitleaks_id, "there is a rule of that name already: it is called %s",
                     o->id);
        }
}

static void take_rule(struct import *m, const struct node *table)
{
        static const char *const known[] = {"id",         "description", "regex", "secretGroup",
                                            "entropy",    "keywords",    "path",  "allowlist",
                                            "allowlists", NULL};
        _cleanup_(one_done) struct one o = {.import = m, .table = table};
        _cleanup_buffer_ struct buffer regex = BUFFER_NULL;
        const char *id = text_of(table, "id"), *go = text_of(table, "regex");
        char shown[64];

        m->count.rules++;
        if (!id || !*id) {
                note(m, "?", "the rule at line %u has no id and is not carried over", table->line);
                return;
        }
        id = text_printable(shown, sizeof(shown), id, strlen(id));
        say_unknown(m, id, "", table, known);
        if (!go || !*go) {
                note(m, id,
                     "the rule is not carried over: it has no regex, and giad looks into "
                     "files");
                return;
        }
        make_id(o.id, id);
        make_unique(m, &o, id);
        const char *title = text_of(table, "description") ?: id;
        (void)text_printable(o.title, sizeof(o.title), *title ? title : id,
                             strlen(*title ? title : id));
        if (!take_regex(&o, id, go, &regex) || regex.error)
                return;
        take_keywords(&o, id, regex.data);
        take_paths(&o, id);
        take_allowlists(&o, text_of(table, "id"));
        put_rule(&o, id, regex.data);
}

/* --- the file ---- */

static void take_top(struct import *m)
{
        static const char *const known[] = {"title",     "description", "extend",     "rules",
                                            "allowlist", "allowlists",  "minVersion", NULL};
        static const char *const keys[] = {"allowlist", "allowlists"};
        const struct node *extend = node_get(m->root, "extend");

        say_unknown(m, "global", "", m->root, known);
        if (node_truth(node_get(extend, "useDefault")) > 0)
                note(m, "extend",
                     "gitleaks' own rules are not in this file and are not carried "
                     "over: giad has its own");
        if (text_of(extend, "path"))
                note(m, "extend", "import %s by itself", text_of(extend, "path"));
        if (text_of(extend, "url"))
                note(m, "extend", "%s is not fetched", text_of(extend, "url"));
        NODE_ITEMS(id, node_get(extend, "disabledRules"))
        {
                note(m, "extend", "disabledRules: %s is a rule of the extended file",
                     node_text(id) ?: "?");
        }
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                NODE_ITEMS(list, node_get(m->root, keys[i]))
                {
                        if (!node_get(list, "targetRules"))
                                say_allowlist(m, "global", PREFIX "*", list);
                }
}

static int parse(struct doc **ret, const char *data, size_t n, struct rules_import_error *reterr)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};
        int k = doc_new(&d, &DOC_LIMITS_DEFAULT);

        if (k == 0 && !toml_is(cursor_begin(data, n))) {
                (void)text_copy(reterr->message, sizeof(reterr->message), "this is no TOML");
                return -EBADMSG;
        }
        if (k == 0)
                k = format_ini.parse(d, data, n, &error);
        if (k == -EBADMSG || k == -E2BIG) {
                reterr->line = error.line;
                reterr->column = error.column;
                (void)text_copy(reterr->message, sizeof(reterr->message),
                                k == -E2BIG ? "too large or too deep" : error.message);
                return -EBADMSG;
        }
        if (k == 0 && !node_get(doc_root(d), "rules")) {
                (void)text_copy(reterr->message, sizeof(reterr->message),
                                "there are no [[rules]] as gitleaks has them");
                return -EBADMSG;
        }
        if (k == 0)
                *ret = take_ptr(&d);
        return k;
}

int rules_import_convert(const char *source, const char *data, size_t n, struct buffer *pack,
                         struct buffer *notes, struct rules_import_count *ret,
                         struct rules_import_error *reterr)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct import m = {.pack = pack, .notes = notes, .source = source};
        char shown[200];

        *reterr = (struct rules_import_error){0};
        int k = parse(&d, data, n, reterr);
        if (k < 0)
                return k;
        m.root = doc_root(d);
        buffer_printf(pack,
                      "# Made by giactl rules import from %s. The rules have no examples yet:\n"
                      "# two bad and two good ones each, and giactl rules test holds them to it.\n"
                      "rules:\n",
                      text_printable(shown, sizeof(shown), source, strlen(source)));
        take_top(&m);
        NODE_ITEMS(rule, node_get(m.root, "rules"))
        {
                take_rule(&m, rule);
        }
        if (m.count.imported == 0)
                buffer_puts(pack, "  []\n");
        if (m.suppress.len > 0)
                buffer_printf(pack,
                              "# For giad.yaml, in place of the allowlists' paths:\n"
                              "# suppress:\n%s",
                              m.suppress.data);
        k = pack->error < 0        ? pack->error
            : notes->error < 0     ? notes->error
            : m.suppress.error < 0 ? m.suppress.error
                                   : 0;
        buffer_done(&m.suppress);
        *ret = m.count;
        return m.no_memory ? -ENOMEM : k;
}
