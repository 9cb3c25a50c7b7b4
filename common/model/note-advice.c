/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: why what was found matters and how it is written properly, for all classes of a note, each
 * text once, as far as there is room.
 * Does not own: the words (advice-*.def) and which of them are for whom (advice.c).
 */
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/note-internal.h"

#define RULES_TOLD 6u      /* remediations told of one group */
#define LEFT_OUT_ROOM 160u /* bytes for the line that says what was left out */
#define HOW_HEADING "\n## How to write it properly\n"

/* The classes of a note, the worst first, with their advice. */
struct told {
        int class;
        size_t group; /* 1 + the first of those with the same advice; 0: not told yet */
        bool shown;   /* so is its example */
        struct advice advice;
};

struct telling {
        const struct note_subject *s;
        enum advice_form form;
        struct told told[_CLASS_MAX];
        size_t n;
        const struct advice *of_class[_CLASS_MAX]; /* NULL: nothing of that class was found */
};

static const struct advice *advice_of(const struct telling *t, const struct note_finding *f)
{
        return f->class >= 0 && f->class < _CLASS_MAX ? t->of_class[f->class] : NULL;
}

static void gather(struct telling *t)
{
        for (int severity = _SEVERITY_MAX - 1; severity >= -1; severity--)
                for (size_t i = 0; i < t->s->n_findings; i++) {
                        const struct note_finding *f = &t->s->findings[i];

                        if (f->severity != severity || f->class < 0 || f->class >= _CLASS_MAX ||
                            t->of_class[f->class])
                                continue;
                        t->told[t->n].class = f->class;
                        advice_find(&t->told[t->n].advice, f->class, t->form);
                        t->of_class[f->class] = &t->told[t->n++].advice;
                }
}

static bool same_why(const struct advice *a, const struct advice *b)
{
        return a->why == b->why;
}

static bool same_how(const struct advice *a, const struct advice *b)
{
        return a->how == b->how && a->text == b->text;
}

/* The meanings of first and of all behind it that have the same advice, which are then grouped. */
static void put_meanings(struct buffer *b, struct telling *t, size_t first,
                         bool (*same)(const struct advice *a, const struct advice *b))
{
        const char *before = "";

        for (size_t i = first; i < t->n; i++) {
                if (t->told[i].group > 0 || !same(&t->told[first].advice, &t->told[i].advice))
                        continue;
                buffer_printf(b, "%s%s", before,
                              finding_class_info((enum finding_class)t->told[i].class)->meaning);
                before = "; ";
                t->told[i].group = first + 1;
        }
}

/* They are to be told once more. */
static void ungroup(struct telling *t, size_t first)
{
        for (size_t i = first; i < t->n; i++)
                if (t->told[i].group == first + 1)
                        t->told[i].group = 0;
}

/* Appends a piece if it leaves the reserve. */
static bool append(struct buffer *out, const struct buffer *piece, size_t limit, size_t reserve)
{
        if (out->len + piece->len + reserve > limit)
                return false;
        buffer_append(out, piece->data, piece->len);
        return true;
}

/* In half of the room that is left: how to write it is worth more. */
static int put_whys(struct buffer *out, struct telling *t, size_t reserve)
{
        buffer_puts(out, "\n## Why it matters\n\n");
        reserve += LEFT_OUT_ROOM + sizeof(HOW_HEADING);
        if (out->len + reserve < t->s->limit)
                reserve += (t->s->limit - out->len - reserve) / 2;
        for (size_t i = 0; i < t->n; i++) {
                _cleanup_buffer_ struct buffer piece = BUFFER_NULL;

                if (t->told[i].group > 0)
                        continue;
                buffer_puts(&piece, "- ");
                put_meanings(&piece, t, i, same_why);
                buffer_printf(&piece, ": %s\n", t->told[i].advice.why);
                if (piece.error)
                        return piece.error;
                (void)append(out, &piece, t->s->limit, reserve);
        }
        for (size_t i = 0; i < t->n; i++)
                t->told[i].group = 0;
        return out->error;
}

/* What the rules say that found something of the group's classes (NULL: of none that is known), each once. */
static void put_remediations(struct buffer *b, const struct telling *t, const struct advice *group)
{
        const char *told[RULES_TOLD];
        size_t n = 0;

        for (size_t i = 0; i < t->s->n_findings && n < RULES_TOLD; i++) {
                const struct note_finding *f = &t->s->findings[i];
                const struct advice *advice = advice_of(t, f);
                bool again = false;

                if (!f->remediation || !*f->remediation || !advice != !group ||
                    (group && !same_how(advice, group)))
                        continue;
                for (size_t k = 0; k < n; k++)
                        again = again || strcmp(told[k], f->remediation) == 0;
                if (again)
                        continue;
                buffer_puts(b, n == 0 ? "\n- " : "- ");
                note_put_code(b, f->rule);
                buffer_puts(b, ": ");
                note_put_text(b, f->remediation);
                buffer_putc(b, '\n');
                told[n++] = f->remediation;
        }
}

