/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any bytes as giad.yaml: what is taken must be usable as it is, and what is refused must say why
 * in text that can be printed.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/config/config.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_values(const struct config *c)
{
        for (int i = 0; i < _OPTION_MAX; i++) {
                const struct option_info *o = option_info((enum config_option)i);
                bool text = o->type == TYPE_PATH || o->type == TYPE_STRING || o->type == TYPE_ENUM;

                if (!text && (o->min || o->max))
                        require(c->values[i].number >= o->min && c->values[i].number <= o->max);
                if (o->type == TYPE_ENUM)
                        require(c->values[i].text && strstr(o->words, c->values[i].text));
                if (o->type == TYPE_PATH && c->values[i].text)
                        require(!c->values[i].text[0] || c->values[i].text[0] == '/');
        }
}

static void check_lists(const struct config *c)
{
        static const char *const captures[] = {"one", "two"};
        char name[64];

        for (size_t i = 0; i < c->n_workspaces; i++) {
                require(c->workspaces[i].pattern && c->workspaces[i].pattern[0] == '/');
                config_agent_name(&c->workspaces[i], captures, 2, name, sizeof(name));
                require(strlen(name) < sizeof(name));
                (void)word_list_matches_path(&c->workspaces[i].exclude, "a/b/node_modules");
        }
        for (size_t i = 0; i < c->n_policy; i++) {
                require(c->policy[i].action < _ACTION_MAX);
                (void)word_list_matches_path(&c->policy[i].path, "a/b/.env");
                (void)word_list_matches_word(&c->policy[i].rule, "generic-secret");
        }
        for (size_t i = 0; i < c->n_suppress; i++)
                require(c->suppress[i].reason && c->suppress[i].rule.n + c->suppress[i].path.n +
                                                                 c->suppress[i].fingerprint.n >
                                                         0);
}

static void check_agents(const struct agents *a)
{
        for (size_t i = 0; a && i < a->n; i++) {
                const struct agents_entry *e = &a->entries[i];
                size_t n = e->programs.n + e->variables.n + e->cgroups.n + e->containers.n;

                require(e->name && e->name[0] && strlen(e->name) < AGENTS_NAME_MAX && n > 0);
                for (size_t k = 0; k < e->cgroups.n; k++)
                        (void)text_glob_word(e->cgroups.words[k], "/a.slice/a.slice/b.service");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct config_error error = {0};
        struct config *c = NULL;
        int r = config_parse(&c, "giad.yaml", (const char *)data, size, &error);

        if (r == 0) {
                check_values(c);
                check_lists(c);
                check_agents(c->agents);
        } else {
                char again[sizeof(error.message) * 4];
                size_t n = strnlen(error.message, sizeof(error.message));

                require(r == -EBADMSG || r == -ENOMEM);
                require(!c && (r == -ENOMEM || (n > 0 && n < sizeof(error.message))));
                require(strcmp(error.message,
                               text_printable(again, sizeof(again), error.message, n)) == 0);
        }
        (void)config_unref(c);
        return 0;
}
