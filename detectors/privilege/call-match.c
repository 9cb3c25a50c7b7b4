/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: the `call:` matcher of rules: which calls or assignments it looks at, in which languages
 * and files, and where a finding is put. Does not own: the tests of arguments (call-test.c); the
 * rule, the subject and the reporter are borrowed. What a finding says of the code is the callee's
 * or the target's last name and the function around it: never a value, because that may be the
 * secret.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/privilege/call-test.h"
#include "detectors/privilege/matchers.h"

#define IDENTITY_MAX 512 /* bytes */
#define NAME_MAX_SHOWN 40
#define STEPS_MAX 2000000 /* of one rule in one file; beyond them nothing is excused */

enum shape { SHAPE_ANY, SHAPE_CALL, SHAPE_CONSTRUCTOR, SHAPE_DECORATOR };

struct globs {
        char **v;
        uint16_t *ends; /* name_end() of each */
        size_t n;
};

struct call_match {
        uint32_t languages; /* bit per enum language; 0: all */
        struct globs callee, assign, unless_called;
        struct where_regex *callee_matches, *callee_not_matches;
        struct where_regex *file_matches, *file_not_matches;
        struct call_tests where;
        char *at;
        enum shape shape;
        bool skip_unknown;
};

/* --- reading a rule ---- */

static const struct {
        const char *name;
        enum language language;
} languages[] = {
        {"python", LANGUAGE_PYTHON},
        {"javascript", LANGUAGE_JAVASCRIPT},
        {"typescript", LANGUAGE_JAVASCRIPT},
        {"go", LANGUAGE_GO},
        {"java", LANGUAGE_JAVA},
        {"kotlin", LANGUAGE_JAVA},
        {"scala", LANGUAGE_JAVA},
        {"ruby", LANGUAGE_RUBY},
        {"csharp", LANGUAGE_CSHARP},
        {"php", LANGUAGE_PHP},
};

static int languages_new(struct call_match *m, const struct node *config,
                         struct ruleset_error *reterr)
{
        NODE_ITEMS(item, config)
        {
                const char *text = node_text(item);
                uint32_t bit = 0;

                for (size_t i = 0; text && i < ELEMENTSOF(languages); i++)
                        if (strcmp(languages[i].name, text) == 0)
                                bit = 1u << languages[i].language;
                if (!bit)
                        return where_error(reterr, item, "no such language is read");
                m->languages |= bit;
        }
        return 0;
}

static int globs_new(struct globs *ret, const struct node *config, struct ruleset_error *reterr)
{
        if (ret->v)
                return where_error(reterr, config, "this is given twice");
        size_t room = config->count > 0 ? config->count : 1;
        ret->v = calloc(room, sizeof(*ret->v));
        ret->ends = calloc(room, sizeof(*ret->ends));
        if (!ret->v || !ret->ends)
                return -ENOMEM;
        NODE_ITEMS(item, config)
        {
                const char *text = node_text(item);
                if (!text || !text[0])
                        return where_error(reterr, item, "a pattern of names is expected here");
                ret->v[ret->n] = strdup(text);
                ret->ends[ret->n] = name_end(text);
                if (!ret->v[ret->n++])
                        return -ENOMEM;
        }
        return 0;
}

static void globs_done(struct globs *g)
{
        for (size_t i = 0; i < g->n; i++)
                free(g->v[i]);
        free(g->v);
        free(g->ends);
}

/* The index of the scalar's text among words. */
static int word_of(const struct node *config, const char *const *words, size_t n, size_t *ret,
                   struct ruleset_error *reterr)
{
        const char *text = node_text(config);

        for (size_t i = 0; text && i < n; i++)
                if (words[i] && strcmp(words[i], text) == 0) {
                        *ret = i;
                        return 0;
                }
        return where_error(reterr, config, "no such word for `%s`", config->key);
}

static int shape_new(struct call_match *m, const struct node *config, struct ruleset_error *reterr)
{
        static const char *const shapes[] = {"any", "call", "constructor", "decorator"};
        size_t i = 0;
        int r = word_of(config, shapes, ELEMENTSOF(shapes), &i, reterr);

        if (r == 0)
                m->shape = (enum shape)i;
        return r;
}

static int unknown_new(struct call_match *m, const struct node *config,
                       struct ruleset_error *reterr)
{
        static const char *const answers[] = {"report", "skip"};
        size_t i = 0;
        int r = word_of(config, answers, ELEMENTSOF(answers), &i, reterr);

        if (r == 0)
                m->skip_unknown = i == 1;
        return r;
}

static int at_new(struct call_match *m, const struct node *config, struct ruleset_error *reterr)
{
        const char *text = node_text(config);

        if (!text || m->at)
                return where_error(reterr, config, "one path of an argument is expected here");
        m->at = strdup(text);
        return m->at ? 0 : -ENOMEM;
}

