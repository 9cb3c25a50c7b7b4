/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that text without a tree tells: host files, keys, SQL, policies, Dockerfiles;
 * and structured files that do not parse because they are templates.
 * Why line grammars: one telling line ("x ALL=(ALL) NOPASSWD: ALL") stands in many a README. A
 * file is of a kind when a line says so and hardly a line is not of that kind.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "detectors/classify-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/policy-lines.h"

#define LINE_TEXT_MAX 512

/* --- lines --------------------------------------------------------------------------------- */

struct lines {
        const char *p, *end;
        char text[LINE_TEXT_MAX]; /* the line without blanks around it, cut */
        bool indented;
};

static struct lines lines_of(const struct subject *s)
{
        size_t n = classify_text_size(s);

        return (struct lines){.p = s->data, .end = s->data ? s->data + n : NULL};
}

static bool next_line(struct lines *l)
{
        const char *begin, *end;

        if (l->p == l->end)
                return false;
        begin = l->p;
        end = memchr(begin, '\n', (size_t)(l->end - begin));
        l->p = end ? end + 1 : l->end;
        end = end ? end : l->end;
        l->indented = begin < end && isspace((unsigned char)*begin);
        while (begin < end && isspace((unsigned char)*begin))
                begin++;
        while (end > begin && isspace((unsigned char)end[-1]))
                end--;
        size_t n = MIN_OF((size_t)(end - begin), sizeof(l->text) - 1);
        memcpy(l->text, begin, n);
        l->text[n] = '\0';
        return true;
}

static bool begins(const char *s, const char *word)
{
        return strncasecmp(s, word, strlen(word)) == 0;
}

static bool begins_one_of(const char *s, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (begins(s, words[i]))
                        return true;
        return false;
}

/* True if a line begins (not indented) with the word, in this case. */
static bool has_line(const struct subject *s, const char *word)
{
        size_t n = strlen(word), left = classify_text_size(s);

        for (const char *p = s->data; p && left >= n;) {
                if (*p == *word && memcmp(p, word, n) == 0)
                        return true;
                const char *end = memchr(p, '\n', left);
                if (!end)
                        return false;
                left -= (size_t)(end + 1 - p);
                p = end + 1;
        }
        return false;
}

/* --- line grammars ------------------------------------------------------------------------- */

enum line_fit {
        LINE_FOREIGN, /* not of this kind */
        LINE_FITS,    /* may be */
        LINE_TELLS,   /* is */
};

/* Behind "who where" the '=' of a user specification; NULL if the line is none. */
static const char *sudoers_equals(const char *s)
{
        static const char name[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@%+#\\:,!*";

        for (unsigned i = 0; i < 2; i++) {
                size_t n = strspn(s, name);

                if (n == 0)
                        return NULL;
                s += n;
                s += strspn(s, " \t");
        }
        return *s == '=' ? s : NULL;
}

static enum line_fit sudoers_line(const char *s)
{
        static const char *const words[] = {"Defaults",   "User_Alias", "Runas_Alias", "Host_Alias",
                                            "Cmnd_Alias", "@include",   "#include"};
        const char *equals = sudoers_equals(s);

        if (begins_one_of(s, words, ELEMENTSOF(words)))
                return LINE_FITS;
        if (!equals || strpbrk(s, "|>;"))
                return LINE_FOREIGN;
        return strstr(equals, "NOPASSWD:") || strchr(equals, '(') || strstr(equals, "ALL")
                       ? LINE_TELLS
                       : LINE_FOREIGN;
}

static enum line_fit pam_line(const char *s)
{
        static const char *const types[] = {"auth",  "account",  "password", "session",
                                            "-auth", "-account", "-session", "-password"};

        if (begins(s, "@include"))
                return LINE_FITS;
        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                size_t n = strlen(types[i]);

                if (begins(s, types[i]) && isspace((unsigned char)s[n]))
                        return strstr(s, "pam_") && strstr(s, ".so") ? LINE_TELLS : LINE_FOREIGN;
        }
        return LINE_FOREIGN;
}

static enum line_fit authorized_keys_line(const char *s)
{
        static const char *const options[] = {
                "command=",           "from=",        "restrict",    "no-pty", "cert-authority",
                "no-port-forwarding", "environment=", "expiry-time="};
        bool key = strstr(s, "ssh-rsa AAAA") || strstr(s, "ssh-ed25519 AAAA") ||
                   strstr(s, "ecdsa-sha2-") || strstr(s, "sk-ssh-");

        if (!key)
                return LINE_FOREIGN;
        return begins_one_of(s, options, ELEMENTSOF(options)) ? LINE_TELLS : LINE_FITS;
}

