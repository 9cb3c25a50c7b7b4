/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the other files that say what a file's names mean, as documents or as text, while the file is
 * looked at.
 *
 * Must not own: which files those are (common/model/peers.h), and what is taken from them
 * (formats/resolve.h).
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/detect-internal.h"
#include "detectors/formats/format.h"

DEFINE_CLEANUP(struct doc *, doc_free);

/* All of them together must leave the file's own document its memory. */
#define PEER_LIMITS ((struct doc_limits){.depth = 64, .nodes = 20000, .bytes = 4u << 20})

static bool is_terraform(const char *name)
{
        static const char *const endings[] = {".tf",        ".tofu",   ".tf.json",
                                              ".tofu.json", ".tfvars", ".tfvars.json"};

        for (size_t i = 0; i < ELEMENTSOF(endings); i++)
                if (text_ends_with(name, endings[i]))
                        return true;
        return false;
}

/* "../../main.tf" of "a/b/c/x.tf" may call "b/c": a copy of the name, and of that behind it. NULL: the
 * path does not tell what the directory is called there. */
static char *with_module(const char *name, const char *path, const char **ret_module)
{
        const char *end = strrchr(path, '/'), *begin = end;

        for (const char *s = name; strncmp(s, "../", 3) == 0; s += 3) {
                if (!begin || begin == path)
                        return NULL;
                begin -= begin != end;
                while (begin > path && begin[-1] != '/')
                        begin--;
        }
        size_t n = strlen(name) + 1, k = begin ? (size_t)(end - begin) : 0;
        char *copy = malloc(n + k + 1);
        if (!copy)
                return NULL;
        memcpy(copy, name, n);
        if (k > 0) {
                memcpy(copy + n, begin, k);
                copy[n + k] = '\0';
                *ret_module = copy + n;
        }
        return copy;
}

static void add_text(struct detect_peers *p, char **name, const char *data, size_t n)
{
        _cleanup_free_ char *text = malloc(n + 1);

        if (!text)
                return;
        memcpy(text, data, n);
        text[n] = '\0';
        p->names[p->n] = take_ptr(name);
        p->texts[p->n] = take_ptr(&text);
        p->list[p->n] =
                (struct resolve_peer){.name = p->names[p->n], .text = p->texts[p->n], .size = n};
        p->n++;
}

/* One that cannot be read, or only in part, says what it says until there: nothing depends on it alone. */
void detect_peers_add(struct detect_peers *p, const char *path, const char *name, const char *data,
                      size_t n)
{
        const struct format *format = format_guess(name, data, n);
        _cleanup_(doc_freep) struct doc *doc = NULL;
        const char *module = NULL;
        _cleanup_free_ char *copy = with_module(name, path, &module);
        const struct doc_limits limits = PEER_LIMITS;
        struct doc_error error;

        if (!copy || p->n == DETECT_PEERS_MAX)
                return;
        /* what functions read as a text is made a document where they do so, if at all */
        if (is_terraform(path) && !is_terraform(name)) {
                add_text(p, &copy, data, n);
                return;
        }
        if (!format || doc_new(&doc, &limits) < 0)
                return;
        (void)format->parse(doc, data, n, &error);
        if (!doc_root(doc))
                return;
        p->names[p->n] = take_ptr(&copy);
        p->list[p->n] = (struct resolve_peer){
                .name = p->names[p->n], .root = doc_root(doc), .module = module};
        p->docs[p->n++] = take_ptr(&doc);
}

void detect_peers_reset(struct detect_peers *p)
{
        while (p->n > 0) {
                p->n--;
                p->docs[p->n] = doc_free(p->docs[p->n]);
                free(take_ptr(&p->names[p->n]));
                free(take_ptr(&p->texts[p->n]));
        }
}
