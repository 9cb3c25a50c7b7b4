/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The first byte selects the format, the rest is the file. Whatever the readers make of it must be
 * a consistent tree whose places lie in the file, and so must the documents inside its strings.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "tests/fuzz/fuzz.h"

struct check {
        struct doc *doc;
        size_t size;
};

static void require(bool truth)
{
        if (!truth)
                abort();
}

static int check_node(struct node *n, void *userdata)
{
        const struct check *c = userdata;
        uint32_t count = 0;

        require(n->line >= 1 && n->column >= 1 && n->end_line >= n->line);
        require(n->offset + n->length <= c->size);
        require((n->type == NODE_MAPPING || n->type == NODE_SEQUENCE) == !n->text);
        require(!n->text || n->text[n->text_len] == '\0');
        NODE_CHILDREN(child, n)
        {
                require(child->parent == n && (child->key != NULL) == (n->type == NODE_MAPPING));
                count++;
        }
        require(count == n->count);
        if (n->text)
                (void)node_walk(doc_embedded(c->doc, n), check_node, userdata);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct format *const formats[] = {
                &format_json,           &format_yaml,         &format_hcl,
                &format_dotenv,         &format_ini,          &format_dockerfile,
                &format_terraform_json, &format_sudoers,      &format_sshd,
                &format_crontab,        &format_pam,          &format_authorized_keys,
                &format_crontab_system, &format_crontab_user, &format_rego,
                &format_cedar,          &format_sql,          &format_casbin,
                &format_bicep,          &format_xml,          &format_polkit};
        struct doc_limits limits = {.depth = 16, .nodes = 5000, .bytes = 4u << 20};
        struct doc_error error = {0};
        struct doc *d = NULL;

        if (size == 0 || doc_new(&d, &limits) < 0)
                return 0;

        const char *text = (const char *)data + 1;
        const struct format *format = formats[data[0] % ELEMENTSOF(formats)];
        int r = format->parse(d, text, size - 1, &error);

        require(r == 0 || r == -EBADMSG || r == -E2BIG || r == -ENOMEM);
        require(r != -EBADMSG || (error.line >= 1 && error.column >= 1 && error.message[0]));
        struct check check = {.doc = d, .size = size - 1};
        (void)node_walk(doc_root(d), check_node, &check);
        if (r == 0) {
                /* the file as what others say of it: values, a document, its caller, defaults */
                const struct resolve_peer peers[] = {
                        {.name = data[0] & 0x80 ? "values.yaml" : "other.tfvars",
                         .root = doc_root(d)},
                        {.name = "x.json", .text = text, .size = size - 1},
                        {.name = "../main.tf", .root = doc_root(d), .module = "m"},
                        {.name = "defaults/main.yml", .root = doc_root(d)},
                };

                r = doc_resolve(d, format->name, peers,
                                data[0] & 0x40 ? ELEMENTSOF(peers) - (data[0] & 0x20 ? 1 : 0) : 0);
                require(r == 0 || r == -E2BIG || r == -ENOMEM);
                (void)node_walk(doc_root(d), check_node, &check);
        }
        (void)format_guess("config", text, size - 1);
        (void)format_guess("a.conf", text, size - 1);
        doc_free(d);
        return 0;
}
