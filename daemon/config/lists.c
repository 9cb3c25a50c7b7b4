/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lists of giad.yaml: workspaces, policy, suppress, on_failure.
 * Each entry is checked as a whole before it is appended; an error leaves the generation unusable,
 * and the caller drops it.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/base/text.h"
#include "daemon/config/internal.h"

/* A closed set of names: which bit of `bits` a word stands for. */
struct name_set {
        const char *what;
        const char *(*to_string)(int value);
        int max;
        uint64_t *bits;
};

static int add_name(struct reading *r, const yaml_node_t *at, const char *word, void *userdata)
{
        const struct name_set *set = userdata;
        const char *names[256];

        for (int i = 0; i < set->max; i++) {
                names[i] = set->to_string(i);
                if (strcmp(names[i], word) == 0) {
                        set->bits[i / 64] |= (uint64_t)1 << (i % 64);
                        return 0;
                }
        }
        return reading_unknown(r, at, set->what, word, names, (size_t)set->max);
}

_Static_assert(_CLASS_MAX <= 256 && _REASON_MAX <= 256 && _ARTEFACT_MAX <= 64, "sets fit");

static int read_names(struct reading *r, const yaml_node_t *node, const char *what,
                      const char *(*to_string)(int), int max, uint64_t *bits)
{
        struct name_set set = {what, to_string, max, bits};

        return reading_each_word(r, node, what, add_name, &set);
}

static int read_small_set(struct reading *r, const yaml_node_t *node, const char *what,
                          const char *(*to_string)(int), int max, uint8_t *ret)
{
        uint64_t bits = 0;
        int k = read_names(r, node, what, to_string, max, &bits);

        if (k >= 0)
                *ret = (uint8_t)bits;
        return k;
}

/* --- workspaces ---- */

static int workspace_path(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct config_workspace *ws = entry;
        int k = reading_text(r, node, "path", &ws->pattern);

        if (k < 0)
                return k;
        size_t n = strlen(ws->pattern);
        while (n > 1 && ws->pattern[n - 1] == '/')
                ws->pattern[--n] = '\0';
        if (ws->pattern[0] != '/')
                return reading_error(r, node, "a workspace's path must be absolute, not \"%s\"",
                                     ws->pattern);
        if (n < 2)
                return reading_error(
                        r, node,
                        "\"/\" cannot be a workspace: name the directories in which agents work");
        if (n >= 4000 || strstr(ws->pattern, "/../") || strstr(ws->pattern, "/./") ||
            strstr(ws->pattern, "//"))
                return reading_error(r, node,
                                     "a workspace's path may not hold \"..\", \".\" or \"//\"");
        if (strstr(ws->pattern, "**"))
                return reading_error(r, node,
                                     "\"**\" is not allowed in a workspace's path: everything "
                                     "below a workspace is watched anyway");
        if (strchr(ws->pattern, '[') && !strchr(strchr(ws->pattern, '['), ']'))
                return reading_error(r, node, "the glob \"%s\" has a '[' without ']'", ws->pattern);
        return 0;
}

static int workspace_agent(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_text(r, node, "agent", &((struct config_workspace *)entry)->agent);
}

static int workspace_back_end(struct reading *r, const yaml_node_t *node, void *entry)
{
        const char *text, *known[_BACK_END_MAX];
        int k = reading_scalar(r, node, "backend", &text);

        if (k < 0)
                return k;
        int back_end = back_end_from_string(text);
        if (back_end < 0) {
                for (int i = 0; i < _BACK_END_MAX; i++)
                        known[i] = back_end_to_string(i);
                return reading_unknown(r, node, "backend", text, known, ELEMENTSOF(known));
        }
        ((struct config_workspace *)entry)->back_end = (enum back_end)back_end;
        return 0;
}

