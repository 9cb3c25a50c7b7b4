/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the statements of Bicep (*.bicep, *.bicepparam), and the shape of the tree: that of the ARM
 * template which a file compiles to, so that what is said about one holds for the other.
 *
 *      param p string = 'a'                      parameters: {p: {type: string, defaultValue: a}}
 *      var v = 1                            →    variables: {v: 1}
 *      resource r 'A.B/c@2024-01-01' = {…}       resources: [{type: A.B/c, apiVersion: 2024-01-01, …}]
 *
 * A child that is written inside its parent follows it, with its whole type. What is `existing` is
 * in the list `existing`, modules in `modules`, each with `source`. The name by which the rest of
 * the file calls one of these is its label. A parameter of a *.bicepparam has a `value`.
 *
 * Does not own: values (bicep-value.c), what names refer to (resolve-bicep.c).
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/bicep-value.h"
#include "detectors/formats/format.h"
#include "detectors/formats/scalar.h"

#define DECORATORS_MAX 16u

enum section {
        PARAMETERS,
        VARIABLES,
        OUTPUTS,
        METADATA,
        RESOURCES,
        EXISTING,
        MODULES,
        _SECTION_MAX,
};

struct file {
        struct bicep_reader r;
        struct node *root;
        struct node *sections[_SECTION_MAX];
        struct node *decorators; /* of the statement that comes next; no part of the tree */
        const char *parent_type; /* of the resource that is being read, or NULL */
};

static struct file *file_of(struct bicep_reader *r)
{
        return (void *)((char *)r - offsetof(struct file, r));
}

/* That list or mapping in the root; `at`: where the first of them is. */
static struct node *section(struct file *f, enum section which, const struct cursor *at)
{
        static const char *const names[] = {"parameters", "variables", "outputs", "metadata",
                                            "resources",  "existing",  "modules"};
        enum node_type type = which >= RESOURCES ? NODE_SEQUENCE : NODE_MAPPING;

        if (!f->sections[which])
                f->sections[which] = bicep_add(&f->r, at, type, f->root, names[which], NULL);
        return f->sections[which];
}

static char *take_name(struct bicep_reader *r, struct cursor *ret_at)
{
        bicep_skip_blanks(&r->c);
        *ret_at = r->c;
        bicep_skip_name(&r->c);
        return r->c.at > ret_at->at ? cursor_text(ret_at, &r->c, r->doc) : NULL;
}

static int missing(struct bicep_reader *r, const struct cursor *at, const char *what)
{
        if (doc_error(r->doc) < 0)
                return doc_error(r->doc);
        cursor_to_line_end(&r->c);
        return bicep_bad_at(r, at, what);
}

/* --- decorators ---------------------------------------------------------------------------- */

/* @name(value); of sys.name the name. */
static int read_decorator(struct file *f)
{
        struct bicep_reader *r = &f->r;
        struct cursor at;
        char *name;

        do {
                cursor_step(&r->c);
                name = take_name(r, &at);
        } while (name && cursor_peek(&r->c, 0) == '.');
        if (!name)
                return missing(r, &at, "expected a decorator");
        bicep_skip_blanks(&r->c);
        if (!f->decorators || f->decorators->count >= DECORATORS_MAX ||
            cursor_peek(&r->c, 0) != '(') {
                (void)bicep_skip_expression(&r->c, BICEP_ENDS_LINE);
                return 0;
        }
        cursor_step(&r->c);
        bicep_skip_lines(&r->c);
        int error = 0;
        if (cursor_peek(&r->c, 0) == ')') {
                struct node *n = bicep_add(r, &at, NODE_BOOL, f->decorators, name, NULL);

                if (!n)
                        return doc_error(r->doc);
                scalar_set(n, NODE_BOOL, "true", 4);
        } else
                error = bicep_value_read(r, f->decorators, name, &at, BICEP_ENDS_BRACKETS);
        bicep_skip_lines(&r->c);
        (void)cursor_take(&r->c, ")");
        return error;
}

/* Moves a decorator's value below n, as the template calls it. */
static int take_decorator(struct file *f, const char *name, struct node *n, const char *key)
{
        const struct node *value = node_get(f->decorators, name);

        return value && !doc_copy(f->r.doc, value, n, key) ? doc_error(f->r.doc) : 0;
}

