/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: the form of signed approvals. Does not own: whether the signature is good (daemon/signed/), what they cover (daemon/approvals.c). */
#include "daemon/config/signed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/config/internal.h"

static const char *const scopes[] = {"content", "file", "class"};
_Static_assert(ELEMENTSOF(scopes) == _SIGNED_SCOPE_MAX, "every scope has a name");

static void item_done(struct signed_item *item)
{
        free(item->workspace);
        free(item->path);
        free(item->rules);
        free(item->class);
}

void signed_file_done(struct signed_file *f)
{
        for (size_t i = 0; i < f->n; i++)
                item_done(&f->items[i]);
        free(f->items);
        free(f->reason);
        *f = (struct signed_file){.reason = NULL};
}

/* --- an item ---- */

struct item_reading {
        struct signed_item *item;
        bool has_scope, has_sha256;
};

static int item_scope(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct item_reading *i = entry;
        const char *text;
        int k = reading_scalar(r, node, "scope", &text);

        if (k < 0)
                return k;
        for (int s = 0; s < _SIGNED_SCOPE_MAX; s++)
                if (strcmp(scopes[s], text) == 0) {
                        i->item->scope = (enum signed_scope)s;
                        i->has_scope = true;
                        return 0;
                }
        return reading_unknown(r, node, "scope", text, scopes, ELEMENTSOF(scopes));
}

static int item_sha256(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct item_reading *i = entry;
        const char *text;
        int k = reading_scalar(r, node, "sha256", &text);

        if (k < 0)
                return k;
        if (text_unhex(i->item->sha256, sizeof(i->item->sha256), text) < 0)
                return reading_error(r, node, "sha256 takes 64 hexadecimal digits");
        i->has_sha256 = true;
        return 0;
}

static int item_workspace(struct reading *r, const yaml_node_t *node, void *entry)
{
        int k = reading_text(r, node, "workspace",
                             &((struct item_reading *)entry)->item->workspace);

        return k < 0 || *((struct item_reading *)entry)->item->workspace == '/'
                       ? k
                       : reading_error(r, node,
                                       "workspace must be an absolute path, or a glob of one");
}

static int item_path(struct reading *r, const yaml_node_t *node, void *entry)
{
        int k = reading_text(r, node, "path", &((struct item_reading *)entry)->item->path);
        const char *path = ((struct item_reading *)entry)->item->path;

        return k < 0 || (*path != '/' && *path != '\0')
                       ? k
                       : reading_error(r, node, "path is relative to the workspace");
}

static int add_rule(struct reading *r, const yaml_node_t *at, const char *word, void *userdata)
{
        struct buffer *b = userdata;

        if (*word == '\0' || strpbrk(word, " \t"))
                return reading_error(r, at, "a rule's id has no spaces");
        buffer_printf(b, "%s%s", b->len ? " " : "", word);
        return b->error;
}

static int item_rules(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct signed_item *item = ((struct item_reading *)entry)->item;
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        int k = reading_each_word(r, node, "rules", add_rule, &b);

        if (k < 0)
                return k;
        free(item->rules);
        item->rules = NULL;
        return buffer_take(&b, &item->rules);
}

static int item_class(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct signed_item *item = ((struct item_reading *)entry)->item;
        int k = reading_text(r, node, "class", &item->class);

        if (k < 0)
                return k;
        return finding_class_from_string(item->class) >= 0
                       ? 0
                       : reading_error(r, node, "there is no finding class \"%.80s\"", item->class);
}

static const struct reading_field item_fields[] = {
        {"scope", item_scope}, {"sha256", item_sha256}, {"workspace", item_workspace},
        {"path", item_path},   {"rules", item_rules},   {"class", item_class},
};