/* One of two words; *ret: it is the second. */
static int one_of_two(struct reading *r, const yaml_node_t *node, const char *key,
                      const char *const words[2], bool *ret)
{
        const char *text;
        int k = reading_scalar(r, node, key, &text);

        if (k < 0)
                return k;
        *ret = strcmp(text, words[1]) == 0;
        return *ret || strcmp(text, words[0]) == 0 ? 0
                                                   : reading_unknown(r, node, key, text, words, 2);
}

static int workspace_mode(struct reading *r, const yaml_node_t *node, void *entry)
{
        static const char *const modes[] = {"watch", "gate"};

        return one_of_two(r, node, "mode", modes, &((struct config_workspace *)entry)->gate);
}

static int workspace_late(struct reading *r, const yaml_node_t *node, void *entry)
{
        static const char *const answers[] = {"allow", "deny"};

        return one_of_two(r, node, "late", answers, &((struct config_workspace *)entry)->deny_late);
}

static int workspace_exclude(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_word(r, node, "exclude", reading_add_word,
                                 &((struct config_workspace *)entry)->exclude);
}

static int workspace_inline_suppressions(struct reading *r, const yaml_node_t *node, void *entry)
{
        const char *text;
        int k = reading_scalar(r, node, "inline_suppressions", &text);

        if (k < 0)
                return k;
        k = value_parse_bool(text);
        if (k < 0)
                return reading_error(r, node, "inline_suppressions is yes or no, not \"%s\"", text);
        ((struct config_workspace *)entry)->inline_suppressions = k > 0;
        return 0;
}

static const struct reading_field workspace_fields[] = {
        {"path", workspace_path},
        {"agent", workspace_agent},
        {"backend", workspace_back_end},
        {"exclude", workspace_exclude},
        {"inline_suppressions", workspace_inline_suppressions},
        {"late", workspace_late},
        {"mode", workspace_mode},
};

static int read_workspace(struct reading *r, const yaml_node_t *node, void *userdata)
{
        struct config *c = r->config;
        struct config_workspace *all =
                reallocarray(c->workspaces, c->n_workspaces + 1, sizeof(*all));

        (void)userdata;
        if (!all)
                return -ENOMEM;
        c->workspaces = all;
        struct config_workspace *ws = &all[c->n_workspaces++];
        *ws = (struct config_workspace){.file = strdup(r->file), .line = reading_line(node)};
        int k = reading_fields(r, node, "a workspace", workspace_fields,
                               ELEMENTSOF(workspace_fields), ws);
        if (k < 0)
                return k;
        if (!ws->pattern)
                return reading_error(r, node, "a workspace needs a path");
        if (ws->gate && ws->back_end != BACK_END_FANOTIFY)
                return reading_error(r, node,
                                     "\"mode: gate\" is fanotify's: add \"backend: fanotify\"");
        if (ws->deny_late && !ws->gate)
                return reading_error(r, node, "\"late\" is of the gate: add \"mode: gate\"");
        return ws->file ? 0 : -ENOMEM;
}

/* --- policy ---- */

#define POLICY_WORDS(field)                                                                \
        static int policy_##field(struct reading *r, const yaml_node_t *node, void *entry) \
        {                                                                                  \
                return reading_each_word(r, node, #field, reading_add_word,                \
                                         &((struct config_policy *)entry)->field);         \
        }
POLICY_WORDS(workspace)
POLICY_WORDS(agent)
POLICY_WORDS(path)
POLICY_WORDS(rule)

static int policy_artefact(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_names(r, node, "artefact", artefact_kind_to_string, _ARTEFACT_MAX,
                          &((struct config_policy *)entry)->artefacts);
}

static int policy_class(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_names(r, node, "class", finding_class_to_string, _CLASS_MAX,
                          ((struct config_policy *)entry)->classes);
}

static int policy_kind(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_small_set(r, node, "kind", finding_kind_to_string, _FINDING_KIND_MAX,
                              &((struct config_policy *)entry)->kinds);
}

static int policy_severity(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_small_set(r, node, "severity", severity_to_string, _SEVERITY_MAX,
                              &((struct config_policy *)entry)->severities);
}

