/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Bicep's expressions, as far as values can come out of them: names of variables and parameters
 * with a default, what is in them, interpolated strings, conditionals, comparisons, a few functions.
 * Does not own: which nodes are looked at (resolve.c).
 *
 * Where a template would hold an expression in brackets that is settled only when it is deployed
 * (an id of a resource of this file, of the subscription, a new guid), the value is that expression as
 * text, as in the template: "[subscription().id]". An id whose parts are known is written out, so that
 * a role is found by its guid.
 */
#include "detectors/formats/resolve-bicep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/bicep-value.h"
#include "detectors/formats/expression.h"

#define DEPTH_MAX 8u
#define ARGUMENTS_MAX 16u
#define TEXT_MAX ((size_t)16 << 10)
#define NAME_MAX_LENGTH 128u

struct text {
        char *s;
        size_t n;
        bool unknown;
};

static void put(struct text *t, const char *s, size_t n)
{
        if (!s || t->n + n > TEXT_MAX)
                t->unknown = true;
        else {
                memcpy(t->s + t->n, s, n);
                t->n += n;
        }
}

static void put_word(struct text *t, const char *s)
{
        put(t, s, s ? strlen(s) : 0);
}

static void put_value(struct text *t, const struct node *value)
{
        const char *s = value && value->type != NODE_NULL ? node_text(value) : NULL;

        put(t, s, s ? value->text_len : 0);
}

static const struct node *finish(struct expression *p, const struct text *t)
{
        return t->unknown ? NULL : resolve_string(p->r, p->at, t->s, t->n);
}

/* --- strings ------------------------------------------------------------------------------- */

/* Behind the brace that closes the interpolation whose expression begins at s; NULL: none does. */
static const char *interpolation_end(const char *s, const char *end)
{
        struct cursor c = {.data = s, .n = (size_t)(end - s)};
        unsigned open = 1;

        while (!cursor_ended(&c)) {
                char byte = cursor_peek(&c, 0);

                if (byte == '\'') {
                        if (!bicep_skip_string(&c))
                                return NULL;
                        continue;
                }
                cursor_step(&c);
                open += byte == '{';
                if (byte == '}' && --open == 0)
                        return s + c.at;
        }
        return NULL;
}

static size_t literal_length(const char *s, const char *end)
{
        size_t n = 0;

        while (s + n < end && !(s[n] == '$' && s + n + 1 < end && s[n + 1] == '{'))
                n += s[n] == '\\' && s + n + 1 < end ? 2 : 1;
        return n;
}

/* What stands between the quotes. */
static const struct node *interpolated(struct expression *p, const char *s, const char *end)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room};

        if (!room)
                return NULL;
        while (s < end && !t.unknown) {
                size_t n = literal_length(s, end), from = t.n;

                put(&t, s, n);
                if (!t.unknown)
                        t.n = from + bicep_unescape(t.s + from, n);
                s += n;
                if (s == end)
                        break;
                const char *behind = interpolation_end(s + 2, end);
                if (!behind)
                        return NULL;
                put_value(&t, expression_inside(p, s + 2, behind - 1));
                s = behind;
        }
        return finish(p, &t);
}

static const struct node *quoted(struct expression *p)
{
        const char *begin = p->rest.s;
        struct cursor c = {.data = begin, .n = (size_t)(p->rest.end - begin)};
        bool multi = cursor_at(&c, "'''");

        if (!bicep_skip_string(&c) || c.at < (multi ? 6u : 2u))
                return expression_bad(p);
        p->rest.s += c.at;
        return multi ? resolve_string(p->r, p->at, begin + 3, c.at - 6)
                     : interpolated(p, begin + 1, p->rest.s - 1);
}

/* --- names --------------------------------------------------------------------------------- */

static const struct node *labelled(struct resolver *r, const char *list, const char *name)
{
        const struct node *all = node_get(doc_root(r->doc), list);

        if (!resolve_look(r, all))
                return NULL;
        NODE_CHILDREN(item, all)
        {
                if (item->label[0] && strcmp(item->label[0], name) == 0)
                        return item;
        }
        return NULL;
}

static const struct node *named_value(struct resolver *r, const char *name)
{
        const struct node *root = doc_root(r->doc);
        const struct node *value = resolve_get(r, node_get(root, "variables"), name);

        if (!value)
                value = node_get(resolve_get(r, node_get(root, "parameters"), name),
                                 "defaultValue");
        return value ? resolve_bicep_value(r, value) : NULL;
}

