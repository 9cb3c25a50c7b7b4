/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which suppressions hold for a file that giactl scans itself.
 * Does not own: what a suppression matches (daemon/policy/).
 *
 * The configuration's hold in its workspaces, as they do for giad, and nowhere else. Those of a
 * baseline that was named hold for whatever is scanned with it.
 */
#include "daemon/ctl/suppressions.h"

#include <string.h>

#include "daemon/policy/policy.h"

struct config *suppressions_load(const char *path)
{
        struct config_error error;
        struct config *config = NULL;
        int k = config_load(&config, path, &error);

        if (k == -EBADMSG)
                (void)ctl_error("%s:%u:%u: %s", error.file, error.line, error.column,
                                error.message);
        else if (k < 0)
                (void)ctl_error("%s: %s", path, strerror(-k));
        return config;
}

int suppressions_init(struct suppressions *s, struct ctl *ctl)
{
        *s = (struct suppressions){.config = ctl_config(ctl), .now = clock_realtime()};
        if (!s->config)
                return EXIT_ERROR;
        if (!ctl->value[CTL_BASELINE])
                return EXIT_OK;
        s->baseline = suppressions_load(ctl->value[CTL_BASELINE]);
        return s->baseline ? EXIT_OK : EXIT_ERROR;
}

void suppressions_done(struct suppressions *s)
{
        s->baseline = config_unref(s->baseline);
}

static bool in_force(const struct config_suppress *entry, usec_t now)
{
        return entry->expires == 0 || now < entry->expires;
}

bool suppressions_match(const struct config_suppress *entry, const struct place *p,
                        const struct finding *f)
{
        const char *const names[] = {p->inside, p->here, p->given};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (names[i] && policy_suppress_matches(entry, names[i], f))
                        return true;
        return false;
}

bool suppressions_cover(const struct suppressions *s, const struct place *p,
                        const struct finding *f, struct suppression *ret)
{
        const struct policy_subject subject = {
                .path = p->inside,
                .inline_suppressions = p->workspace && p->workspace->inline_suppressions,
        };
        const struct config_suppress *by =
                p->inside ? policy_suppressed(s->config, &subject, f, s->now) : NULL;

        for (size_t i = 0; !by && s->baseline && i < s->baseline->n_suppress; i++)
                if (in_force(&s->baseline->suppress[i], s->now) &&
                    suppressions_match(&s->baseline->suppress[i], p, f))
                        by = &s->baseline->suppress[i];
        if (by)
                *ret = (struct suppression){by, by->reason};
        else if (policy_comment_counts(&subject, f))
                *ret = (struct suppression){NULL,
                                            "a comment on its line; the workspace allows that"};
        else
                return false;
        return true;
}
