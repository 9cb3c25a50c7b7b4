/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one number for everything but the file that decides a verdict: the rules, and what the
 * configuration says of findings. Does not own: comparing it with what was scanned before
 * (known.c).
 */
#include <nettle/sha2.h>
#include <string.h>

#include "daemon/policy/policy.h"

static void add(struct sha256_ctx *sha, const void *data, size_t n)
{
        sha256_update(sha, n, data);
}

static void add_number(struct sha256_ctx *sha, uint64_t n)
{
        add(sha, &n, sizeof(n));
}

static void add_words(struct sha256_ctx *sha, const struct word_list *list)
{
        add_number(sha, list->n);
        for (size_t i = 0; i < list->n; i++)
                add(sha, list->words[i], strlen(list->words[i]) + 1);
}

static void add_policy(struct sha256_ctx *sha, const struct config_policy *p)
{
        add_words(sha, &p->workspace);
        add_words(sha, &p->agent);
        add_words(sha, &p->path);
        add_words(sha, &p->rule);
        add_number(sha, p->artefacts);
        add(sha, p->classes, sizeof(p->classes));
        add_number(sha, p->kinds);
        add_number(sha, p->severities);
        add_number(sha, p->confidences);
        add_number(sha, p->certainties);
        add_number(sha, p->has_writer_uid);
        add_number(sha, p->writer_uid);
        add_number(sha, p->action);
}

static void add_suppress(struct sha256_ctx *sha, const struct config_suppress *s)
{
        add_words(sha, &s->rule);
        add_words(sha, &s->path);
        add_words(sha, &s->fingerprint);
        add_number(sha, s->expires);
}

/* Where comments count; which workspace a file belongs to is not known here. */
static void add_workspace(struct sha256_ctx *sha, const struct config_workspace *ws)
{
        if (!ws->inline_suppressions)
                return;
        add(sha, ws->pattern, strlen(ws->pattern) + 1);
}

void policy_digest(const struct config *config, const uint8_t rules[static 32],
                   uint8_t ret[static 32])
{
        struct sha256_ctx sha;

        sha256_init(&sha);
        add(&sha, rules, 32);
        add_number(&sha, config->n_policy);
        for (size_t i = 0; i < config->n_policy; i++)
                add_policy(&sha, &config->policy[i]);
        add_number(&sha, config->n_suppress);
        for (size_t i = 0; i < config->n_suppress; i++)
                add_suppress(&sha, &config->suppress[i]);
        for (size_t i = 0; i < config->n_workspaces; i++)
                add_workspace(&sha, &config->workspaces[i]);
        for (int i = 0; i < _REASON_MAX; i++)
                add_number(&sha, config->on_failure[i]);
        add_number(&sha, config_number(config, OPTION_FILE_SIZE));
        add_number(&sha, config_number(config, OPTION_PARSE_SIZE));
        sha256_digest(&sha, 32, ret);
}
