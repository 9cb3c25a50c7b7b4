/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules explain: all that is to be known of one rule, for people.
 *
 * Does not own: what a tree or a call rule asks for in words (rules-words.c); what policy says
 * (policy/).
 */
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "common/model/frameworks.h"
#include "daemon/ctl/rules-words.h"
#include "daemon/ctl/rules.h"
#include "daemon/policy/policy.h"

#define LINES_MAX 12u
#define LINE_MAX_BYTES 200u

struct explain {
        struct ctl *ctl;
        struct offline *offline;
        const struct rule *rule;
        const struct config *config;
};

static void heading(const struct explain *x, const char *text)
{
        (void)printf("\n%s%s%s\n", ctl_bold(x->ctl), text, ctl_plain(x->ctl));
}

/* --- where and how ---- */

static void put_list(const char *before, char *const *list, size_t n)
{
        (void)printf("  %s", before);
        for (size_t i = 0; i < n; i++)
                (void)printf("%s%s", i > 0 ? ", " : " ", list[i]);
        (void)putchar('\n');
}

static void put_where(const struct rule *r)
{
        if (r->kinds == 0)
                (void)puts("  in files of every kind, ordinary ones included");
        for (int i = 0; i < _ARTEFACT_MAX; i++)
                if (r->kinds >> i & 1)
                        (void)printf("  in files of the kind %s: %s\n", artefact_kind_to_string(i),
                                     artefact_kind_text((enum artefact_kind)i));
        if (r->n_paths > 0)
                put_list("only with a path like", r->paths, r->n_paths);
}

static void put_pattern(const struct rule_pattern *p)
{
        if (p->anchor)
                (void)printf("  the database looks for  %s\n", p->anchor);
        (void)printf("  %s %s\n  which is looked for in %u bytes before a hit and %u behind it\n",
                     p->anchor ? "what is there must match" : "text that matches      ", p->regex,
                     p->before ? p->before : p->window, p->window);
        if (p->entropy > 0)
                (void)printf("  the secret has at least %.2f bits of entropy per character\n",
                             p->entropy);
        if (p->n_stop > 0)
                put_list("it is none if it contains", p->stop, p->n_stop);
        if (p->checksum)
                (void)printf("  checksum %s: %s\n", p->checksum, rules_words_check(p->checksum));
        if (p->validator)
                (void)printf("  validator %s: %s\n", p->validator, rules_words_check(p->validator));
        else
                (void)puts("  placeholders such as changeme or ${TOKEN} are no secrets");
}

static void put_matcher(const struct explain *x)
{
        const struct rule *r = x->rule;
        const char *directories[] = {
                x->ctl->value[CTL_RULES] ?: config_text(x->config, OPTION_RULES_DIRECTORY),
                x->ctl->value[CTL_RULES] ? NULL
                                         : config_text(x->config, OPTION_LOCAL_RULES_DIRECTORY),
        };

        switch (r->matcher) {
        case MATCHER_PATTERN:
                put_pattern(&r->pattern);
                return;
        case MATCHER_ANALYSER:
                (void)printf("  what the check %s of an analyser written for such files finds\n",
                             r->check);
                return;
        default:
                if (!rules_words_print(r, directories, ELEMENTSOF(directories)))
                        (void)printf("  its pack %s cannot be read again\n", r->pack);
        }
}

/* --- policy ---- */

/* Whether the line may decide about such a finding; its conditions on the file are left open. */
static bool may_decide(const struct config_policy *line, const struct finding *f,
                       const struct rule *r, bool *ret_open)
{
        struct config_policy p = *line;
        const struct config one = {.policy = &p, .n_policy = 1};
        const struct policy_subject subject = {.workspace = "/", .agent = "", .path = ""};

        *ret_open = p.workspace.n > 0 || p.agent.n > 0 || p.path.n > 0 || p.has_writer_uid ||
                    (p.artefacts && (r->kinds == 0 || (r->kinds & ~p.artefacts) != 0));
        if (p.artefacts && r->kinds && !(r->kinds & p.artefacts))
                return false;
        p.workspace.n = p.agent.n = p.path.n = 0;
        p.artefacts = 0;
        p.has_writer_uid = false;
        return policy_line(&one, &subject, f) != NULL;
}

