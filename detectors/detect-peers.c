/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the documents of a file's directory while the file is looked at.
 *
 * Must not own: which files those are (common/model/peers.h), and what is taken from them
 * (formats/resolve.h).
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/detect-internal.h"
#include "detectors/formats/format.h"

DEFINE_CLEANUP(struct doc *, doc_free);

/* All of them together must leave the file's own document its memory. */
#define PEER_LIMITS ((struct doc_limits){.depth = 64, .nodes = 20000, .bytes = 4u << 20})

/* One that cannot be read, or only in part, says what it says until there: nothing depends on it alone. */
void detect_peers_add(struct detect_peers *p, const char *name, const char *data, size_t n)
{
        const struct format *format = format_guess(name, data, n);
        _cleanup_(doc_freep) struct doc *doc = NULL;
        _cleanup_free_ char *copy = strdup(name);
        const struct doc_limits limits = PEER_LIMITS;
        struct doc_error error;

        if (!format || !copy || p->n == DETECT_PEERS_MAX || doc_new(&doc, &limits) < 0)
                return;
        (void)format->parse(doc, data, n, &error);
        if (!doc_root(doc))
                return;
        p->names[p->n] = take_ptr(&copy);
        p->list[p->n] = (struct resolve_peer){p->names[p->n], doc_root(doc)};
        p->docs[p->n++] = take_ptr(&doc);
}

void detect_peers_reset(struct detect_peers *p)
{
        while (p->n > 0) {
                p->n--;
                p->docs[p->n] = doc_free(p->docs[p->n]);
                free(take_ptr(&p->names[p->n]));
        }
}
