/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Answers that may be long: lists of a register with a million artefacts. They are made bit by bit, so that neither the loop waits
 * for them nor giad grows with them. Who asks for more replies gets many; who does not gets one, with as much as fits.
 */

#include "common/base/buffer.h"
#include "daemon/control/control.h"
#include "daemon/manager.h"

struct pages_source {
        const char *name; /* of the list in a reply */
        /* Appends the next items, at most max, each begun by pages_item(), with their number in *ret_n; a few milliseconds' work. Returns 1: there may be more, 0: that was all, or negative errno. */
        int (*fill)(void *userdata, struct manager *m, struct buffer *out, size_t max,
                    size_t *ret_n);
        void (*free)(void *userdata); /* NULL: free() */
};

/* A comma, unless it is the first of its list. */
void pages_item(struct buffer *out);

#define PAGES_ALL SIZE_MAX

/* Answers the call with at most limit items; PAGES_ALL: with all, or, in a single reply, as many as are usual. userdata is taken
 * over; NULL: there was no memory for it. */
void pages_answer(struct manager *m, struct control_call *call, bool more, size_t limit,
                  const struct pages_source *source, void *userdata);
/* Answers a call that the register cannot answer: it is damaged (-EUCLEAN), or cannot be read. */
void pages_failed(struct manager *m, struct control_call *call, int error);