static void put_verdict(const struct explain *x, const char *what, enum confidence confidence,
                        enum certainty certainty)
{
        struct finding f = {
                .class = (uint16_t)x->rule->class,
                .severity = (uint8_t)x->rule->severity,
                .confidence = (uint8_t)confidence,
                .certainty = (uint8_t)certainty,
        };
        bool open = true;

        (void)text_copy(f.rule, sizeof(f.rule), x->rule->id);
        (void)printf("  %s (%s, %s confidence):\n", what, severity_to_string(f.severity),
                     confidence_to_string(f.confidence));
        for (size_t i = 0; i < x->config->n_policy && open; i++) {
                const struct config_policy *p = &x->config->policy[i];

                if (!may_decide(p, &f, x->rule, &open)) {
                        open = true;
                        continue;
                }
                (void)printf("    %s%s%s%s  %s:%u\n", ctl_bold(x->ctl),
                             action_to_string((int)p->action), ctl_plain(x->ctl),
                             open ? ", if the line's conditions on the file hold" : "", p->file,
                             p->line);
        }
        if (open)
                (void)printf("    %sreport%s, where no line decides\n", ctl_bold(x->ctl),
                             ctl_plain(x->ctl));
}

static void put_policy(const struct explain *x)
{
        const struct rule *r = x->rule;

        put_verdict(x, "a finding", r->confidence, CERTAINTY_YES);
        if (r->matcher != MATCHER_PATTERN)
                put_verdict(x, "one that depends on what the file does not tell", r->confidence,
                            CERTAINTY_UNKNOWN);
        if (r->pattern.checksum) {
                put_verdict(x, "with a right checksum", CONFIDENCE_HIGH, CERTAINTY_YES);
                put_verdict(x, "with a wrong checksum",
                            r->confidence > CONFIDENCE_LOW ? r->confidence - 1 : CONFIDENCE_LOW,
                            CERTAINTY_YES);
        }
}

/* --- class and frameworks ---- */

static void put_framework(const char *id, size_t n)
{
        const char *title = framework_title(id, n);

        (void)printf("  %-18.*s %s\n", (int)n, id, title ? title : "");
}

static void put_frameworks(const struct rule *r)
{
        for (const char *p = finding_class_info(r->class)->refs; *p; p += strspn(p, " ")) {
                size_t n = strcspn(p, " ");

                put_framework(p, n);
                p += n;
        }
        for (size_t i = 0; i < r->n_references; i++)
                put_framework(r->references[i], strlen(r->references[i]));
}

/* --- examples ---- */

/* The text with every secret that is found in it taken out. Returns false if that does not come to
 * an end: then it is not shown. */
static bool without_secrets(struct explain *x, const struct rule_example *e,
                            struct scan_result *result, struct buffer *text)
{
        buffer_append(text, e->text, e->size);
        for (int turn = 0; turn < 4 && text->error == 0; turn++) {
                _cleanup_buffer_ struct buffer next = BUFFER_NULL;
                size_t at = 0;

                detector_scan(x->offline->detector, e->path, e->mode, (const uint8_t *)text->data,
                              text->len, result);
                for (uint32_t i = 0; i < result->n_findings; i++) {
                        const struct finding *f = &result->findings[i];

                        if (finding_kind_of(f) != FINDING_SECRET || f->length == 0 ||
                            f->offset < at || f->offset + f->length > text->len)
                                continue;
                        buffer_append(&next, text->data + at, (size_t)f->offset - at);
                        buffer_puts(&next, "[redacted]");
                        at = (size_t)(f->offset + f->length);
                }
                if (at == 0)
                        return true;
                buffer_append(&next, text->data + at, text->len - at);
                buffer_reset(text);
                buffer_append(text, next.data ? next.data : "", next.len);
                text->error = next.error ? next.error : text->error;
        }
        return false;
}

