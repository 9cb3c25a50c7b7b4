/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Constants: which names were given exactly one value in their scope, and what expressions of
 * constants come to. It must not look at tokens. Values are changed in place; their place in the
 * file stays where they were used.
 *
 * A name is looked up from the scope it stands in outwards, and the first scope that knows it
 * decides: if it was given anything but one constant there (a second value, an argument, a loop),
 * it stays a name. Bindings are sorted once and searched by halving, because a hash without a
 * secret key would let a file choose its own cost.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define SETTLE_DEPTH 32 /* a = b; b = c; … */
#define SCOPES_MAX 64   /* scopes that are looked through for one name */
#define JOIN_MAX 4096   /* bytes of "a" + "b" */

struct settler {
        struct lexer *l;
        unsigned depth;
};

static int binding_compare(const void *a, const void *b)
{
        const struct binding *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        if (r)
                return r;
        if (x->scope != y->scope)
                return x->scope < y->scope ? -1 : 1;
        return x->order < y->order ? -1 : x->order > y->order;
}

/* Index of the first binding of the name in the scope or behind where it would be. */
static size_t binding_search(const struct lexer *l, const char *name, uint32_t scope)
{
        struct binding key = {.name = name, .scope = scope};
        size_t low = 0, high = l->n_bindings;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (binding_compare(&l->bindings[middle], &key) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool binding_is(const struct lexer *l, size_t i, const char *name, uint32_t scope)
{
        return i < l->n_bindings && l->bindings[i].scope == scope &&
               strcmp(l->bindings[i].name, name) == 0;
}

/* Returns true if a scope from s outwards knows the name; *ret is its one value, or NULL. */
static bool name_lookup(const struct lexer *l, const struct scope *s, const char *name,
                        struct value **ret)
{
        for (unsigned i = 0; s && i < SCOPES_MAX; s = s->parent, i++) {
                size_t at = binding_search(l, name, s->id);
                if (!binding_is(l, at, name, s->id))
                        continue;
                *ret = binding_is(l, at + 1, name, s->id) ? NULL : l->bindings[at].value;
                return true;
        }
        return false;
}

static void settle(struct settler *s, struct value *v);

static bool is_constant(const struct value *v)
{
        return v->type <= VALUE_NULL || v->type == VALUE_OBJECT || v->type == VALUE_LIST;
}

/* v becomes what constant is, but stays where it stands. */
static void become(struct value *v, const struct value *constant)
{
        v->type = constant->type;
        v->text = constant->text;
        v->call = constant->call;
        v->first = constant->first;
        v->resolved = true;
}

static const char *own_name(const char *name)
{
        static const char *const selves[] = {"self.", "this.", "cls.", "@@", "@"};

        for (size_t i = 0; i < ELEMENTSOF(selves); i++)
                if (strncmp(name, selves[i], strlen(selves[i])) == 0)
                        return name + strlen(selves[i]);
        return NULL;
}

/* The value of `config` of `config.secret`, then its entry. */
static struct value *member_lookup(struct settler *s, const struct scope *scope, const char *name)
{
        const char *dot = strchr(name, '.');
        char head[CALLEE_MAX + 1];
        struct value *v = NULL;

        if (!dot || (size_t)(dot - name) >= sizeof(head))
                return NULL;
        memcpy(head, name, (size_t)(dot - name));
        head[dot - name] = '\0';
        if (!name_lookup(s->l, scope, head, &v) || !v)
                return NULL;
        settle(s, v);
        for (unsigned i = 0; v && dot && i < 8; i++) {
                const char *key = dot + 1;
                dot = strchr(key, '.');
                size_t n = dot ? (size_t)(dot - key) : strlen(key);
                struct value *found = NULL;
                for (struct value *e = v->type == VALUE_OBJECT ? v->first : NULL; e; e = e->next)
                        if (e->key && strncmp(e->key, key, n) == 0 && !e->key[n])
                                found = e;
                v = found;
                if (v)
                        settle(s, v);
        }
        return v;
}

static void settle_name(struct settler *s, struct value *v)
{
        const struct scope *scope = ((struct lexer_value *)v)->scope;
        const char *own = own_name(v->text);
        struct value *found = NULL;

        while (own && scope && scope->parent && !scope->class)
                scope = scope->parent;
        const char *name = own ? own : v->text;
        if (!name_lookup(s->l, scope, name, &found))
                found = member_lookup(s, scope, name);
        if (!found || found == v)
                return;
        settle(s, found);
        if (is_constant(found))
                become(v, found);
}

/* --- folding ---- */

static bool number_of(const struct value *v, double *ret)
{
        char *end;

        if (v->type != VALUE_NUMBER || !v->text[0])
                return false;
        *ret = strtod(v->text, &end);
        return *end == '\0';
}

static bool number_set(struct settler *s, struct value *v, double number)
{
        char buf[40];
        int n = snprintf(buf, sizeof(buf), "%.15g", number);
        const char *text = memory_text(s->l, buf, (size_t)n);

        if (!text)
                return false;
        v->type = VALUE_NUMBER;
        v->text = text;
        return true;
}

/* 60 * 60 * 24 within a longer row becomes one operand. */
static void fold_products(struct settler *s, struct value *first)
{
        for (struct value *v = first; v && v->next;) {
                double a, b;
                char op = v->next->op;
                bool fits = (op == '*' || op == '/') && v->op != '/' && number_of(v, &a) &&
                            number_of(v->next, &b) && (op == '*' || b != 0);
                if (fits && number_set(s, v, op == '*' ? a * b : a / b))
                        v->next = v->next->next;
                else
                        v = v->next;
        }
}

static void fold_sum(struct settler *s, struct value *v)
{
        double sum = 0, n;

        for (const struct value *o = v->first; o; o = o->next) {
                if ((o->op && o->op != '+' && o->op != '-') || !number_of(o, &n))
                        return;
                sum += o->op == '-' ? -n : n;
        }
        if (number_set(s, v, sum))
                v->first = NULL;
}

static void fold_strings(struct settler *s, struct value *v)
{
        char buf[JOIN_MAX];
        size_t n = 0;

        for (const struct value *o = v->first; o; o = o->next) {
                size_t more = strlen(o->text);
                if (o->type != VALUE_STRING || (o != v->first && o->op != '+') ||
                    n + more > sizeof(buf))
                        return;
                memcpy(buf + n, o->text, more);
                n += more;
        }
        const char *text = memory_text(s->l, buf, n);
        if (!text)
                return;
        v->type = VALUE_STRING;
        v->text = text;
        v->first = NULL;
}

/* !0 and !1, as minifiers write true and false; !true */
static void fold_not(struct value *v)
{
        const struct value *o = v->first;
        bool number = o->type == VALUE_NUMBER && (!strcmp(o->text, "0") || !strcmp(o->text, "1"));

        if (o->next || o->op != '!' || !(number || o->type == VALUE_BOOL))
                return;
        bool truth = !strcmp(o->text, "1") || !strcmp(o->text, "true");
        v->type = VALUE_BOOL;
        v->text = truth ? "false" : "true";
        v->first = NULL;
}

static void settle_other(struct settler *s, struct value *v)
{
        if (!v->first)
                return;
        for (struct value *o = v->first; o; o = o->next)
                settle(s, o);
        if (v->first->op == '.' || v->first->op == 'x')
                return;
        fold_not(v);
        if (v->first)
                fold_products(s, v->first);
        if (v->first)
                fold_sum(s, v);
        if (v->first && v->first->op == 0)
                fold_strings(s, v);
}

/* --- conversions ---- */

static bool converts(const char *callee)
{
        static const char *const names[] = {
                "byte",
                "bytes",
                "bytearray",
                "str",
                "string",
                "String",
                "*.from",
                "*.GetBytes",
                "*.asKey",
                "*.encode",
                "*.hmacShaKeyFor",
                "*.ToString",
                "SymmetricSecurityKey",
                "SecretStr",
                "Secret",
                "*.createSecretKey",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (callee_matches(callee, names[i]))
                        return true;
        return false;
}

static void settle_call(struct settler *s, struct value *v)
{
        struct value *inner = ((struct lexer_value *)v)->receiver;

        if (!inner && v->call && converts(v->call->callee))
                inner = v->call->args;
        if (!inner || inner->key)
                return;
        settle(s, inner);
        if (inner->type != VALUE_STRING)
                return;
        v->type = VALUE_STRING;
        v->text = inner->text;
        v->resolved = true;
}

static void settle(struct settler *s, struct value *v)
{
        struct lexer_value *lv = (struct lexer_value *)v;

        if (lv->state || s->depth >= SETTLE_DEPTH)
                return;
        lv->state = 1;
        s->depth++;
        if (v->type == VALUE_NAME)
                settle_name(s, v);
        else if (v->type == VALUE_OTHER)
                settle_other(s, v);
        else if (v->type == VALUE_CALL)
                settle_call(s, v);
        s->depth--;
        lv->state = 2;
}

/* The object that `head` of the binding `head.key` was given in the same scope, or NULL. */
static struct value *object_of(const struct lexer *l, const struct binding *p, const char *dot)
{
        char head[CALLEE_MAX + 1];
        size_t n = (size_t)(dot - p->name);

        if (n >= sizeof(head))
                return NULL;
        memcpy(head, p->name, n);
        head[n] = '\0';
        size_t at = binding_search(l, head, p->scope);
        if (!binding_is(l, at, head, p->scope) || binding_is(l, at + 1, head, p->scope))
                return NULL;
        struct value *v = l->bindings[at].value;
        return v && v->type == VALUE_OBJECT ? v : NULL;
}

static struct value *property_value(struct settler *s, const struct binding *p, const char *key)
{
        struct value *v = memory_value(s->l, VALUE_OTHER, p->name);

        if (!v)
                return NULL;
        if (p->value) {
                struct value *next = v->next;
                settle(s, p->value);
                *v = *p->value;
                v->next = next;
        }
        v->key = key;
        v->op = 0;
        ((struct lexer_value *)v)->state = 2;
        return v;
}

/* opts.secure = true behind opts = {…}: the object has that entry too. Neighbours in the order of
 * names belong to the same object, so its end is looked for once. */
static void add_properties(struct settler *s)
{
        const struct value *object = NULL;
        struct value **tail = NULL;

        for (size_t i = 0; i < s->l->n_bindings && !s->l->error; i++) {
                const struct binding *p = &s->l->bindings[i];
                const char *dot = strchr(p->name, '.');
                struct value *to = dot && !strchr(dot + 1, '.') ? object_of(s->l, p, dot) : NULL;
                if (!to)
                        continue;
                if (to != object) {
                        object = to;
                        tail = &to->first;
                        while (*tail)
                                tail = &(*tail)->next;
                }
                *tail = property_value(s, p, dot + 1);
                if (*tail)
                        tail = &(*tail)->next;
        }
}

int constant_settle(struct lexer *l)
{
        struct settler s = {.l = l};

        if (l->n_bindings)
                qsort(l->bindings, l->n_bindings, sizeof(*l->bindings), binding_compare);
        add_properties(&s);
        for (struct lexer_value *v = l->values; v; v = v->all)
                settle(&s, &v->v);
        return l->error == -ENOMEM ? -ENOMEM : 0;
}