static int policy_confidence(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_small_set(r, node, "confidence", confidence_to_string, _CONFIDENCE_MAX,
                              &((struct config_policy *)entry)->confidences);
}

static int policy_certainty(struct reading *r, const yaml_node_t *node, void *entry)
{
        return read_small_set(r, node, "certainty", certainty_to_string, _CERTAINTY_MAX,
                              &((struct config_policy *)entry)->certainties);
}

static int policy_writer_uid(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct config_policy *p = entry;
        const char *text;
        uint64_t uid;
        int k = reading_scalar(r, node, "writer_uid", &text);

        if (k < 0)
                return k;
        if (text_to_u64(text, 10, &uid) < 0 || uid >= UINT32_MAX)
                return reading_error(r, node, "writer_uid is a numeric user id, not \"%s\"", text);
        p->has_writer_uid = true;
        p->writer_uid = (uint32_t)uid;
        return 0;
}

static const struct reading_field when_fields[] = {
        {"workspace", policy_workspace},
        {"agent", policy_agent},
        {"path", policy_path},
        {"rule", policy_rule},
        {"artefact", policy_artefact},
        {"class", policy_class},
        {"kind", policy_kind},
        {"severity", policy_severity},
        {"confidence", policy_confidence},
        {"certainty", policy_certainty},
        {"writer_uid", policy_writer_uid},
};

static int policy_when(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_fields(r, node, "when", when_fields, ELEMENTSOF(when_fields), entry);
}

static int policy_action(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct config_policy *p = entry;
        const char *text, *names[_ACTION_MAX];
        size_t n = 0;
        int k = reading_scalar(r, node, "action", &text);

        if (k < 0)
                return k;
        k = action_from_string(text);
        if (k < 0) {
                for (int i = 0; i < _ACTION_MAX; i++)
                        names[n++] = action_to_string(i);
                return reading_unknown(r, node, "action", text, names, n);
        }
        p->action = (enum action)k;
        return 1;
}

static const struct reading_field policy_fields[] = {
        {"when", policy_when},
        {"action", policy_action},
};

static bool mapping_has(struct reading *r, const yaml_node_t *node, const char *key)
{
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *k = reading_node(r, p->key);

                if (k->type == YAML_SCALAR_NODE &&
                    strcmp((const char *)k->data.scalar.value, key) == 0)
                        return true;
        }
        return false;
}

static int read_policy(struct reading *r, const yaml_node_t *node, void *userdata)
{
        size_t insert_at = (*(size_t *)userdata)++;
        struct config *c = r->config;
        struct config_policy *all = reallocarray(c->policy, c->n_policy + 1, sizeof(*all));

        if (!all)
                return -ENOMEM;
        c->policy = all;
        memmove(all + insert_at + 1, all + insert_at, (c->n_policy - insert_at) * sizeof(*all));
        c->n_policy++;
        struct config_policy *p = &all[insert_at];
        *p = (struct config_policy){.file = strdup(r->file), .line = reading_line(node)};
        if (!p->file)
                return -ENOMEM;
        int k = reading_fields(r, node, "a policy line", policy_fields, ELEMENTSOF(policy_fields),
                               p);
        if (k < 0)
                return k;
        if (!mapping_has(r, node, "action"))
                return reading_error(r, node,
                                     "a policy line needs an action (report, require-approval, "
                                     "quarantine or rollback)");
        return 0;
}

/* --- suppress ---- */

#define SUPPRESS_WORDS(field)                                                                \
        static int suppress_##field(struct reading *r, const yaml_node_t *node, void *entry) \
        {                                                                                    \
                return reading_each_word(r, node, #field, reading_add_word,                  \
                                         &((struct config_suppress *)entry)->field);         \
        }
SUPPRESS_WORDS(rule)
SUPPRESS_WORDS(path)
SUPPRESS_WORDS(fingerprint)

static int suppress_reason(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_text(r, node, "reason", &((struct config_suppress *)entry)->reason);
}

static int suppress_author(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_text(r, node, "author", &((struct config_suppress *)entry)->author);
}