static enum line_fit sshd_line(const char *s)
{
        static const char *const telling[] = {"PermitRootLogin ",       "PasswordAuthentication ",
                                              "PermitEmptyPasswords ",  "AuthorizedKeysFile ",
                                              "AuthorizedKeysCommand ", "PubkeyAuthentication "};
        static const char *const words[] = {"Port ",
                                            "ListenAddress ",
                                            "HostKey ",
                                            "UsePAM ",
                                            "X11Forwarding ",
                                            "Subsystem ",
                                            "AcceptEnv ",
                                            "Match ",
                                            "AllowUsers ",
                                            "AllowGroups ",
                                            "PrintMotd ",
                                            "Include ",
                                            "KbdInteractiveAuthentication ",
                                            "ChallengeResponseAuthentication ",
                                            "MaxAuthTries ",
                                            "ClientAliveInterval ",
                                            "LogLevel ",
                                            "SyslogFacility ",
                                            "Protocol ",
                                            "Ciphers ",
                                            "MACs ",
                                            "KexAlgorithms ",
                                            "AllowTcpForwarding ",
                                            "Banner ",
                                            "StrictModes ",
                                            "LoginGraceTime "};

        if (begins_one_of(s, telling, ELEMENTSOF(telling)))
                return LINE_TELLS;
        return begins_one_of(s, words, ELEMENTSOF(words)) ? LINE_FITS : LINE_FOREIGN;
}

static bool is_cron_field(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!isalnum((unsigned char)s[i]) && !strchr("*/,-?", s[i]))
                        return false;
        return n > 0 && n < 24;
}

static enum line_fit crontab_line(const char *s)
{
        static const char *const nicknames[] = {"@reboot ",  "@daily ",  "@hourly ",  "@weekly ",
                                                "@monthly ", "@yearly ", "@midnight "};
        bool star = false;

        if (begins_one_of(s, nicknames, ELEMENTSOF(nicknames)))
                return LINE_TELLS;
        if (isupper((unsigned char)*s) && strchr(s, '=') && strcspn(s, "= \t") == strcspn(s, "="))
                return LINE_FITS; /* PATH=… */
        for (unsigned i = 0; i < 5; i++) {
                size_t n = strcspn(s, " \t");

                if (!is_cron_field(s, n) || (i < 2 && isalpha((unsigned char)*s)))
                        return LINE_FOREIGN;
                star |= memchr(s, '*', n) != NULL;
                s += n;
                s += strspn(s, " \t");
        }
        return star && (isalpha((unsigned char)*s) || strchr("/.~$[(", *s)) && *s ? LINE_TELLS
                                                                                  : LINE_FOREIGN;
}

static enum line_fit netrc_line(const char *s)
{
        if (begins(s, "machine ") && strstr(s, "login "))
                return LINE_TELLS;
        return begins(s, "machine ") || begins(s, "login ") || begins(s, "password ") ||
                               begins(s, "default ")
                       ? LINE_FITS
                       : LINE_FOREIGN;
}

static enum line_fit password_hash_line(const char *s)
{
        const char *colon = strchr(s, ':');

        return colon && (begins(colon, ":$apr1$") || begins(colon, ":$2y$") ||
                         begins(colon, ":$6$") || begins(colon, ":{SHA}"))
                       ? LINE_TELLS
                       : LINE_FOREIGN;
}

static const struct grammar {
        enum artefact_kind kind;
        enum line_fit (*line)(const char *s);
        unsigned least; /* lines that must tell */
        const char *text;
} grammars[] = {
        {ARTEFACT_SUDOERS, sudoers_line, 1, "sudo rules"},
        {ARTEFACT_PAM, pam_line, 2, "PAM rules"},
        {ARTEFACT_SSH_AUTHORIZED_KEYS, authorized_keys_line, 1, "keys with login options"},
        {ARTEFACT_SSHD_CONFIG, sshd_line, 2, "SSH server settings"},
        {ARTEFACT_CRONTAB, crontab_line, 1, "scheduled commands"},
        {ARTEFACT_CREDENTIAL_FILE, netrc_line, 1, "netrc entries"},
        {ARTEFACT_CREDENTIAL_FILE, password_hash_line, 1, "password hashes"},
};

/* How a file's lines so far fit a grammar. */
struct tally {
        unsigned told, fit, foreign;
};

/* Most files are foreign to most grammars: their first lines tell. */
static bool is_hopeless(const struct tally *t)
{
        return t->foreign > 8 + t->told + t->fit;
}

static void tally_line(struct tally *t, enum line_fit fit)
{
        switch (fit) {
        case LINE_TELLS:
                t->told++;
                break;
        case LINE_FITS:
                t->fit++;
                break;
        case LINE_FOREIGN:
        default:
                t->foreign++;
                break;
        }
}

