/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's functions that read files of the module, and those that decode and encode.
 * Does not own: which files those can be (common/model/peers.h), templates (hcl-template.c).
 *
 * What a file says has the place of the call: its own places are in another file.
 * Source: Terraform's documentation, "Filesystem Functions", "Encoding Functions".
 */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-functions-internal.h"
#include "detectors/formats/hcl-parser.h"

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
        struct expression p = {.r = r, .language = &hcl_language, .at = at};

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
        const uint8_t *s = (const uint8_t *)hcl_text(c, 0);
        size_t n = s ? c->args[0]->text_len : 0;
        _cleanup_free_ char *made = malloc(BASE64_ENCODE_RAW_LENGTH(n) + 1);

        if (!s || !made)
                return NULL;
        base64_encode_raw(made, n, s);
        return resolve_string(c->r, c->at, made, BASE64_ENCODE_RAW_LENGTH(n));
}

static const struct node *base64decode(const struct hcl_call *c)
{
        struct base64_decode_ctx ctx;
        const char *s = hcl_text(c, 0);
        size_t n = s ? strlen(s) : 0, used = BASE64_DECODE_LENGTH(n);
        _cleanup_free_ char *made = malloc(used + 1);

        base64_decode_init(&ctx);
        if (!s || !made || !base64_decode_update(&ctx, &used, (uint8_t *)made, n, s) ||
            !base64_decode_final(&ctx) || memchr(made, '\0', used))
                return NULL;
        return resolve_string(c->r, c->at, made, used);
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