static int take_decorators(struct file *f, struct node *n)
{
        static const char *const same[] = {"minLength", "maxLength", "minValue", "maxValue",
                                           "metadata"};
        int error = take_decorator(f, "allowed", n, "allowedValues");

        for (size_t i = 0; i < ELEMENTSOF(same) && error == 0; i++)
                error = take_decorator(f, same[i], n, same[i]);
        if (error < 0 || !node_get(f->decorators, "description") || node_get(n, "metadata"))
                return error;
        struct node *metadata = doc_node(f->r.doc, NODE_MAPPING, n->line, n->column, n->offset);
        if (!metadata || doc_append(f->r.doc, n, metadata, "metadata") < 0)
                return doc_error(f->r.doc);
        return take_decorator(f, "description", metadata, "description");
}

/* --- parameters, variables, outputs -------------------------------------------------------- */

static const char *type_name(const struct file *f, const struct cursor *from, size_t n)
{
        const char *s = from->data + from->at;
        bool list = n > 2 && memcmp(s + n - 2, "[]", 2) == 0;
        bool object = !list && (*s == '{' || (n == 6 && memcmp(s, "object", 6) == 0));

        if (node_get(f->decorators, "secure"))
                return object ? "secureObject" : "securestring";
        return list ? "array" : object ? "object" : *s == '\'' ? "string" : NULL;
}

/* `string`, `'a' | 'b'`, `{…}[]` or nothing. */
static int read_type(struct file *f, struct node *n)
{
        struct bicep_reader *r = &f->r;

        bicep_skip_blanks(&r->c);
        struct cursor begin = r->c;
        if (!bicep_skip_expression(&r->c, BICEP_ENDS_TYPE))
                (void)bicep_bad_at(r, &begin, "this type does not end");
        if (r->c.at == begin.at)
                return 0;
        struct node *type = bicep_add_text(r, &begin, &r->c, n, "type");
        if (!type)
                return doc_error(r->doc);
        const char *name = type_name(f, &begin, r->c.at - begin.at);
        if (name)
                node_set_text(type, name, strlen(name));
        return 0;
}

/* `= value`, if it comes next. */
static int read_assigned(struct bicep_reader *r, struct node *n, const char *key,
                         const struct cursor *key_at)
{
        bicep_skip_blanks(&r->c);
        if (!cursor_take(&r->c, "="))
                return 0;
        bicep_skip_lines(&r->c);
        return bicep_value_read(r, n, key, key_at, BICEP_ENDS_LINE);
}

/* What has a type and perhaps a value; `keyword` begins at begin. */
static int read_declared(struct file *f, const struct cursor *begin, enum section list,
                         const char *value_key)
{
        struct bicep_reader *r = &f->r;
        struct node *all = section(f, list, begin);
        struct cursor at;
        char *name = all ? take_name(r, &at) : NULL;

        if (!name)
                return missing(r, begin, "expected a name");
        struct node *n = bicep_add(r, begin, NODE_MAPPING, all, name, &at);
        if (!n || read_type(f, n) < 0 || take_decorators(f, n) < 0)
                return doc_error(r->doc);
        bicep_skip_blanks(&r->c);
        struct cursor here = r->c;
        int error =
                read_assigned(r, n, value_key && node_get(n, "type") ? value_key : "value", &here);
        cursor_end_node(&r->c, n);
        node_extend(all, r->c.at, r->c.line);
        return error;
}

static int read_variable(struct file *f, const struct cursor *begin, enum section list)
{
        struct bicep_reader *r = &f->r;
        struct node *all = section(f, list, begin);
        struct cursor at;
        char *name = all ? take_name(r, &at) : NULL;

        if (!name)
                return missing(r, begin, "expected a name");
        (void)bicep_skip_expression(&r->c, BICEP_ENDS_TYPE);
        int error = read_assigned(r, all, name, &at);
        node_extend(all, r->c.at, r->c.line);
        return error;
}

/* --- resources and modules ----------------------------------------------------------------- */

/* The type of a child that is written inside its parent begins with the parent's. */
static char *whole_type(struct file *f, const struct cursor *from, size_t n)
{
        const char *s = from->data + from->at, *parent = f->parent_type;
        size_t head = parent && !memchr(s, '.', n) ? strlen(parent) + 1 : 0;
        char *text = doc_text_reserve(f->r.doc, head + n);

        if (!text)
                return NULL;
        if (head > 0) {
                memcpy(text, parent, head - 1);
                text[head - 1] = '/';
        }
        memcpy(text + head, s, n);
        text[head + n] = '\0';
        return text;
}

