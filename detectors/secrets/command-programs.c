/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the options of programs that take secrets without being called so, and what is fed to programs that read them.
 * Does not own: names that say it themselves (command-name.c).
 *
 * A program counts from where its name stands on: behind sudo, in a container, in a program of a shell. Words are whatever
 * stands between blanks, quotes and the signs of a shell.
 */
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/command-internal.h"

enum takes {
        VALUE, /* -pSECRET, -p SECRET */
        PAIR,  /* likewise, and the same letter at the end of several: -sSu NAME:SECRET */
        WHOLE, /* an option with a long name, and the word behind it */
        LAST,  /* the last word of its command */
        SLASH, /* NAME/SECRET@PLACE */
};

struct taking {
        const char *programs; /* separated by spaces */
        const char *option;
        enum takes takes;
};

static const struct taking takings[] = {
        {"mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlpump mysqlslap mysqlsh "
         "mariadb mariadb-dump "
         "mariadb-admin mycli sshpass mongo mongosh mongodump mongorestore mongoexport mongoimport "
         "cqlsh impala-shell "
         "beeline login adduser useradd usermod chpasswd 7z 7za 7zr rar unrar azcopy "
         "elasticsearch-users",
         "p", VALUE},
        {"redis-cli valkey-cli keydb-cli mosquitto_auth", "a", VALUE},
        {"sqlcmd bcp isql tsql osql mosquitto_pub mosquitto_sub ipmitool zip unzip kinit vncviewer",
         "P", VALUE},
        {"ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd ldapcompare", "w", VALUE},
        {"ldappasswd", "s", VALUE},
        {"ldappasswd snmpwalk snmpget snmpset snmpbulkwalk", "a", VALUE},
        {"snmpwalk snmpget snmpset snmpbulkwalk", "A", VALUE},
        {"snmpwalk snmpget snmpset snmpbulkwalk", "X", VALUE},
        {"snmpwalk snmpget snmpset snmpbulkwalk", "c", VALUE},
        {"smbclient rpcclient winexe net smbmap crackmapexec curl wget http https xh ab siege wrk "
         "httpie",
         "u", PAIR},
        {"smbclient rpcclient winexe net smbmap curl", "U", PAIR},
        {"curl wget http https xh", "--user", WHOLE},
        {"curl wget", "--proxy-user", WHOLE},
        {"curl", "b", PAIR},
        {"curl", "E", PAIR},
        {"http https xh ab", "a", PAIR},
        {"ab", "A", PAIR},
        {"docker podman nerdctl ctr", "e", PAIR},
        {"docker podman nerdctl ctr", "--env", WHOLE},
        {"docker podman nerdctl", "--build-arg", WHOLE},
        {"kubectl oc", "--from-literal", WHOLE},
        {"gh glab", "--body", WHOLE},
        {"openssl", "-k", WHOLE},
        {"openssl", "-K", WHOLE},
        {"openssl", "-hmac", WHOLE},
        {"openssl", "-macopt", WHOLE},
        {"doctl", "t", VALUE},
        {"xfreerdp xfreerdp3 rdesktop", "/p:", WHOLE},
        {"sqlplus sqlldr impdp expdp exp imp rman", "", SLASH},
        {"htpasswd smbpasswd chpasswd mysqladmin grub-mkpasswd-pbkdf2 mkpasswd", "", LAST},
};

/* Of what is fed to these by echo, printf or a here-string, the words are masked. */
static const char *const readers[] = {
        "stdin", "with-token", "sudo -S", "chpasswd", "passwd",  "cryptsetup", "secret create",
        "login", "htpasswd",   "base64",  "gpg",      "openssl", "kinit",      "token"};

_Static_assert(ELEMENTSOF(takings) <= 64, "a bit for each");

static bool separates(char c)
{
        return c == '\0' || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\'' ||
               c == '"' || c == '`' || c == ';' || c == '|' || c == '&' || c == '(' || c == ')' ||
               c == '<' || c == '>';
}

static bool is_word(const struct command *c, size_t at, size_t end, const char *word)
{
        return strlen(word) == end - at && memcmp(c->text + at, word, end - at) == 0;
}

/* The programs that are known by the name that ends the path text[at..end). */
static uint64_t programs_named(const struct command *c, size_t at, size_t end)
{
        const char *slash = memrchr(c->text + at, '/', end - at);
        const char *name = slash ? slash + 1 : c->text + at;
        uint64_t named = 0;

        for (size_t i = 0; i < ELEMENTSOF(takings); i++)
                if (text_has_word(takings[i].programs, name, (size_t)(c->text + end - name)))
                        named |= UINT64_C(1) << i;
        return named;
}