static int match_set(struct call_match *m, const struct node *v, struct ruleset_error *reterr)
{
        static const char *const keys[] = {"unless-called", "language",           "callee",
                                           "assign",        "callee-matches",     "file-matches",
                                           "where",         "callee-not-matches", "at",
                                           "shape",         "file-not-matches",   "unknown"};

        if (strcmp(v->key, "language") == 0)
                return languages_new(m, v, reterr);
        if (strcmp(v->key, "callee") == 0)
                return globs_new(&m->callee, v, reterr);
        if (strcmp(v->key, "assign") == 0)
                return globs_new(&m->assign, v, reterr);
        if (strcmp(v->key, "unless-called") == 0)
                return globs_new(&m->unless_called, v, reterr);
        if (strcmp(v->key, "callee-matches") == 0)
                return where_regex_new(&m->callee_matches, v, reterr);
        if (strcmp(v->key, "callee-not-matches") == 0)
                return where_regex_new(&m->callee_not_matches, v, reterr);
        if (strcmp(v->key, "file-matches") == 0)
                return where_regex_new(&m->file_matches, v, reterr);
        if (strcmp(v->key, "file-not-matches") == 0)
                return where_regex_new(&m->file_not_matches, v, reterr);
        if (strcmp(v->key, "where") == 0)
                return call_tests_new(&m->where, v, reterr);
        if (strcmp(v->key, "at") == 0)
                return at_new(m, v, reterr);
        if (strcmp(v->key, "shape") == 0)
                return shape_new(m, v, reterr);
        if (strcmp(v->key, "unknown") == 0)
                return unknown_new(m, v, reterr);
        const char *nearest = text_nearest(v->key, keys, ELEMENTSOF(keys));
        return where_error(reterr, v, "a call matcher has no such key%s%s",
                           nearest ? "; meant is perhaps " : "", nearest ? nearest : "");
}

int call_match_new(struct call_match **ret, const struct node *config, struct ruleset_error *reterr)
{
        struct call_match *m;
        int r = 0;

        if (config->type != NODE_MAPPING)
                return where_error(reterr, config,
                                   "a call matcher is a mapping with `callee` or `assign`");
        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        NODE_CHILDREN(v, config)
        {
                r = match_set(m, v, reterr);
                if (r < 0)
                        break;
        }
        if (r == 0 && (m->callee.n > 0) == (m->assign.n > 0))
                r = where_error(reterr, config,
                                "a call matcher needs one of `callee` and `assign`");
        if (r < 0) {
                (void)call_match_free(m);
                return r;
        }
        *ret = m;
        return 0;
}

struct call_match *call_match_free(struct call_match *m)
{
        if (!m)
                return NULL;
        globs_done(&m->callee);
        globs_done(&m->assign);
        globs_done(&m->unless_called);
        (void)where_regex_free(m->callee_matches);
        (void)where_regex_free(m->callee_not_matches);
        (void)where_regex_free(m->file_matches);
        (void)where_regex_free(m->file_not_matches);
        call_tests_done(&m->where);
        free(m->at);
        free(m);
        return NULL;
}

/* --- running ---- */

struct run {
        const struct call_match *match;
        const struct rule *rule;
        const struct subject *subject;
        struct reporter *reporter;
        enum trilean file; /* the file's text fits; UNKNOWN: not asked yet */
        size_t steps;      /* calls that may still be looked at for unless-called */
};

static bool globs_match(const struct globs *g, const char *name, uint16_t end)
{
        for (size_t i = 0; i < g->n; i++)
                if (name_ends_agree(end, g->ends[i]) && callee_matches(name, g->v[i]))
                        return true;
        return false;
}

static bool globs_may_match(const struct globs *g, const struct name_ends *names)
{
        for (size_t i = 0; i < g->n; i++)
                if (name_ends_has(names, g->ends[i]))
                        return true;
        return false;
}

/* Regular expressions over the name: a limit that was reached counts as a match, so that nothing is
 * lost. */
static bool name_fits(const struct call_match *m, const struct globs *globs, const char *name,
                      uint16_t end)
{
        return globs_match(globs, name, end) &&
               (!m->callee_matches ||
                where_regex_test(m->callee_matches, name, strlen(name)) != TRILEAN_NO) &&
               (!m->callee_not_matches ||
                where_regex_test(m->callee_not_matches, name, strlen(name)) != TRILEAN_YES);
}

static bool shape_fits(enum shape shape, const struct call *c)
{
        switch (shape) {
        case SHAPE_CALL:
                return !c->constructor && !c->decorator;
        case SHAPE_CONSTRUCTOR:
                return c->constructor;
        case SHAPE_DECORATOR:
                return c->decorator;
        default:
                return true;
        }
}

