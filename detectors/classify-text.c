/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that text without a tree tells: keys, SQL, policies, Dockerfiles; and
 * structured files that do not parse because they are templates.
 * Does not own: which lines are a host file's (formats/host-files.c).
 */
#include <string.h>

#include "detectors/classify-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/host-files.h"
#include "detectors/formats/policy-lines.h"
#include "detectors/formats/text-lines.h"

static struct text_lines lines_of(const struct subject *s)
{
        return text_lines(s->data, classify_text_size(s));
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

static enum line_fit netrc_line(const char *s)
{
        if (text_line_begins(s, "machine ") && strstr(s, "login "))
                return LINE_TELLS;
        return text_line_begins(s, "machine ") || text_line_begins(s, "login ") ||
                               text_line_begins(s, "password ") || text_line_begins(s, "default ")
                       ? LINE_FITS
                       : LINE_FOREIGN;
}

static enum line_fit password_hash_line(const char *s)
{
        const char *colon = strchr(s, ':');

        return colon && (text_line_begins(colon, ":$apr1$") || text_line_begins(colon, ":$2y$") ||
                         text_line_begins(colon, ":$6$") || text_line_begins(colon, ":{SHA}"))
                       ? LINE_TELLS
                       : LINE_FOREIGN;
}

static enum artefact_kind host_file(const struct subject *s, const struct evidence *e)
{
        const struct host_file *file = host_file_by_lines(s->data, s->size);

        return file ? classify_say(e, file->kind, "lines are %s", file->glob) : ARTEFACT_NONE;
}

static enum artefact_kind listing(const struct subject *s, const struct evidence *e)
{
        static const struct line_grammar grammars[] = {{netrc_line, 1}, {password_hash_line, 1}};
        static const struct {
                enum artefact_kind kind;
                const char *text;
        } told[ELEMENTSOF(grammars)] = {
                {ARTEFACT_CREDENTIAL_FILE, "netrc entries"},
                {ARTEFACT_CREDENTIAL_FILE, "password hashes"},
        };
        int i = line_grammar_pick(grammars, ELEMENTSOF(grammars), s->data, classify_text_size(s));

        return i < 0 ? ARTEFACT_NONE : classify_say(e, told[i].kind, "lines are %s", told[i].text);
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
        struct text_lines l = lines_of(s);

        if (classify_text_size(s) > 4 && memcmp(s->data, "\xfe\xed\xfe\xed", 4) == 0)
                return classify_say(e, ARTEFACT_PRIVATE_KEY, "Java keystore");
        while (text_lines_next(&l)) {
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
        struct text_lines l = lines_of(s);

        /* the reader's own choice: there is no second list of endings */
        if (format_guess(s->path, NULL, 0) != &format_sql)
                return ARTEFACT_NONE;
        while (text_lines_next(&l))
                if (text_line_begins_one_of(l.text, statements, ELEMENTSOF(statements)))
                        return classify_say(e, ARTEFACT_SQL_GRANT, "statement %.*s",
                                            (int)strcspn(l.text + 7, " ") + 7, l.text);
        return ARTEFACT_NONE;
}

static enum artefact_kind dockerfile(const struct subject *s, const struct evidence *e)
{
        struct text_lines l = lines_of(s);

        while (text_lines_next(&l)) {
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
        struct text_lines l = lines_of(s);

        do {
                if (!text_lines_next(&l))
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
        struct text_lines l = lines_of(s);
        size_t n = strlen(key);

        dst[0] = '\0';
        while (text_lines_next(&l)) {
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
                private_key, template_text, terraform, sql,     xml,
                policy,      dockerfile,    host_file, listing,
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