/* A letter, attached or not: text[at] is the dash. end: of the word. */
static void mark_letter(struct command *c, const struct taking *t, size_t at, size_t end)
{
        const char letter = t->option[0];

        if (end - at < 2 || c->text[at + 1] == '-')
                return;
        if (c->text[at + 1] == letter) {
                /* also -p"…" in a program of a shell */
                if (end - at > 2 || c->text[end] == '\'' || c->text[end] == '"')
                        command_mark(c, at + 2, command_value_end(c, at + 2));
                else
                        command_mark_next(c, end);
        } else if (t->takes == PAIR && c->text[end - 1] == letter) {
                command_mark_next(c, end);
        } else if (t->takes == PAIR) {
                /* -sSuNAME:SECRET */
                const char *found = memchr(c->text + at, letter, end - at);

                if (found && memchr(found, ':', (size_t)(c->text + end - found)))
                        command_mark(c, (size_t)(found + 1 - c->text), command_value_end(c, at));
        }
}

static void mark_whole(struct command *c, const struct taking *t, size_t at, size_t end)
{
        size_t n = strlen(t->option);

        if (end - at < n || memcmp(c->text + at, t->option, n) != 0)
                return;
        if (t->option[n - 1] == ':')
                command_mark(c, at + n, command_value_end(c, at + n));
        else if (end - at == n)
                command_mark_next(c, end);
        else if (c->text[at + n] == '=')
                command_mark(c, at + n + 1, command_value_end(c, at + n + 1));
}

static void mark_behind_slash(struct command *c, size_t at, size_t end)
{
        const char *slash = memchr(c->text + at, '/', end - at);

        if (slash)
                command_mark(c, (size_t)(slash + 1 - c->text), command_value_end(c, at));
}

static void mark_word(struct command *c, uint64_t programs, size_t at, size_t end)
{
        bool option = c->text[at] == '-';

        for (size_t i = 0; i < ELEMENTSOF(takings); i++) {
                if (!(programs & UINT64_C(1) << i))
                        continue;
                if (takings[i].takes == WHOLE)
                        mark_whole(c, &takings[i], at, end);
                else if (takings[i].takes == SLASH && !option)
                        mark_behind_slash(c, at, end);
                else if (option && (takings[i].takes == VALUE || takings[i].takes == PAIR))
                        mark_letter(c, &takings[i], at, end);
        }
}

static bool takes_last(uint64_t programs)
{
        for (size_t i = 0; i < ELEMENTSOF(takings); i++)
                if (programs & UINT64_C(1) << i && takings[i].takes == LAST)
                        return true;
        return false;
}

/* "set NAME SECRET", as configurations are changed. */
static bool sets(const struct command *c, size_t at, size_t end)
{
        static const char *const verbs[] = {"set", "config", "add", "put"};

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (is_word(c, at, end, verbs[i]))
                        return true;
        return false;
}

static bool is_scheme(const struct command *c, size_t at, size_t end)
{
        static const char *const schemes[] = {"Bearer", "bearer", "Basic",  "basic",
                                              "Digest", "Token",  "ApiKey", "Negotiate"};

        for (size_t i = 0; i < ELEMENTSOF(schemes); i++)
                if (is_word(c, at, end, schemes[i]))
                        return true;
        return false;
}

static bool feeds_a_reader(const struct command *c)
{
        for (size_t i = 0; i < ELEMENTSOF(readers); i++)
                if (memmem(c->text, c->n, readers[i], strlen(readers[i])))
                        return true;
        return false;
}

/* What echo and printf say, up to the pipe. */
static void mark_fed(struct command *c, size_t at)
{
        size_t end = command_argument_end(c, at);
        const char *pipe = memchr(c->text + at, '|', end - at);

        while (at < end && c->text[at] == ' ')
                at++;
        if (pipe)
                command_mark(c, at, (size_t)(pipe - c->text));
}

struct words {
        uint64_t programs;
        size_t last; /* where the last one begins */
        bool feeds, sets;
};

static void look_at_word(struct command *c, struct words *w, size_t at, size_t end)
{
        mark_word(c, w->programs, at, end);
        if (w->sets && c->text[at] != '-' && command_name_is_secret(c->text + at, end - at))
                command_mark_next(c, end);
        if (is_scheme(c, at, end))
                command_mark_next(c, end);
        if (w->feeds && (is_word(c, at, end, "echo") || is_word(c, at, end, "printf")))
                mark_fed(c, end);
        w->sets = w->sets || sets(c, at, end);
        w->programs |= programs_named(c, at, end);
}

void command_mark_programs(struct command *c)
{
        struct words w = {.feeds = feeds_a_reader(c)};

        for (size_t i = 0; i < c->n;) {
                size_t end = i;

                while (end < c->n && !separates(c->text[end]))
                        end++;
                if (end == i) {
                        if (c->n - i > 3 && memcmp(c->text + i, "<<<", 3) == 0)
                                command_mark_next(c, i + 3);
                        i++;
                        continue;
                }
                look_at_word(c, &w, i, end);
                w.last = i;
                i = end;
        }
        if (takes_last(w.programs))
                command_mark(c, w.last, command_value_end(c, w.last));
}