/* 'type@version' at from..to */
static int add_type(struct file *f, struct node *n, struct cursor from, const struct cursor *to)
{
        struct bicep_reader *r = &f->r;
        struct cursor end = from;
        struct cursor behind = *to;

        cursor_step(&from);
        cursor_step(&end);
        while (end.at + 1 < to->at && cursor_peek(&end, 0) != '@')
                cursor_step(&end);
        struct node *type = bicep_add_text(r, &from, &end, n, "type");
        char *whole = type ? whole_type(f, &from, end.at - from.at) : NULL;
        if (!whole)
                return doc_error(r->doc);
        node_set_text(type, whole, strlen(whole));
        type->quoted = true;
        if (cursor_peek(&end, 0) != '@')
                return 0;
        cursor_step(&end);
        behind.at--; /* the quote */
        return bicep_add_text(r, &end, &behind, n, "apiVersion") ? 0 : doc_error(r->doc);
}

/* if (…) before what there is under that condition */
static int read_condition(struct bicep_reader *r, struct node *n)
{
        struct cursor at = r->c;

        if (!bicep_skip_word(&r->c, "if"))
                return 0;
        bicep_skip_blanks(&r->c);
        if (!cursor_take(&r->c, "("))
                return missing(r, &at, "expected a condition");
        bicep_skip_lines(&r->c);
        int error = bicep_value_read(r, n, "condition", &at, BICEP_ENDS_BRACKETS);
        bicep_skip_lines(&r->c);
        (void)cursor_take(&r->c, ")");
        bicep_skip_lines(&r->c);
        return error;
}

/* [for … : what is made more than once */
static int read_copy(struct bicep_reader *r, struct node *n)
{
        cursor_step(&r->c);
        bicep_skip_lines(&r->c);
        struct cursor at = r->c;
        bool ended = bicep_skip_loop_head(&r->c);
        struct node *copy = bicep_add_text(r, &at, &r->c, n, "copy");

        if (!copy)
                return doc_error(r->doc);
        copy->type = NODE_UNKNOWN;
        bicep_skip_lines(&r->c);
        return ended ? 0 : bicep_bad_at(r, &at, "expected a colon and what is repeated");
}

static int read_body(struct file *f, struct node *n)
{
        struct bicep_reader *r = &f->r;
        const char *outer = f->parent_type;
        bool loop = bicep_value_is_loop(r->c);
        int error = loop ? read_copy(r, n) : 0;

        if (error == 0)
                error = read_condition(r, n);
        if (error < 0)
                return error;
        if (cursor_peek(&r->c, 0) != '{')
                return missing(r, &r->c, "expected the properties of this");
        if (r->nesting >= BICEP_NESTING_MAX)
                return -E2BIG;
        r->nesting++;
        f->parent_type = node_text(node_get(n, "type"));
        error = bicep_value_object(r, n);
        f->parent_type = outer;
        r->nesting--;
        if (loop) {
                bicep_skip_lines(&r->c);
                (void)cursor_take(&r->c, "]");
        }
        return error;
}

/* Behind the keyword; the string that says of which type it is, or where the module is, comes second.
 */
static int read_resource(struct file *f, const struct cursor *begin, bool module)
{
        struct bicep_reader *r = &f->r;
        struct cursor at, string;
        char *name = take_name(r, &at);

        bicep_skip_blanks(&r->c);
        string = r->c;
        if (!name || cursor_peek(&r->c, 0) != '\'' || !bicep_skip_string(&r->c))
                return missing(r, begin, "expected a name and a type");
        struct cursor behind = r->c;
        bicep_skip_blanks(&r->c);
        bool existing = bicep_skip_word(&r->c, "existing");
        struct node *list = section(f, module ? MODULES : existing ? EXISTING : RESOURCES, begin);
        struct node *n = list ? bicep_add(r, begin, NODE_MAPPING, list, NULL, NULL) : NULL;
        if (!n)
                return doc_error(r->doc);
        n->label[0] = name;
        struct cursor inside = string, last = behind;
        cursor_step(&inside);
        last.at--;
        int error = !module ? add_type(f, n, string, &behind)
                    : bicep_add_text(r, &inside, &last, n, "source") ? 0
                                                                     : doc_error(r->doc);
        bicep_skip_blanks(&r->c);
        if (error == 0 && !cursor_take(&r->c, "="))
                error = missing(r, begin, "expected `=`");
        else if (error == 0) {
                bicep_skip_lines(&r->c);
                error = read_body(f, n);
        }
        cursor_end_node(&r->c, n);
        node_extend(list, r->c.at, r->c.line);
        return error;
}

