/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl baseline review: which suppressions are still needed, and changing those that are not.
 *
 * Owns: asking, and what is said of each. Does not own: how a file is changed (baseline-edit.c).
 * A file that was changed meanwhile, or would not read back as was decided, is left as it is.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/baseline.h"
#include "daemon/ctl/new-file.h"
#include "daemon/ctl/offline.h"
#include "daemon/ctl/suppressions.h"
#include "daemon/policy/policy.h"

struct review {
        struct ctl *ctl;
        const struct place *place;
        struct config *file; /* a baseline; NULL: the configuration */
        const struct config *config;
        uint64_t *matches;               /* of each suppression */
        struct baseline_change *changes; /* of each suppression */
        bool looked;                     /* there were files to look at */
        uint64_t unreadable;
        usec_t now;
};

enum state { STALE = 1, EXPIRED = 2, NO_AUTHOR = 4, NO_REASON = 8 };

static const struct {
        enum state state;
        const char *name, *text;
} states[] = {
        {STALE, "stale", "matches nothing"},
        {EXPIRED, "expired", "has expired"},
        {NO_AUTHOR, "no_author", "has no author"},
        {NO_REASON, "no_reason", "has no reason"},
};

static unsigned state_of(const struct review *r, size_t i)
{
        const struct config_suppress *s = &r->config->suppress[i];

        return (r->looked && r->matches[i] == 0 ? STALE : 0u) |
               (s->expires && s->expires <= r->now ? EXPIRED : 0u) |
               (!s->author || !*s->author ? NO_AUTHOR : 0u) |
               (strcmp(s->reason, BASELINE_NO_REASON) == 0 ? NO_REASON : 0u);
}

/* --- what still matches ---- */

/* Outside of every workspace the configuration's suppressions are tried as a baseline's are. */
static bool matches(const struct review *r, const struct config_suppress *s,
                    const struct finding *f)
{
        return !r->file && r->place->inside ? policy_suppress_matches(s, r->place->inside, f)
                                            : suppressions_match(s, r->place, f);
}

static int on_scanned(void *userdata, const char *path, const struct scan_result *result, int error)
{
        struct review *r = userdata;

        if (error) {
                r->unreadable++;
                (void)ctl_error("%s: %s", path, strerror(error));
                return 0;
        }
        for (uint32_t k = 0; k < result->n_findings; k++)
                for (size_t i = 0; i < r->config->n_suppress; i++)
                        r->matches[i] += matches(r, &r->config->suppress[i], &result->findings[k]);
        return 0;
}

static int scan(struct review *r)
{
        struct ctl *ctl = r->ctl;
        struct offline o;
        glob_t found = {0};
        char **args = ctl->args;
        int n = ctl->n_args, status;

        if (offline_init(&o, ctl) != EXIT_OK)
                return EXIT_ERROR;
        for (size_t i = 0; n == 0 && i < ctl->config->n_workspaces; i++)
                (void)glob(ctl->config->workspaces[i].pattern,
                           GLOB_ONLYDIR | (found.gl_pathc > 0 ? GLOB_APPEND : 0), NULL, &found);
        if (n == 0) {
                ctl->args = found.gl_pathv;
                ctl->n_args = (int)found.gl_pathc;
        }
        offline_tell_key(&o, ctl->config);
        r->looked = ctl->n_args > 0;
        r->place = &o.place;
        status = r->looked ? offline_walk(&o, ctl, on_scanned, r) : EXIT_OK;
        ctl->args = args;
        ctl->n_args = n;
        globfree(&found);
        offline_done(&o);
        return status;
}

/* --- saying it ---- */

static void add_words(cJSON *o, const char *key, const struct word_list *list)
{
        cJSON *a = cJSON_AddArrayToObject(o, key);
        char shown[8192];

        for (size_t i = 0; i < list->n; i++)
                (void)cJSON_AddItemToArray(
                        a, cJSON_CreateString(text_printable(shown, sizeof(shown), list->words[i],
                                                             strlen(list->words[i]))));
}