/* The last part of a dotted name, as far as it looks like a name. */
static const char *shown_name(const char *name, int *ret_n)
{
        const char *dot = strrchr(name, '.');

        name = dot ? dot + 1 : name;
        size_t n =
                strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$?!");
        *ret_n = (int)MIN_OF(n, (size_t)NAME_MAX_SHOWN);
        return name;
}

static void report_site(const struct run *run, const struct call_site *site, const char *name,
                        const char *function, struct spot at, enum trilean answer)
{
        const struct value *v = NULL;
        char identity[IDENTITY_MAX];
        int n;

        if (run->match->at && call_site_value(site, run->match->at, &v) == TRILEAN_YES)
                at = (struct spot){v->line, v->column, v->end_line, v->offset, v->length};
        const struct value *first = site->call ? call_positional(site->call, 0) : site->value;
        (void)snprintf(identity, sizeof(identity), "%s/%s/%.128s", function, name,
                       first ? first->text : "");
        const char *shown = shown_name(name, &n);
        const char *unknown = answer == TRILEAN_UNKNOWN ? "; an argument is not known here" : "";
        int function_n;
        const char *shown_function = shown_name(function, &function_n);
        report(run->reporter, run->rule, at,
               answer == TRILEAN_YES ? CERTAINTY_YES : CERTAINTY_UNKNOWN, 0, identity,
               "%s %.*s%s%.*s%s", site->call ? "call of" : "assignment to", n, shown,
               function_n ? " in " : "", function_n, shown_function, unknown);
}

/* Asked only once something else fits, and once: it reads the whole file. */
static bool file_fits(struct run *run)
{
        const struct call_match *m = run->match;
        const struct subject *s = run->subject;

        if (run->file == TRILEAN_UNKNOWN) {
                bool no = (m->file_matches &&
                           where_regex_test(m->file_matches, s->data, s->size) == TRILEAN_NO) ||
                          (m->file_not_matches &&
                           where_regex_test(m->file_not_matches, s->data, s->size) == TRILEAN_YES);
                run->file = no ? TRILEAN_NO : TRILEAN_YES;
        }
        return run->file == TRILEAN_YES;
}

/* The same function makes a call that makes this one harmless. */
static bool excused(struct run *run, const char *function)
{
        if (!run->match->unless_called.n)
                return false;
        for (const struct call *c = run->subject->source->calls; c && run->steps; c = c->next) {
                run->steps--;
                if (strcmp(c->function, function) == 0 &&
                    globs_match(&run->match->unless_called, c->callee, c->end))
                        return true;
        }
        return false;
}

static void judge(struct run *run, const struct call_site *site, const char *name,
                  const char *function, struct spot at)
{
        enum trilean answer = call_tests_all(&run->match->where, site);

        if (answer == TRILEAN_NO || (answer == TRILEAN_UNKNOWN && run->match->skip_unknown) ||
            !file_fits(run) || excused(run, function))
                return;
        report_site(run, site, name, function, at, answer);
}

static void run_calls(struct run *run)
{
        const struct call_match *m = run->match;

        for (const struct call *c = run->subject->source->calls; c; c = c->next) {
                if (!shape_fits(m->shape, c) || !name_fits(m, &m->callee, c->callee, c->end))
                        continue;
                struct call_site site = {.call = c};
                struct spot at = {c->line, c->column, c->end_line, c->offset, c->length};
                judge(run, &site, c->callee, c->function, at);
        }
}

static void run_assignments(struct run *run)
{
        const struct call_match *m = run->match;

        for (const struct assignment *a = run->subject->source->assignments; a; a = a->next) {
                if (!name_fits(m, &m->assign, a->name, a->end))
                        continue;
                struct call_site site = {.value = a->value};
                struct spot at = {a->line, a->column, a->value->end_line, a->value->offset,
                                  a->value->length};
                judge(run, &site, a->name, a->function, at);
        }
}

void call_match_run(const struct call_match *m, const struct rule *rule, const struct subject *s,
                    struct reporter *r)
{
        struct run run = {.match = m,
                          .rule = rule,
                          .subject = s,
                          .reporter = r,
                          .file = TRILEAN_UNKNOWN,
                          .steps = STEPS_MAX};

        if (!s->source || (m->languages && !(m->languages & (1u << s->source->language))))
                return;
        if (globs_may_match(&m->callee, &s->source->callees))
                run_calls(&run);
        if (globs_may_match(&m->assign, &s->source->targets))
                run_assignments(&run);
}

int call_match_need(const struct call_match *m, struct words *words, struct need *need)
{
        int r = call_globs_need(m->callee.v, m->callee.n, words, need);

        if (r == 0)
                r = call_globs_need(m->assign.v, m->assign.n, words, need);
        if (r == 0 && m->skip_unknown)
                r = call_tests_need(&m->where, words, need);
        need->languages = m->languages;
        return r;
}