/* Whether the note shows the example already, for another group. */
static bool is_shown(const struct telling *t, const char *example)
{
        for (size_t i = 0; i < t->n; i++)
                if (t->told[i].shown && strcmp(t->told[i].advice.example, example) == 0)
                        return true;
        return false;
}

static void put_form(struct buffer *b, const struct telling *t, const struct advice *a,
                     bool with_example)
{
        const struct advice_form_info *form = advice_form_info(t->form);

        if (!*a->text)
                return;
        buffer_printf(b, "\n**In %s.** %s\n", form->title, a->text);
        if (a->example && with_example && !is_shown(t, a->example))
                buffer_printf(b, "\n```%s\n%s```\n", form->fence, a->example);
}

/* One group of classes: heading, what is so in any form, in this form, and by the rules. */
static int put_how(struct buffer *piece, struct telling *t, size_t first, bool with_example)
{
        const struct advice *a = &t->told[first].advice;

        buffer_puts(piece, "\n### ");
        put_meanings(piece, t, first, same_how);
        buffer_printf(piece, "\n\n%s\n", a->how);
        put_form(piece, t, a, with_example);
        put_remediations(piece, t, a);
        return piece->error;
}

/* Findings of classes that this build does not know have what their rules say. */
static int put_unknown(struct buffer *out, const struct telling *t, size_t reserve)
{
        _cleanup_buffer_ struct buffer piece = BUFFER_NULL;

        put_remediations(&piece, t, NULL);
        if (piece.error == 0)
                (void)append(out, &piece, t->s->limit, reserve);
        return piece.error;
}

/* How much each group takes without its example, which goes first where room is wanting; sizes[i]: of the group
 * that begins at i. */
static int measure(struct telling *t, size_t *sizes, size_t *ret_all)
{
        *ret_all = 0;
        for (size_t i = 0; i < t->n; i++) {
                _cleanup_buffer_ struct buffer piece = BUFFER_NULL;

                sizes[i] = 0;
                if (t->told[i].group > 0)
                        continue;
                int k = put_how(&piece, t, i, false);
                if (k < 0)
                        return k;
                sizes[i] = piece.len;
                *ret_all += piece.len;
        }
        for (size_t i = 0; i < t->n; i++)
                t->told[i].group = 0;
        return 0;
}

static int put_hows(struct buffer *out, struct telling *t, size_t reserve)
{
        size_t sizes[_CLASS_MAX], later, left_out = 0;
        int k = measure(t, sizes, &later);

        if (k < 0)
                return k;
        reserve += LEFT_OUT_ROOM;
        buffer_puts(out, HOW_HEADING);
        for (size_t i = 0; i < t->n; i++) {
                _cleanup_buffer_ struct buffer whole = BUFFER_NULL, less = BUFFER_NULL;

                if (t->told[i].group > 0)
                        continue;
                later -= sizes[i];
                k = put_how(&whole, t, i, true);
                if (k < 0)
                        return k;
                if (append(out, &whole, t->s->limit, reserve + later)) {
                        t->told[i].shown = t->told[i].advice.example != NULL;
                        continue;
                }
                ungroup(t, i);
                k = put_how(&less, t, i, false);
                if (k < 0)
                        return k;
                left_out += !append(out, &less, t->s->limit, reserve);
        }
        k = put_unknown(out, t, reserve);
        if (left_out > 0)
                buffer_printf(
                        out,
                        "\nFor want of room advice on %zu more is left out; `giactl rules show` "
                        "with the rule has it.\n",
                        left_out);
        return k < 0 ? k : out->error;
}

int note_put_advice(struct buffer *out, const struct note_subject *s, size_t reserve)
{
        struct telling *t = calloc(1, sizeof(*t));

        if (!t)
                return -ENOMEM;
        t->s = s;
        t->form = note_form(s);
        gather(t);
        int k = 0;
        if (s->n_findings > 0) {
                if (t->n > 0)
                        k = put_whys(out, t, reserve);
                if (k == 0)
                        k = put_hows(out, t, reserve);
        }
        free(t);
        return k;
}