static cJSON *describe(const struct review *r, size_t i)
{
        const struct config_suppress *s = &r->config->suppress[i];
        unsigned state = state_of(r, i);
        char when[CLOCK_RFC3339_MAX];
        cJSON *o = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(o, "file", s->file);
        (void)cJSON_AddNumberToObject(o, "line", s->line);
        add_words(o, "rule", &s->rule);
        add_words(o, "path", &s->path);
        add_words(o, "fingerprint", &s->fingerprint);
        (void)cJSON_AddStringToObject(o, "reason", s->reason);
        (void)cJSON_AddStringToObject(o, "author", s->author ? s->author : "");
        if (s->expires) {
                clock_rfc3339(s->expires, when);
                (void)cJSON_AddStringToObject(o, "expires", when);
        }
        if (r->looked)
                (void)cJSON_AddNumberToObject(o, "matches", (double)r->matches[i]);
        for (size_t k = 0; k < ELEMENTSOF(states); k++)
                if (states[k].state != STALE || r->looked)
                        (void)cJSON_AddBoolToObject(o, states[k].name,
                                                    (state & states[k].state) != 0);
        (void)cJSON_AddBoolToObject(o, "attention", state != 0);
        return o;
}

static void print_words(const char *what, const struct word_list *list)
{
        char shown[8192];

        for (size_t i = 0; i < list->n; i++)
                (void)printf("%s%s%s", i == 0 ? what : ", ", i == 0 ? " " : "",
                             text_printable(shown, sizeof(shown), list->words[i],
                                            strlen(list->words[i])));
}

static void print_one(const struct review *r, size_t i)
{
        const struct config_suppress *s = &r->config->suppress[i];
        const struct ctl *ctl = r->ctl;
        unsigned state = state_of(r, i);
        char text[8192];

        (void)printf("%s%s:%u%s ", ctl_bold(ctl), s->file, s->line, ctl_plain(ctl));
        print_words(" rule", &s->rule);
        print_words("  path", &s->path);
        print_words("  fingerprint", &s->fingerprint);
        (void)printf("\n    %s", text_printable(text, sizeof(text), s->reason, strlen(s->reason)));
        if (s->author && *s->author)
                (void)printf(", %s",
                             text_printable(text, sizeof(text), s->author, strlen(s->author)));
        if (s->expires) {
                clock_rfc3339(s->expires, text);
                (void)printf(", until %.19sZ", text);
        }
        if (r->looked && r->matches[i] > 0)
                (void)printf("; matches %llu", (unsigned long long)r->matches[i]);
        (void)puts("");
        for (size_t k = 0; k < ELEMENTSOF(states); k++)
                if (state & states[k].state)
                        (void)printf("    %s%s%s\n", ctl_colour(ctl, "medium"), states[k].text,
                                     ctl_plain(ctl));
}

static void report(const struct review *r, uint64_t attention)
{
        cJSON *list = r->ctl->output == OUTPUT_HUMAN ? NULL : cJSON_CreateArray();

        for (size_t i = 0; i < r->config->n_suppress; i++) {
                if (list)
                        (void)cJSON_AddItemToArray(list, describe(r, i));
                else
                        print_one(r, i);
        }
        if (list)
                ctl_print_list(r->ctl, list);
        else
                (void)printf("%zu suppressions, %llu need attention%s\n", r->config->n_suppress,
                             (unsigned long long)attention,
                             r->looked ? ""
                                       : "; no files were looked at: name them, or a configuration "
                                         "with workspaces");
        cJSON_Delete(list);
}

/* --- asking ---- */

enum answer { ANSWERED, KEEP_THE_REST, STOP };