static enum artefact_kind host_file(const struct subject *s, const struct evidence *e)
{
        struct tally tallies[ELEMENTSOF(grammars)] = {0};
        struct lines l = lines_of(s);
        size_t left = ELEMENTSOF(grammars);

        while (left > 0 && next_line(&l)) {
                if (l.text[0] == '\0' || (l.text[0] == '#' && !begins(l.text, "#include")))
                        continue;
                for (size_t i = 0; i < ELEMENTSOF(grammars); i++) {
                        if (is_hopeless(&tallies[i]))
                                continue;
                        tally_line(&tallies[i], grammars[i].line(l.text));
                        left -= is_hopeless(&tallies[i]);
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(grammars); i++) {
                const struct tally *t = &tallies[i];

                if (t->told >= grammars[i].least && t->foreign * 8 <= t->told + t->fit)
                        return classify_say(e, grammars[i].kind, "lines are %s", grammars[i].text);
        }
        return ARTEFACT_NONE;
}

/* --- keys ---------------------------------------------------------------------------------- */

static bool is_key_line(const char *s)
{
        return (strncmp(s, "-----BEGIN ", 11) == 0 && strstr(s, "PRIVATE KEY")) ||
               strncmp(s, "PuTTY-User-Key-File", 19) == 0;
}

static bool key_by_name(const struct subject *s)
{
        static const char *const suffixes[] = {".pem", ".key",   ".crt", ".cert",
                                               ".asc", ".pkcs8", ".priv"};

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (classify_name_ends(s, suffixes[i]))
                        return true;
        return false;
}

static enum artefact_kind private_key(const struct subject *s, const struct evidence *e)
{
        bool anywhere = key_by_name(s);
        struct lines l = lines_of(s);

        if (classify_text_size(s) > 4 && memcmp(s->data, "\xfe\xed\xfe\xed", 4) == 0)
                return classify_say(e, ARTEFACT_PRIVATE_KEY, "Java keystore");
        while (next_line(&l)) {
                if (!l.indented && is_key_line(l.text))
                        return classify_say(e, ARTEFACT_PRIVATE_KEY, "begins a private key");
                if (l.text[0] != '\0' && l.text[0] != '#' && !anywhere)
                        break;
        }
        return ARTEFACT_NONE;
}

/* --- languages without a reader ------------------------------------------------------------ */

static enum artefact_kind sql(const struct subject *s, const struct evidence *e)
{
        static const char *const statements[] = {
                "GRANT ",       "CREATE USER ", "CREATE ROLE ", "CREATE LOGIN ",
                "ALTER USER ",  "ALTER ROLE ",  "ALTER LOGIN ", "ALTER DEFAULT PRIVILEGES",
                "SET PASSWORD "};
        struct lines l = lines_of(s);

        /* the reader's own choice: there is no second list of endings */
        if (format_guess(s->path, NULL, 0) != &format_sql)
                return ARTEFACT_NONE;
        while (next_line(&l))
                if (begins_one_of(l.text, statements, ELEMENTSOF(statements)))
                        return classify_say(e, ARTEFACT_SQL_GRANT, "statement %.*s",
                                            (int)strcspn(l.text + 7, " ") + 7, l.text);
        return ARTEFACT_NONE;
}

static enum artefact_kind dockerfile(const struct subject *s, const struct evidence *e)
{
        struct lines l = lines_of(s);

        while (next_line(&l)) {
                if (l.text[0] == '\0' || l.text[0] == '#' || strncmp(l.text, "ARG ", 4) == 0)
                        continue;
                if (strncmp(l.text, "FROM ", 5) == 0 &&
                    (has_line(s, "RUN ") || has_line(s, "COPY ") || has_line(s, "CMD ") ||
                     has_line(s, "ENTRYPOINT ")))
                        return classify_say(e, ARTEFACT_CONTAINER, "Dockerfile instructions");
                break;
        }
        return ARTEFACT_NONE;
}

static enum artefact_kind policy(const struct subject *s, const struct evidence *e)
{
        size_t n = classify_text_size(s);
        unsigned found = policy_lines(s->data, n);

