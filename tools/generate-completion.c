/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the words that bash can complete after giactl, as cases of the function in
 * etc/bash-completion/giactl.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/help.h"
#include "tools/generate.h"

static bool is_path(const char *argument)
{
        return strstr(argument, "PATH") || strstr(argument, "FILE");
}

/* Words of which one is "|" between ways of use: literals are in lower case. */
static void put_subcommands(const char *s)
{
        const char *before = "";

        while (*s) {
                size_t n = strcspn(s, " ");

                if (islower((unsigned char)*s)) {
                        (void)printf("%s%.*s", before, (int)n, s);
                        before = " ";
                }
                s += n;
                s += strspn(s, " ");
        }
}

/* True if a file is named in the way of use s[0..n). */
static bool names_file(const char *s, size_t n)
{
        static const char *const names[] = {"PATH", "FILE", "DIR"};
        bool any = false;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                any = any || memmem(s, n, names[i], strlen(names[i]));
        return any;
}

/* The subcommands after which files come; "*" if they are the command's own arguments. */
static void put_files(const char *arguments)
{
        const char *before = "";

        for (const char *way = arguments; way;) {
                const char *bar = strstr(way, " | ");
                size_t n = bar ? (size_t)(bar - way) : strlen(way);

                if (names_file(way, n)) {
                        size_t word = islower((unsigned char)*way) ? strcspn(way, " ") : 0;

                        (void)printf("%s%.*s", before, word > 0 ? (int)word : 1,
                                     word > 0 ? way : "*");
                        before = " ";
                }
                way = bar ? bar + strlen(" | ") : NULL;
        }
}

static void put_options(const struct help_command *c)
{
        const char *before = "";

        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                const struct help_option *o = help_option((enum ctl_option)i);

                if (c ? !help_takes(c, (enum ctl_option)i) : !o->every)
                        continue;
                (void)printf("%s--%s%s", before, o->name, *o->argument ? "=" : "");
                before = " ";
        }
}

static void put_commands(void)
{
        const struct help_command *c;

        (void)fputs("        commands=\"", stdout);
        for (size_t i = 0; (c = help_command(i)); i++)
                (void)printf("%s%s", i > 0 ? " " : "", c->name);
        (void)fputs("\"\n        case \"$command\" in\n", stdout);
        for (size_t i = 0; (c = help_command(i)); i++) {
                (void)printf("        %s) words=\"", c->name);
                put_subcommands(c->arguments);
                (void)fputs("\" files=\"", stdout);
                put_files(c->arguments);
                (void)fputs("\" options=\"", stdout);
                put_options(c);
                (void)fputs("\" ;;\n", stdout);
        }
        (void)fputs("        *) options=\"", stdout);
        put_options(NULL);
        (void)fputs("\" ;;\n        esac\n", stdout);
}

/* What an option's argument is; the second column is what takes one in a word of its own. */
static void put_values(void)
{
        (void)fputs("        case \"$option\" in\n", stdout);
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                const struct help_option *o = help_option((enum ctl_option)i);

                if (!*o->argument)
                        continue;
                (void)printf("        --%s", o->name);
                if (o->letter)
                        (void)printf(" | -%c", o->letter);
                (void)printf(") value='%s' ;;\n", is_path(o->argument)              ? "file"
                                                  : strcmp(o->argument, "DIR") == 0 ? "directory"
                                                  : i == CTL_OUTPUT                 ? "format"
                                                                                    : "text");
        }
        (void)fputs("        *) value='' ;;\n        esac\n", stdout);
}

int generate_completion(const char *unused)
{
        (void)unused;
        put_commands();
        put_values();
        return 0;
}