/* /providers/A.B/c/NAME/d/NAME of the type A.B/c/d */
static const struct node *resource_id(struct expression *p, const char *type,
                                      const struct node *const *names, unsigned n)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room, .unknown = !room};
        size_t head = strcspn(type, "/");

        put_word(&t, "/providers/");
        put(&t, type, head);
        for (unsigned i = 0; i < n && type[head] == '/'; i++) {
                size_t k = strcspn(type + head + 1, "/");

                put(&t, type + head, k + 1);
                put_word(&t, "/");
                put_value(&t, names[i]);
                head += k + 1;
        }
        return type[head] == '\0' ? finish(p, &t) : NULL;
}

/* What a template says of a thing that is known only when it is deployed. */
static const struct node *deferred(struct expression *p, const char *function, const char *argument,
                                   const char *rest, size_t n)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room, .unknown = !room};

        put_word(&t, "[");
        put_word(&t, function);
        put_word(&t, argument ? "('" : "(");
        put_word(&t, argument ?: "");
        put_word(&t, argument ? "')" : ")");
        put(&t, rest, n);
        put_word(&t, "]");
        return finish(p, &t);
}

/* Steps over .name and [index] as far as they go. */
static void skip_parts(struct expression *p)
{
        while (p->rest.s < p->rest.end && !p->bad) {
                char name[NAME_MAX_LENGTH];

                if (resolve_take(&p->rest, ".")) {
                        (void)resolve_take(&p->rest, "?");
                        if (resolve_take_name(&p->rest, name, sizeof(name)) == 0)
                                p->bad = true;
                } else if (resolve_take(&p->rest, "[")) {
                        (void)expression_value(p);
                        if (!resolve_take(&p->rest, "]"))
                                p->bad = true;
                } else
                        return;
        }
}

/* resource.id and the like */
static const struct node *property_of(struct expression *p, const struct node *resource)
{
        const char *begin = p->rest.s, *type = node_text(node_get(resource, "type"));

        skip_parts(p);
        size_t n = (size_t)(p->rest.s - begin);
        if (p->bad || !type || node_get(resource, "copy"))
                return NULL;
        if (n == 5 && memcmp(begin, ".name", 5) == 0)
                return resolve_bicep_value(p->r, node_get(resource, "name"));
        if (n != 3 || memcmp(begin, ".id", 3) != 0)
                return deferred(p, "reference", resource->label[0], begin, n);
        const struct node *name = resolve_bicep_value(p->r, node_get(resource, "name"));
        const struct node *id = name ? resource_id(p, type, &name, 1) : NULL;
        return id ?: deferred(p, "resourceId", type, "", 0);
}

/* --- functions ----------------------------------------------------------------------------- */

/* resourceId(group?, type, name…) and its kin: the type is the first with a provider in it. */
static const struct node *id_of(struct expression *p, const struct node *const *args, unsigned n)
{
        for (unsigned i = 0; i + 1 < n; i++) {
                const char *type = args[i] ? node_text(args[i]) : NULL;

                if (type && type[0] != '/' && type[0] != '[' && strchr(type, '/') &&
                    strchr(type, '.'))
                        return resource_id(p, type, args + i + 1, n - i - 1);
        }
        return NULL;
}

static const struct node *joined(struct expression *p, const struct node *const *args, unsigned n)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room, .unknown = !room};

        for (unsigned i = 0; i < n; i++)
                put_value(&t, args[i]);
        return finish(p, &t);
}

