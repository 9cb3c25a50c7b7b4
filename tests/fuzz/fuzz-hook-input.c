/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What an agent's hook sends, or somebody who got hold of the agent: whatever it is, it is refused with a
 * reason, or each proposal in it says what would be written where; and nothing ends a text early.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/hook.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_proposal(const struct hook_proposal *p, size_t size)
{
        require(p->path || p->content);
        require(p->path || p->n_edits == 0);
        require(p->n_edits <= HOOK_EDITS_MAX);
        require(!p->path || strlen(p->path) <= size);
        require(!p->content || strlen(p->content) <= size);
        for (size_t i = 0; i < p->n_edits; i++)
                require(strlen(p->edits[i].old_text) <= size &&
                        strlen(p->edits[i].new_text) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char error[HOOK_ERROR_MAX], *json = malloc(size + 1);
        struct hook_input in;

        if (!json)
                return 0;
        memcpy(json, data, size);
        int k = hook_input_read(&in, json, size, error);
        require(k == 0 || k == -ENOMEM || (k == -EBADMSG && *error));
        if (k == 0) {
                require(in.event && in.directory && in.n <= HOOK_PROPOSALS_MAX);
                for (size_t i = 0; i < in.n; i++)
                        check_proposal(&in.proposals[i], size);
        }
        hook_input_done(&in);
        free(json);
        return 0;
}