        if (policy_is_rego(found))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Rego rules");
        if (policy_is_cedar(found, s->data, n))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Cedar policies");
        if ((found & POLICY_VAULT) && classify_has(s, "capabilities"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Vault policy");
        if ((found & POLICY_CASBIN_REQUEST) && (found & POLICY_CASBIN_EFFECT))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Casbin model");
        if ((found & POLICY_DEFINITION) && (found & POLICY_PERMISSION))
                return classify_say(e, ARTEFACT_POLICY_CODE, "relationship schema");
        if (policy_is_casbin(s->data, n, 2))
                return classify_say(e, ARTEFACT_POLICY_CODE, "lines are Casbin policy");
        return ARTEFACT_NONE;
}

static enum artefact_kind xml(const struct subject *s, const struct evidence *e)
{
        struct lines l = lines_of(s);

        do {
                if (!next_line(&l))
                        return ARTEFACT_NONE;
        } while (l.text[0] == '\0');
        if (l.text[strncmp(l.text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0] != '<')
                return ARTEFACT_NONE;
        if (classify_has(s, "urn:oasis:names:tc:SAML") && classify_has(s, "EntityDescriptor"))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "SAML metadata");
        if (classify_has(s, "urn:oasis:names:tc:xacml") && classify_has(s, "<Policy"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "XACML policy");
        return ARTEFACT_NONE;
}

/* --- documents that did not parse ---------------------------------------------------------- */

/* The value behind "key:" at the beginning of a line. */
static void line_value(const struct subject *s, const char *key, char *dst, size_t size)
{
        struct lines l = lines_of(s);
        size_t n = strlen(key);

        dst[0] = '\0';
        while (next_line(&l)) {
                if (l.indented || strncmp(l.text, key, n) != 0 || l.text[n] != ':')
                        continue;
                const char *value = l.text + n + 1 + strspn(l.text + n + 1, " \"'");
                size_t k = MIN_OF(strcspn(value, " \"'#"), size - 1);
                memcpy(dst, value, k);
                dst[k] = '\0';
                return;
        }
}

static bool is_structured_name(const struct subject *s)
{
        static const char *const suffixes[] = {".yaml", ".yml",      ".json",  ".tpl",  ".j2",
                                               ".tmpl", ".template", ".jsonc", ".json5"};

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (classify_name_ends(s, suffixes[i]))
                        return true;
        return false;
}

static enum artefact_kind template_text(const struct subject *s, const struct evidence *e)
{
        char api[64], kind[64];

        if (!is_structured_name(s))
                return ARTEFACT_NONE;
        line_value(s, "apiVersion", api, sizeof(api));
        line_value(s, "kind", kind, sizeof(kind));
        if (*api && *kind && classify_k8s_kind(api, kind) != ARTEFACT_NONE)
                return classify_say(e, classify_k8s_kind(api, kind), "kind %s of %s", kind, api);
        if (classify_has(s, "AWSTemplateFormatVersion") ||
            (classify_has(s, "Resources") && classify_has(s, "AWS::")))
                return classify_say(e, ARTEFACT_CLOUDFORMATION,
                                    "text of a CloudFormation template");
        if (classify_has(s, "schema.management.azure.com"))
                return classify_say(e, ARTEFACT_AZURE, "text of a deployment template");
        if (has_line(s, "jobs:") && (has_line(s, "on:") || has_line(s, "workflows:")))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "text of a workflow");
        if (has_line(s, "openapi:") || has_line(s, "swagger:"))
                return classify_say(e, ARTEFACT_API_SECURITY, "text of an OpenAPI description");
        if (classify_has(s, "\"Statement\"") && classify_has(s, "\"Effect\""))
                return classify_say(e, ARTEFACT_IAM_POLICY, "text of a policy document");
        if (has_line(s, "- hosts:"))
                return classify_say(e, ARTEFACT_ANSIBLE, "text of a play");
        return ARTEFACT_NONE;
}

static enum artefact_kind terraform(const struct subject *s, const struct evidence *e)
{
        if (!classify_name_ends(s, ".tf") && !classify_name_ends(s, ".tofu"))
                return ARTEFACT_NONE;
        if (has_line(s, "resource ") || has_line(s, "data ") || has_line(s, "module ") ||
            has_line(s, "provider "))
                return classify_say(e, ARTEFACT_TERRAFORM, "text of Terraform");
        return ARTEFACT_NONE;
}

enum artefact_kind classify_text(const struct subject *s, const struct evidence *e)
{
        static enum artefact_kind (*const sides[])(const struct subject *,
                                                   const struct evidence *) = {
                private_key, template_text, terraform, sql, xml, policy, dockerfile, host_file,
        };
        size_t n = classify_text_size(s);

        if (n == 0 || s->source)
                return ARTEFACT_NONE;
        for (size_t i = 0; i < ELEMENTSOF(sides); i++) {
                enum artefact_kind kind = sides[i](s, e);

                if (kind != ARTEFACT_NONE)
                        return kind;
                if (i == 0 && memchr(s->data, '\0', MIN_OF(n, 512)))
                        return ARTEFACT_NONE; /* binary */
        }
        return ARTEFACT_NONE;
}
