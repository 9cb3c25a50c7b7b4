/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lists of the manual pages that come from .def tables, in mdoc(7).
 * Does not own: the prose around them (man/) and where they go (tools/update-generated).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/model/advice.h"
#include "common/model/enums.h"
#include "common/model/event.h"
#include "daemon/ctl/help.h"
#include "tools/generate.h"
#include "tools/option-text.h"

/* The text of a table as sentences, each on a line of its own. None of them begins with a dot or a
 * quote. */
static void put_sentence(const char *s)
{
        bool begins = true;

        for (size_t i = 0; s[i]; i++) {
                if (s[i] == ' ' && i > 0 && s[i - 1] == '.') {
                        (void)putchar('\n');
                        begins = true;
                        continue;
                }
                if (s[i] == '\\')
                        (void)fputs("\\e", stdout);
                else
                        (void)putchar(begins ? toupper((unsigned char)s[i]) : s[i]);
                begins = false;
        }
        size_t n = strlen(s);

        (void)puts(n > 0 && s[n - 1] == '.' ? "" : ".");
}

static void begin_list(const char *width)
{
        (void)printf(".Bl -tag -width %s\n", width);
}

static void end_list(void)
{
        (void)puts(".El");
}

/* --- giad.yaml(5) ---- */

int generate_manual_options(const char *unused)
{
        const struct option_text *o;
        char values[128];

        (void)unused;
        begin_list("Ds");
        for (size_t i = 0; (o = option_text(i)); i++) {
                option_text_values(o, values, sizeof(values));
                (void)printf(".It Va %s : Ar %s\n", o->path, values);
                put_sentence(o->text);
                (void)printf("Default:\n.Ql %s .\n", o->fallback);
        }
        end_list();
        return 0;
}

int generate_manual_reasons(const char *unused)
{
        (void)unused;
        begin_list("Ds");
        for (int i = REASON_NONE + 1; i < _REASON_MAX; i++) {
                enum reason reason = (enum reason)i;

                (void)printf(".It Cm %s : %s\n", reason_to_string(i),
                             failure_action_to_string((int)reason_default_action(reason)));
                put_sentence(reason_text(reason));
        }
        end_list();
        return 0;
}

/* --- giad-rules(5) ---- */

int generate_manual_artefacts(const char *unused)
{
        (void)unused;
        begin_list("Ds");
        for (int i = 0; i < _ARTEFACT_MAX; i++) {
                (void)printf(".It Cm %s\n", artefact_kind_to_string(i));
                put_sentence(artefact_kind_text((enum artefact_kind)i));
        }
        end_list();
        return 0;
}

int generate_manual_classes(const char *unused)
{
        (void)unused;
        for (int kind = 0; kind < _FINDING_KIND_MAX; kind++) {
                (void)printf("%sOf the kind\n.Cm %s :\n", kind > 0 ? ".Pp\n" : "",
                             finding_kind_to_string(kind));
                begin_list("Ds");
                for (int i = 0; i < _CLASS_MAX; i++) {
                        const struct class_info *info = finding_class_info((enum finding_class)i);

                        if ((int)info->kind != kind)
                                continue;
                        (void)printf(".It Cm %s\n", info->name);
                        put_sentence(info->meaning);
                }
                end_list();
        }
        return 0;
}

/* --- giad-note(7) ---- */

int generate_manual_forms(const char *unused)
{
        (void)unused;
        begin_list("Ds");
        for (int i = 0; i < _ADVICE_FORM_MAX; i++) {
                const struct advice_form_info *info = advice_form_info((enum advice_form)i);

                /* \\& keeps a title that begins with a dot from being a request */
                (void)printf(".It Cm %s\n\\&%s, for instance\n.Pa %s .\n", info->name, info->title,
                             info->sample);
        }
        end_list();
        return 0;
}

/* --- giad(8) ---- */

int generate_manual_events(const char *unused)
{
        (void)unused;
        begin_list("Ds");
        for (int i = 0; i < _EVENT_MAX; i++) {
                const struct event_info *info = event_info((enum event_kind)i);

                (void)printf(".It Cm %s\n", info->name);
                put_sentence(info->meaning);
        }
        end_list();
        return 0;
}

/* --- giactl(1) ---- */

static void put_flag(const struct help_option *o)
{
        if (o->letter)
                (void)printf(" Fl %c ,", o->letter);
        (void)printf(" Fl -%s", o->name);
        if (*o->argument)
                (void)printf(" Ns = Ns Ar %s", o->argument);
}

/* One word of a command's arguments: "list", "ID", "[FILE...]" */
static void put_word(const char *s, size_t n)
{
        bool optional = n > 2 && s[0] == '[' && s[n - 1] == ']';

        if (optional) {
                s++;
                n -= 2;
        }
        size_t dots = n > 3 && memcmp(s + n - 3, "...", 3) == 0 ? 3 : 0;

        (void)printf(" %s%s %.*s%s%s", optional ? "Oo " : "",
                     islower((unsigned char)s[0]) ? "Cm" : "Ar", (int)(n - dots), s,
                     dots ? " ..." : "", optional ? " Oc" : "");
}

static void put_arguments(const char *s)
{
        while (*s) {
                size_t n = strcspn(s, " ");

                if (n == 1 && *s == '|')
                        (void)fputs(" |", stdout);
                else
                        put_word(s, n);
                s += n;
                s += strspn(s, " ");
        }
}

int generate_manual_commands(const char *unused)
{
        const struct help_command *c;

        (void)unused;
        begin_list("Ds");
        for (size_t i = 0; (c = help_command(i)); i++) {
                (void)printf(".It Ic %s", c->name);
                put_arguments(c->arguments);
                (void)putchar('\n');
                put_sentence(c->text);
                const char *before = "Takes";
                for (int k = 0; k < _CTL_OPTION_MAX; k++) {
                        const struct help_option *o = help_option((enum ctl_option)k);

                        if (o->every || !help_takes(c, (enum ctl_option)k))
                                continue;
                        (void)printf("%s\n.Fl -%s", before, o->name);
                        before = " ,";
                }
                (void)fputs(strcmp(before, "Takes") == 0 ? "" : " .\n", stdout);
        }
        end_list();
        return 0;
}

int generate_manual_flags(const char *unused)
{
        (void)unused;
        begin_list("Ds");
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                const struct help_option *o = help_option((enum ctl_option)i);

                (void)fputs(".It", stdout);
                put_flag(o);
                (void)putchar('\n');
                put_sentence(o->text);
        }
        end_list();
        return 0;
}
