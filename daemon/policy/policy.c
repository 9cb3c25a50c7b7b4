/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: deciding. Does not own: carrying anything out.
 */
#include "daemon/policy/policy.h"

#include <stdio.h>
#include <string.h>

static bool in_set(uint64_t bits, unsigned value)
{
        return bits == 0 || (bits >> value & 1) != 0;
}

static bool in_class_set(const struct config_policy *p, unsigned class)
{
        bool any = true;

        for (size_t i = 0; i < CLASS_SET_WORDS; i++)
                any = any && p->classes[i] == 0;
        return any || (p->classes[class / 64] >> (class % 64) & 1) != 0;
}

static bool asks_for_finding(const struct config_policy *p)
{
        bool classes = false;

        for (size_t i = 0; i < CLASS_SET_WORDS; i++)
                classes = classes || p->classes[i] != 0;
        return classes || p->rule.n > 0 || p->kinds || p->severities || p->confidences ||
               p->certainties;
}

static bool matches_subject(const struct config_policy *p, const struct policy_subject *s)
{
        return word_list_matches_word(&p->workspace, s->workspace) &&
               word_list_matches_word(&p->agent, s->agent) &&
               word_list_matches_path(&p->path, s->path) && in_set(p->artefacts, s->kind) &&
               (!p->has_writer_uid || p->writer_uid == s->writer_uid);
}

static bool matches_finding(const struct config_policy *p, const struct finding *f)
{
        bool takes_away = p->action == ACTION_QUARANTINE || p->action == ACTION_ROLLBACK;

        if (takes_away && f->certainty != CERTAINTY_YES && p->certainties == 0)
                return false;
        return word_list_matches_word(&p->rule, f->rule) && in_class_set(p, f->class) &&
               in_set(p->kinds, finding_kind_of(f)) && in_set(p->severities, f->severity) &&
               in_set(p->confidences, f->confidence) && in_set(p->certainties, f->certainty);
}

const struct config_policy *policy_line(const struct config *config,
                                        const struct policy_subject *subject,
                                        const struct finding *finding)
{
        for (size_t i = 0; i < config->n_policy; i++) {
                const struct config_policy *p = &config->policy[i];

                if (!matches_subject(p, subject))
                        continue;
                if (finding ? matches_finding(p, finding) : !asks_for_finding(p))
                        return p;
        }
        return NULL;
}

bool policy_suppress_matches(const struct config_suppress *s, const char *path,
                             const struct finding *finding)
{
        /* the fingerprint first: of a long baseline almost all end there */
        return word_list_matches_word(&s->fingerprint, finding->fingerprint) &&
               word_list_matches_word(&s->rule, finding->rule) &&
               word_list_matches_path(&s->path, path);
}

const struct config_suppress *policy_suppressed(const struct config *config,
                                                const struct policy_subject *subject,
                                                const struct finding *finding, usec_t now)
{
        for (size_t i = 0; i < config->n_suppress; i++) {
                const struct config_suppress *s = &config->suppress[i];

                if ((s->expires == 0 || now < s->expires) &&
                    policy_suppress_matches(s, subject->path, finding))
                        return s;
        }
        return NULL;
}

bool policy_comment_counts(const struct policy_subject *subject, const struct finding *finding)
{
        return subject->inline_suppressions && finding->comment;
}

bool policy_approved(const struct policy_subject *subject, const struct finding *finding)
{
        return subject->approved &&
               (subject->approved[finding->class / 64] >> (finding->class % 64) & 1) != 0;
}

bool policy_counts(const struct config *config, const struct policy_subject *subject,
                   const struct finding *finding, usec_t now)
{
        return !policy_suppressed(config, subject, finding, now) &&
               !policy_comment_counts(subject, finding) && !policy_approved(subject, finding);
}

static void name_line(const struct config_policy *p, struct verdict *v)
{
        const char *slash = p ? strrchr(p->file, '/') : NULL;

        if (p)
                (void)snprintf(v->policy, sizeof(v->policy), "%.150s:%u",
                               slash ? slash + 1 : p->file, p->line);
        else
                (void)snprintf(v->policy, sizeof(v->policy), "default");
}

void policy_decide(const struct config *config, const struct policy_subject *subject,
                   const struct finding *findings, uint32_t n, usec_t now, struct verdict *ret)
{
        const struct config_policy *line =
                subject->kind != ARTEFACT_NONE ? policy_line(config, subject, NULL) : NULL;
        struct verdict v = {
                .action = line ? line->action : ACTION_REPORT,
                .severity = SEVERITY_INFO,
                .decisive = -1,
        };

        name_line(line, &v);
        for (uint32_t i = 0; i < n; i++) {
                const struct finding *f = &findings[i];

                const struct config_suppress *suppressed =
                        policy_suppressed(config, subject, f, now);

                if (suppressed || policy_comment_counts(subject, f) ||
                    policy_approved(subject, f)) {
                        v.suppressed++;
                        if (suppressed && suppressed->expires &&
                            (!v.until || suppressed->expires < v.until))
                                v.until = suppressed->expires;
                        continue;
                }
                v.counted++;
                if (f->severity > v.severity)
                        v.severity = (enum severity)f->severity;
                line = policy_line(config, subject, f);
                if (line && (line->action > v.action || v.decisive < 0) &&
                    line->action >= v.action) {
                        v.action = line->action;
                        v.decisive = (int32_t)i;
                        name_line(line, &v);
                }
        }
        *ret = v;
}