/* What each scope needs, and what it cannot have. */
static int check_item(struct reading *r, const yaml_node_t *node, const struct item_reading *i)
{
        const struct signed_item *item = i->item;
        bool class = item->scope == SIGNED_CLASS;

        if (!i->has_scope)
                return reading_error(r, node, "an approval needs a scope: content, file or class");
        if (!item->workspace)
                return reading_error(r, node, "an approval needs a workspace");
        if ((item->scope == SIGNED_CONTENT) != i->has_sha256)
                return reading_error(r, node, "sha256 belongs to scope content, which needs it");
        if (class != (item->class != NULL))
                return reading_error(r, node, "class belongs to scope class, which needs it");
        if (class == (item->path != NULL))
                return reading_error(
                        r, node,
                        class ? "an approval of a class is for a whole workspace: no path"
                              : "an approval needs a path");
        if (class && item->rules)
                return reading_error(r, node, "an approval of a class has no rules");
        return 0;
}

static int read_item(struct reading *r, const yaml_node_t *node, void *userdata)
{
        struct signed_file *f = userdata;
        struct signed_item *all;

        if (f->n == SIGNED_ITEMS_MAX)
                return reading_error(r, node, "more than %u approvals in one file",
                                     SIGNED_ITEMS_MAX);
        all = reallocarray(f->items, f->n + 1, sizeof(*all));
        if (!all)
                return -ENOMEM;
        f->items = all;
        struct item_reading i = {.item = &all[f->n++]};
        *i.item = (struct signed_item){.line = reading_line(node)};
        int k = reading_fields(r, node, "an approval", item_fields, ELEMENTSOF(item_fields), &i);
        if (k == 0)
                k = check_item(r, node, &i);
        if (k < 0)
                return k;
        if (!i.item->rules)
                i.item->rules = strdup("");
        if (!i.item->path)
                i.item->path = strdup("");
        return i.item->rules && i.item->path ? 0 : -ENOMEM;
}

/* --- the file ---- */

struct file_reading {
        struct signed_file *file;
        bool versioned;
};

static int file_version(struct reading *r, const yaml_node_t *node, void *entry)
{
        const char *text;
        int k = reading_scalar(r, node, "giad-approvals", &text);

        if (k < 0)
                return k;
        ((struct file_reading *)entry)->versioned = true;
        return strcmp(text, "1") == 0
                       ? 0
                       : reading_error(
                                 r, node,
                                 "giad-approvals must be 1: this version reads no other form");
}

static int file_reason(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_text(r, node, "reason", &((struct file_reading *)entry)->file->reason);
}

static int file_expires(struct reading *r, const yaml_node_t *node, void *entry)
{
        const char *text;
        int k = reading_scalar(r, node, "expires", &text);

        if (k < 0)
                return k;
        return config_parse_time(text, &((struct file_reading *)entry)->file->expires) == 0
                       ? 0
                       : reading_error(r, node,
                                       "expires is a date such as 2027-01-31, or a time such as "
                                       "2027-01-31T18:30:00Z");
}

static int file_approve(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_item(r, node, "approve", read_item,
                                 ((struct file_reading *)entry)->file);
}

static const struct reading_field file_fields[] = {
        {"giad-approvals", file_version},
        {"reason", file_reason},
        {"expires", file_expires},
        {"approve", file_approve},
};

static int read_root(struct reading *r, const yaml_node_t *root, void *userdata)
{
        struct file_reading *f = userdata;
        int k = reading_fields(r, root, "the file", file_fields, ELEMENTSOF(file_fields), f);

        if (k < 0)
                return k;
        if (!f->versioned)
                return reading_error(r, root, "giad-approvals: 1 is missing");
        if (!f->file->reason || *f->file->reason == '\0')
                return reading_error(r, root, "approvals need a reason");
        for (size_t i = 0; i < f->file->n; i++)
                if (f->file->items[i].scope != SIGNED_CONTENT && !f->file->expires)
                        return reading_error(r, root,
                                             "approvals of a file or a class need an end: expires");
        return 0;
}

int signed_file_read(const char *name, const char *data, size_t n, struct signed_file *ret,
                     struct config_error *reterr)
{
        struct signed_file f = {.reason = NULL};
        struct file_reading reading = {.file = &f};
        int k = document_read(name, data, n, NULL, read_root, &reading, reterr);

        if (k == 0 && !reading.versioned)
                k = file_error(reterr, name, 0, 0, "is empty");
        if (k < 0)
                signed_file_done(&f);
        else
                *ret = f;
        return k;
}
