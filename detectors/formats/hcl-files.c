/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's functions that read files of the module, and those that decode and encode.
 * Does not own: which files those can be (common/model/peers.h), templates (hcl-template.c).
 *
 * What a file says has the place of the call: its own places are in another file.
 * Source: Terraform's documentation, "Filesystem Functions", "Encoding Functions".
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-functions-internal.h"
#include "detectors/formats/hcl-parser.h"

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* jsonencode(x): the reader reads the object itself, and marks it. */
static const struct node *encoded(const struct hcl_call *c, const char *tag)
{
        const struct node *value = hcl_first_argument(c);

        if (!value || (value->type != NODE_MAPPING && value->type != NODE_SEQUENCE))
                return NULL;
        struct node *copy = hcl_container(c, value->type);
        if (!copy || doc_become(c->r->doc, copy, value) < 0)
                return NULL;
        copy->tag = tag;
        return copy;
}

static const struct node *jsonencode(const struct hcl_call *c)
{
        return encoded(c, "jsonencode");
}

static const struct node *yamlencode(const struct hcl_call *c)
{
        return encoded(c, "yamlencode");
}

/* The file of that path, from the module's directory on; NULL: it is not at hand. */
static const struct resolve_peer *find_file(const struct resolver *r, const char *path)
{
        if (r->calling)
                return NULL;
        while (path && path[0] == '.' && path[1] == '/')
                path += 2 + strspn(path + 2, "/");
        for (size_t i = 0; path && i < r->n_peers; i++)
                if (r->peers[i].text && strcmp(r->peers[i].name, path) == 0)
                        return &r->peers[i];
        return NULL;
}

static const struct node *file(const struct hcl_call *c)
{
        const struct resolve_peer *found = find_file(c->r, hcl_text(c, 0));

        return found ? resolve_string(c->r, c->at, found->text, found->size) : NULL;
}

/* That it is not there is not known: not all files are at hand. */
static const struct node *fileexists(const struct hcl_call *c)
{
        return find_file(c->r, hcl_text(c, 0)) ? hcl_truth(c, true) : NULL;
}

const struct node *hcl_render(struct resolver *r, const struct node *at, const char *text, size_t n,
                              const struct node *variables)
{
        const struct resolve_scope *outer = r->scope;
        const struct resolve_scope scope = {.value = variables};
        struct hcl_parser p = {.r = r, .at = at};

        if (r->depth >= HCL_RENDER_MAX)
                return NULL;
        r->depth++;
        r->scope = &scope;
        const struct node *made = hcl_template_document(&p, text, n);
        r->scope = outer;
        r->depth--;
        return made;
}

static const struct node *templatefile(const struct hcl_call *c)
{
        const struct resolve_peer *found = find_file(c->r, hcl_text(c, 0));

        return found ? hcl_render(c->r, c->at, found->text, found->size, hcl_argument(c, 1)) : NULL;
}

/* Takes the mark of an encoding from what holds a document: it is the document itself then. */
static const struct node *decoded(const struct hcl_call *c, const struct node *tree)
{
        bool container = tree && (tree->type == NODE_MAPPING || tree->type == NODE_SEQUENCE);
        struct node *copy =
                container && resolve_count(c->r, tree) ? hcl_container(c, tree->type) : NULL;

        if (!copy || doc_become(c->r->doc, copy, tree) < 0)
                return NULL;
        copy->tag = NULL;
        return copy;
}

static const struct node *jsondecode(const struct hcl_call *c)
{
        const struct node *value = hcl_first_argument(c);

        return value ? decoded(c, doc_embedded(c->r->doc, (struct node *)(uintptr_t)value)) : NULL;
}

static const struct node *yamldecode(const struct hcl_call *c)
{
        const struct node *value = hcl_first_argument(c);
        const char *text = value ? node_text(value) : NULL;

        if (value && !text)
                return decoded(c, value);
        struct node *tree = text && resolve_step(c->r) ? doc_embedded_yaml(c->r->doc, value) : NULL;
        if (tree)
                resolve_place(c->r, c->at, tree);
        return tree;
}

static const struct node *base64encode(const struct hcl_call *c)
{
        const unsigned char *s = (const unsigned char *)hcl_text(c, 0);
        size_t n = s ? c->args[0]->text_len : 0, used = 0;
        _cleanup_free_ char *made = malloc(n / 3 * 4 + 5);

        if (!s || !made)
                return NULL;
        for (size_t i = 0; i < n; i += 3) {
                uint32_t bits = (uint32_t)s[i] << 16;

                bits |= i + 1 < n ? (uint32_t)s[i + 1] << 8 : 0;
                bits |= i + 2 < n ? s[i + 2] : 0;
                for (unsigned k = 0; k < 4; k++)
                        made[used++] = i + k > n ? '=' : base64[bits >> (18 - 6 * k) & 63];
        }
        return resolve_string(c->r, c->at, made, used);
}

static int digit(char c)
{
        const char *found = c != '\0' ? strchr(base64, c) : NULL;

        return found ? (int)(found - base64) : -1;
}

static const struct node *base64decode(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0);
        size_t n = s ? strlen(s) : 0, used = 0;
        _cleanup_free_ char *made = malloc(n + 1);
        uint32_t bits = 0;
        unsigned have = 0;

        if (!s || !made)
                return NULL;
        for (; *s && *s != '='; s++) {
                int value = digit(*s);

                if (value < 0)
                        return NULL;
                bits = bits << 6 | (uint32_t)value;
                have += 6;
                if (have < 8)
                        continue;
                have -= 8;
                made[used++] = (char)(bits >> have);
                bits &= (1u << have) - 1;
        }
        return memchr(made, '\0', used) ? NULL : resolve_string(c->r, c->at, made, used);
}

const struct hcl_named hcl_file_functions[] = {
        {"base64decode", base64decode},
        {"base64encode", base64encode},
        {"file", file},
        {"fileexists", fileexists},
        {"jsondecode", jsondecode},
        {"jsonencode", jsonencode},
        {"templatefile", templatefile},
        {"yamldecode", yamldecode},
        {"yamlencode", yamlencode},
        {NULL, NULL},
};