int config_parse_time(const char *text, usec_t *ret)
{
        static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"};

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                struct tm tm = {0}, given;
                const char *end = strptime(text, forms[i], &tm);

                if (!end || *end != '\0')
                        continue;
                given = tm;
                time_t t = timegm(&tm);
                /* the 31st of a short month is another day; what is not after 1970 would be never
                 */
                if (t <= 0 || tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
                        return -EINVAL;
                *ret = (usec_t)t * USEC_PER_SEC;
                return 0;
        }
        return -EINVAL;
}

static int suppress_expires(struct reading *r, const yaml_node_t *node, void *entry)
{
        const char *text;
        int k = reading_scalar(r, node, "expires", &text);

        if (k < 0)
                return k;
        if (config_parse_time(text, &((struct config_suppress *)entry)->expires) < 0)
                return reading_error(r, node,
                                     "expires is a date such as 2027-01-31, or a time such as "
                                     "2027-01-31T18:30:00Z, not \"%s\"",
                                     text);
        return 0;
}

static const struct reading_field suppress_fields[] = {
        {"rule", suppress_rule},
        {"path", suppress_path},
        {"fingerprint", suppress_fingerprint},
        {"reason", suppress_reason},
        {"author", suppress_author},
        {"expires", suppress_expires},
};

static int read_suppress(struct reading *r, const yaml_node_t *node, void *userdata)
{
        struct config *c = r->config;
        struct config_suppress *all = reallocarray(c->suppress, c->n_suppress + 1, sizeof(*all));

        (void)userdata;
        if (!all)
                return -ENOMEM;
        c->suppress = all;
        struct config_suppress *s = &all[c->n_suppress++];
        *s = (struct config_suppress){.file = strdup(r->file), .line = reading_line(node)};
        int k = reading_fields(r, node, "a suppression", suppress_fields,
                               ELEMENTSOF(suppress_fields), s);
        if (k < 0)
                return k;
        if (!s->reason || *s->reason == '\0')
                return reading_error(r, node, "a suppression needs a reason");
        if (s->rule.n + s->path.n + s->fingerprint.n == 0)
                return reading_error(r, node,
                                     "a suppression needs a rule, a path or a fingerprint");
        return s->file ? 0 : -ENOMEM;
}

/* --- the lists themselves ---- */

int lists_workspaces(struct reading *r, const yaml_node_t *node)
{
        return reading_each_item(r, node, "workspaces", read_workspace, NULL);
}

int lists_policy(struct reading *r, const yaml_node_t *node, size_t *insert_at)
{
        return reading_each_item(r, node, "policy", read_policy, insert_at);
}

int lists_suppress(struct reading *r, const yaml_node_t *node)
{
        return reading_each_item(r, node, "suppress", read_suppress, NULL);
}

int lists_on_failure(struct reading *r, const yaml_node_t *node)
{
        const char *names[_REASON_MAX], *actions[_FAILURE_MAX], *key, *text;

        if (node->type != YAML_MAPPING_NODE)
                return reading_error(r, node,
                                     "on_failure must be a mapping from reasons to actions");
        for (int i = 1; i < _REASON_MAX; i++)
                names[i - 1] = reason_to_string(i);
        for (int i = 0; i < _FAILURE_MAX; i++)
                actions[i] = failure_action_to_string(i);
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *key_node = reading_node(r, p->key),
                                  *value = reading_node(r, p->value);
                int k = reading_scalar(r, key_node, "on_failure", &key);

                if (k >= 0)
                        k = reading_scalar(r, value, key, &text);
                if (k < 0)
                        return k;
                int reason = reason_from_string(key), action = failure_action_from_string(text);
                if (reason <= REASON_NONE)
                        return reading_unknown(r, key_node, "reason", key, names, _REASON_MAX - 1);
                if (action < 0)
                        return reading_unknown(r, value, "action", text, actions, _FAILURE_MAX);
                r->config->on_failure[reason] = (enum failure_action)action;
        }
        return 0;
}