static bool read_answer(const char *question, char *dst, int size)
{
        (void)fputs(question, stdout);
        (void)fflush(stdout);
        if (!fgets(dst, size, stdin))
                return false;
        dst[strcspn(dst, "\r\n")] = '\0';
        return true;
}

static enum answer ask_expiry(const struct review *r, struct baseline_change *c)
{
        char line[256];

        for (;;) {
                if (!read_answer("    expires (30d, 2030-01-31)? ", line, sizeof(line)))
                        return STOP;
                if (baseline_expires(line, r->now, c->expires) < 0)
                        continue;
                c->fate = BASELINE_EXPIRE;
                return ANSWERED;
        }
}

static enum answer ask_one(const struct review *r, size_t i)
{
        struct baseline_change *c = &r->changes[i];
        char line[256];

        print_one(r, i);
        for (;;) {
                if (!read_answer("    [k]eep, [d]rop, set [e]xpiry, keep [a]ll that follow, [q]uit "
                                 "without a change? ",
                                 line, sizeof(line)))
                        return STOP;
                switch (line[0]) {
                case '\0':
                case 'k':
                        return ANSWERED;
                case 'd':
                        c->fate = BASELINE_DROP;
                        return ANSWERED;
                case 'e':
                        return ask_expiry(r, c);
                case 'a':
                        return KEEP_THE_REST;
                case 'q':
                        return STOP;
                default:
                        break;
                }
        }
}

/* --- changing ---- */

static int slurp(const char *path, struct buffer *text, struct stat *st)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        char chunk[8192];
        ssize_t n;

        if (fd < 0 || fstat(fd, st) < 0)
                return -errno;
        if (!S_ISREG(st->st_mode))
                return -EINVAL;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                buffer_append(text, chunk, (size_t)n);
        if (n < 0)
                return -errno;
        if (text->data && strlen(text->data) != text->len)
                return -EINVAL;
        return text->error;
}

static bool same_words(const struct word_list *a, const struct word_list *b)
{
        bool same = a->n == b->n;

        for (size_t i = 0; same && i < a->n; i++)
                same = strcmp(a->words[i], b->words[i]) == 0;
        return same;
}

/* Whether the new text says what was decided: the entries of r's that are of this file, from first
 * on. */
static bool reads_back(const struct review *r, size_t first, size_t n, const struct buffer *text)
{
        _cleanup_(config_unrefp) struct config *now = NULL;
        struct config_error error;
        size_t at = 0;

        if (config_parse(&now, "", text->data ? text->data : "", text->len, &error) < 0)
                return false;
        for (size_t i = first; i < first + n; i++) {
                const struct config_suppress *was = &r->config->suppress[i];
                const struct baseline_change *c = &r->changes[i];
                usec_t expires = was->expires;

                if (c->fate == BASELINE_DROP)
                        continue;
                if (c->fate == BASELINE_EXPIRE && config_parse_time(c->expires, &expires) < 0)
                        return false;
                if (at == now->n_suppress || now->suppress[at].expires != expires ||
                    strcmp(now->suppress[at].reason, was->reason) != 0 ||
                    !same_words(&now->suppress[at].rule, &was->rule) ||
                    !same_words(&now->suppress[at].path, &was->path) ||
                    !same_words(&now->suppress[at].fingerprint, &was->fingerprint))
                        return false;
                at++;
        }
        return at == now->n_suppress;
}