static int read_nested(struct bicep_reader *r)
{
        struct cursor begin = r->c;

        (void)bicep_skip_word(&r->c, "resource");
        return read_resource(file_of(r), &begin, false);
}

/* --- the file ------------------------------------------------------------------------------ */

/* targetScope = '…' and using '…' say something about the whole file. */
static int read_setting(struct file *f, const struct cursor *begin, const char *key)
{
        struct bicep_reader *r = &f->r;

        bicep_skip_blanks(&r->c);
        (void)cursor_take(&r->c, "=");
        bicep_skip_blanks(&r->c);
        return bicep_value_read(r, f->root, key, begin, BICEP_ENDS_LINE);
}

static int read_statement(struct file *f)
{
        static const char *const skipped[] = {"func",      "import", "provider",
                                              "extension", "assert", "test"};
        struct bicep_reader *r = &f->r;
        struct cursor begin = r->c;

        if (bicep_skip_word(&r->c, "param"))
                return read_declared(f, &begin, PARAMETERS, "defaultValue");
        if (bicep_skip_word(&r->c, "var"))
                return read_variable(f, &begin, VARIABLES);
        if (bicep_skip_word(&r->c, "resource"))
                return read_resource(f, &begin, false);
        if (bicep_skip_word(&r->c, "module"))
                return read_resource(f, &begin, true);
        if (bicep_skip_word(&r->c, "output"))
                return read_declared(f, &begin, OUTPUTS, "value");
        if (bicep_skip_word(&r->c, "metadata"))
                return read_variable(f, &begin, METADATA);
        if (bicep_skip_word(&r->c, "targetScope"))
                return read_setting(f, &begin, "targetScope");
        if (bicep_skip_word(&r->c, "using"))
                return read_setting(f, &begin, "using");
        if (bicep_skip_word(&r->c, "type")) {
                (void)bicep_skip_expression(&r->c, BICEP_ENDS_TYPE);
                bicep_skip_blanks(&r->c);
                (void)cursor_take(&r->c, "=");
                (void)bicep_skip_expression(&r->c, BICEP_ENDS_TYPE);
                return 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(skipped); i++) {
                if (bicep_skip_word(&r->c, skipped[i])) {
                        (void)bicep_skip_expression(&r->c, BICEP_ENDS_LINE);
                        return 0;
                }
        }
        cursor_to_line_end(&r->c);
        return bicep_bad_at(r, &begin, "expected a statement");
}

static int read_file(struct file *f)
{
        struct bicep_reader *r = &f->r;

        for (;;) {
                bicep_skip_lines(&r->c);
                if (cursor_ended(&r->c))
                        return 0;
                bool decorator = cursor_peek(&r->c, 0) == '@';
                int error = decorator ? read_decorator(f) : read_statement(f);
                if (error < 0)
                        return error;
                if (decorator || !f->decorators->first)
                        continue;
                f->decorators = cursor_node(&r->c, r->doc, NODE_MAPPING);
                if (!f->decorators)
                        return doc_error(r->doc);
        }
}

static int bicep_parse(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct file f = {.r = {.c = cursor_begin(data, n),
                               .doc = doc,
                               .reterr = reterr,
                               .nested = read_nested}};

        f.root = cursor_node(&f.r.c, doc, NODE_MAPPING);
        f.decorators = f.root ? cursor_node(&f.r.c, doc, NODE_MAPPING) : NULL;
        doc_set_root(doc, f.root);
        if (!f.decorators)
                return doc_error(doc);
        int error = read_file(&f);
        cursor_end_node(&f.r.c, f.root);
        return error < 0 ? error : f.r.broken ? -EBADMSG : 0;
}

const struct format format_bicep = {.name = "bicep", .parse = bicep_parse};