static void put_text(const char *s, size_t n)
{
        const char *end = s + n;

        for (unsigned i = 0; s < end; i++) {
                const char *stop = memchr(s, '\n', (size_t)(end - s));
                size_t size = (size_t)((stop ? stop : end) - s);
                char line[LINE_MAX_BYTES];

                if (i == LINES_MAX) {
                        (void)puts("      …");
                        return;
                }
                (void)printf("      %s\n", text_printable(line, sizeof(line), s, size));
                s += size + (stop != NULL);
        }
}

static void put_examples(struct explain *x, const char *what, const struct rule_example *list,
                         size_t n, struct scan_result *result)
{
        for (size_t i = 0; i < n; i++) {
                _cleanup_buffer_ struct buffer text = BUFFER_NULL;

                (void)printf("  %s, %s\n", what, list[i].path);
                if (without_secrets(x, &list[i], result, &text))
                        put_text(text.data ? text.data : "", text.len);
                else
                        (void)puts("      (not shown: it consists of secrets)");
        }
}

/* --- the whole ---- */

static void put_override(const struct explain *x)
{
        const struct rule *r = x->rule;
        const char *directory = config_text(x->config, OPTION_LOCAL_RULES_DIRECTORY);

        (void)printf("  in %s/local.yaml, then reload giad; only what is given is replaced:\n\n"
                     "rules:\n  - id: %s\n    enabled: false\n\n"
                     "  or, to keep it and to weigh it differently:\n\n"
                     "rules:\n  - id: %s\n    severity: %s\n    confidence: %s\n\n"
                     "  or, in %s, to pass over what it finds in some files:\n\n"
                     "suppress:\n  - rule: %s\n    path: tests/fixtures/**\n"
                     "    reason: invented credentials of the tests\n",
                     directory && *directory ? directory : "the directory of local rules", r->id,
                     r->id, severity_to_string((int)r->severity),
                     confidence_to_string((int)r->confidence), x->ctl->config_path, r->id);
}

static void explain_for_people(struct explain *x, struct scan_result *result)
{
        const struct rule *r = x->rule;
        const struct class_info *class = finding_class_info(r->class);

        (void)printf("%s%s%s%s\n  %s\n  %s, %s confidence\n  class %s: %s\n  from %s:%u\n",
                     ctl_bold(x->ctl), r->id, ctl_plain(x->ctl), r->enabled ? "" : " (off)",
                     r->title, severity_to_string((int)r->severity),
                     confidence_to_string((int)r->confidence), class->name, class->meaning, r->pack,
                     r->line);
        heading(x, "What it looks for");
        put_where(r);
        put_matcher(x);
        heading(x, "What is done about it");
        put_policy(x);
        heading(x, "What to write instead");
        (void)printf("  %s\n", r->remediation);
        heading(x, "Frameworks");
        put_frameworks(r);
        heading(x, "Examples");
        put_examples(x, "found", r->bad, r->n_bad, result);
        put_examples(x, "left alone", r->good, r->n_good, result);
        heading(x, "To override it or to switch it off");
        put_override(x);
}

int rules_explain(struct ctl *ctl, struct offline *o)
{
        struct explain x = {
                .ctl = ctl,
                .offline = o,
                .rule = ctl->n_args == 2 ? ruleset_find(o->rules, ctl->args[1]) : NULL,
                .config = ctl_config(ctl),
        };

        if (ctl->n_args != 2)
                return ctl_usage("rules explain takes the id of one rule");
        if (!x.rule)
                return ctl_error("there is no rule \"%s\"", ctl->args[1]);
        _cleanup_free_ struct scan_result *result = calloc(1, sizeof(*result));
        if (!result)
                return ctl_error("out of memory");
        explain_for_people(&x, result);
        return EXIT_OK;
}