/* The entries first..first+n-1 are those of one file. */
static int change_file(const struct review *r, size_t first, size_t n)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL, changed = BUFFER_NULL;
        char path[PATH_MAX];
        struct stat st;
        uint32_t line = 0;

        /* the file, not a link to it */
        if (!realpath(r->config->suppress[first].file, path))
                return ctl_error("%s: %s", r->config->suppress[first].file, strerror(errno));
        int k = slurp(path, &text, &st);
        if (k == 0)
                k = baseline_edit(&changed, text.data ? text.data : "", r->changes + first, n,
                                  &line);
        if (k == -EINVAL && line > 0)
                return ctl_error("%s:%u: this entry must be changed by hand; nothing was written",
                                 path, line);
        if (k < 0)
                return ctl_error("%s: %s", path, strerror(-k));
        if (!reads_back(r, first, n, &changed))
                return ctl_error(
                        "%s must be changed by hand, or was changed meanwhile; nothing was "
                        "written",
                        path);
        k = new_file_put(path, changed.data, changed.len, true, &st);
        if (k < 0)
                return ctl_error("%s: %s", path, strerror(-k));
        (void)printf("%s: rewritten\n", path);
        return EXIT_OK;
}

static int change(const struct review *r)
{
        int status = EXIT_OK;

        for (size_t first = 0, end; first < r->config->n_suppress; first = end) {
                bool wanted = false;

                for (end = first;
                     end < r->config->n_suppress &&
                     strcmp(r->config->suppress[end].file, r->config->suppress[first].file) == 0;
                     end++)
                        wanted = wanted || r->changes[end].fate != BASELINE_KEEP;
                if (wanted && change_file(r, first, end - first) != EXIT_OK)
                        status = EXIT_ERROR;
        }
        return status;
}

static int ask(struct review *r, uint64_t attention)
{
        (void)printf("%zu suppressions, %llu need attention\n", r->config->n_suppress,
                     (unsigned long long)attention);
        for (size_t i = 0; i < r->config->n_suppress; i++) {
                enum answer answer = ask_one(r, i);

                if (answer == STOP) {
                        for (size_t k = 0; k <= i; k++)
                                r->changes[k].fate = BASELINE_KEEP;
                        (void)puts("nothing was changed");
                        return EXIT_OK;
                }
                if (answer == KEEP_THE_REST)
                        break;
        }
        return change(r);
}

/* --- the command ---- */

/* What needs attention and was left as it is. */
static uint64_t count_attention(const struct review *r)
{
        uint64_t n = 0;

        for (size_t i = 0; i < r->config->n_suppress; i++)
                n += r->changes[i].fate == BASELINE_KEEP && state_of(r, i) != 0;
        return n;
}

static int run(struct review *r)
{
        bool asks = r->ctl->output == OUTPUT_HUMAN && r->ctl->terminal && isatty(STDIN_FILENO) == 1;

        r->matches = calloc(r->config->n_suppress + 1, sizeof(*r->matches));
        r->changes = calloc(r->config->n_suppress + 1, sizeof(*r->changes));
        if (!r->matches || !r->changes)
                return ctl_error("out of memory");
        for (size_t i = 0; i < r->config->n_suppress; i++)
                r->changes[i].line = r->config->suppress[i].line;
        if (scan(r) != EXIT_OK)
                return EXIT_ERROR;
        uint64_t attention = count_attention(r);
        int status = attention > 0 ? EXIT_FOUND : EXIT_OK;
        if (!asks)
                report(r, attention);
        else if (ask(r, attention) != EXIT_OK)
                status = EXIT_ERROR;
        else
                status = count_attention(r) > 0 ? EXIT_FOUND : EXIT_OK;
        return r->unreadable > 0 ? EXIT_ERROR : status;
}

int baseline_review(struct ctl *ctl)
{
        struct review r = {.ctl = ctl, .now = clock_realtime()};
        struct stat st;

        if (!ctl_config(ctl))
                return EXIT_ERROR;
        r.config = ctl->config;
        /* a directory is to be looked through */
        if (ctl->n_args > 0 && !(stat(ctl->args[0], &st) == 0 && S_ISDIR(st.st_mode))) {
                r.config = r.file = suppressions_load(ctl->args[0]);
                if (!r.file)
                        return EXIT_ERROR;
                ctl->args++;
                ctl->n_args--;
        }
        int status = run(&r);
        free(r.matches);
        free(r.changes);
        r.file = config_unref(r.file);
        return status;
}