static const struct node *in_case(struct expression *p, const struct node *arg, bool upper)
{
        const char *s = arg ? node_text(arg) : NULL;
        char *copy = s ? doc_text(p->r->doc, s, arg->text_len) : NULL;

        for (size_t i = 0; copy && i < arg->text_len; i++)
                copy[i] = (char)(upper ? toupper((unsigned char)copy[i])
                                       : tolower((unsigned char)copy[i]));
        return copy ? resolve_string(p->r, p->at, copy, arg->text_len) : NULL;
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static const struct node *function(struct expression *p, const char *name,
                                   const struct node *const *args, unsigned n)
{
        static const char *const ids[] = {"resourceId", "subscriptionResourceId",
                                          "tenantResourceId", "extensionResourceId",
                                          "managementGroupResourceId"};
        static const char *const later[] = {
                "subscription", "resourceGroup", "tenant",       "managementGroup", "deployment",
                "guid",         "newGuid",       "uniqueString", "utcNow",          "environment"};

        if (is_one_of(name, ids, ELEMENTSOF(ids)))
                return id_of(p, args, n);
        if (is_one_of(name, later, ELEMENTSOF(later))) {
                const char *begin = p->rest.s;

                skip_parts(p);
                return p->bad ? NULL : deferred(p, name, NULL, begin, (size_t)(p->rest.s - begin));
        }
        if (strcmp(name, "concat") == 0)
                return joined(p, args, n);
        if (n == 1 && strcmp(name, "string") == 0)
                return joined(p, args, 1);
        if (n == 1 && (strcmp(name, "toLower") == 0 || strcmp(name, "toUpper") == 0))
                return in_case(p, args[0], name[2] == 'U');
        return NULL;
}

static const struct node *call(struct expression *p, const char *name)
{
        const struct node *args[ARGUMENTS_MAX] = {0};
        unsigned n = 0;

        while (!p->bad && !resolve_take(&p->rest, ")")) {
                if (n == ARGUMENTS_MAX)
                        return expression_bad(p);
                args[n++] = expression_value(p);
                if (!p->bad && !resolve_take(&p->rest, ",") && !expression_peek(p, ')'))
                        return expression_bad(p);
        }
        return p->bad ? NULL : function(p, name, args, n);
}

/* --- operands ------------------------------------------------------------------------------ */

static const struct node *number(struct expression *p)
{
        const char *begin = p->rest.s;

        p->rest.s += *p->rest.s == '-';
        while (p->rest.s < p->rest.end && isdigit((unsigned char)*p->rest.s))
                p->rest.s++;
        return expression_number(p, begin, (size_t)(p->rest.s - begin));
}

static const struct node *word(struct expression *p)
{
        char name[NAME_MAX_LENGTH];

        if (isdigit((unsigned char)*p->rest.s) ||
            resolve_take_name(&p->rest, name, sizeof(name)) == 0)
                return expression_bad(p);
        if (resolve_take(&p->rest, "("))
                return call(p, name);
        if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
                return expression_truth(p, name[0] == 't');
        if (p->r->loop.item && strcmp(p->r->loop.name, name) == 0)
                return resolve_bicep_value(p->r, p->r->loop.item);
        const struct node *value = named_value(p->r, name);
        if (value || !expression_peek(p, '.'))
                return value;
        const struct node *resource = labelled(p->r, "existing", name);
        if (!resource)
                resource = labelled(p->r, "resources", name);
        return resource ? property_of(p, resource) : NULL;
}

static bool has_part(struct expression *p)
{
        return expression_peek(p, '[') || expression_peek(p, '.');
}

/* .name, .?name, [0], ['key'] */
static const struct node *part_of(struct expression *p, const struct node *whole)
{
        char key[NAME_MAX_LENGTH];

        if (resolve_take(&p->rest, "[")) {
                const struct node *index = expression_value(p);

                return resolve_take(&p->rest, "]") ? expression_item(p, whole, index)
                                                   : expression_bad(p);
        }
        (void)resolve_take(&p->rest, ".");
        (void)resolve_take(&p->rest, "?");
        if (resolve_take_name(&p->rest, key, sizeof(key)) == 0 || resolve_take(&p->rest, "("))
                return expression_bad(p);
        return whole ? resolve_get(p->r, whole, key) : NULL;
}

static const struct node *operand(struct expression *p)
{
        char byte = *p->rest.s;

        if (byte == '\'')
                return quoted(p);
        if (isdigit((unsigned char)byte) || byte == '-')
                return number(p);
        return word(p);
}

/* Whether two values are equal is not known of what is settled later. */
static bool is_settled(const struct node *n)
{
        return !(n->text && n->text[0] == '[');
}

static const struct expression_language bicep = {
        .operand = operand,
        .part = part_of,
        .has_part = has_part,
        .value = resolve_bicep_value,
        .settled = is_settled,
};

const struct node *resolve_bicep_value(struct resolver *r, const struct node *n)
{
        if (!n || n->type != NODE_UNKNOWN)
                return n;
        if (!n->text || r->depth >= DEPTH_MAX || !resolve_step(r))
                return NULL;
        struct expression p = {.r = r, .at = n, .language = &bicep};
        const char *end = n->text + n->text_len;
        r->depth++;
        const struct node *value =
                n->template ? interpolated(&p, n->text, end) : expression_inside(&p, n->text, end);
        r->depth--;
        return value;
}

bool resolve_bicep(struct resolver *r, struct node *n)
{
        const struct node *value = n->type == NODE_UNKNOWN ? resolve_bicep_value(r, n) : NULL;

        if (value)
                return value != n && resolve_become(r, n, value);
        return n->type == NODE_UNKNOWN && resolve_bicep_loop(r, n);
}
