/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of formats, and which of them a file has.
 * Does not own: the formats; each is a file of its own that formats.def names.
 */
#include "detectors/formats/format.h"

#include <string.h>
#include <strings.h>

#include "common/base/glob.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/host-files.h"
#include "detectors/formats/policy-lines.h"
#include "detectors/formats/polkit.h"
#include "detectors/formats/terraform-plan.h"

static const struct format *const formats[] = {
#define FORMAT(id, name) &format_##id,
#include "detectors/formats/formats.def"
#undef FORMAT
};

size_t format_count(void)
{
        return ELEMENTSOF(formats);
}

const struct format *format_at(size_t i)
{
        return formats[i];
}

const struct format *format_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i]->name, name) == 0)
                        return formats[i];
        return NULL;
}

bool format_has_own_shape(const char *name)
{
        const struct format *format = name ? format_by_name(name) : NULL;

        return format && (format->own || format->language);
}

bool format_is_language(const char *name)
{
        const struct format *format = name ? format_by_name(name) : NULL;

        return format && format->language;
}

struct name_format {
        const char *pattern; /* text_glob_exact() of the file's name, or of its name and folder */
        const struct format *format;
};

/* The first that matches counts. */
static const struct name_format name_formats[] = {
        {".env", &format_dotenv},
        {".env.*", &format_dotenv},
        {"*.env", &format_dotenv},
        {".envrc", &format_dotenv},
        {"*.tf.json", &format_terraform_json},
        {"*.tofu.json", &format_terraform_json},
        {"*.json", &format_json},
        {"*.jsonc", &format_json},
        {"*.json5", &format_json},
        {"*.jsonl", &format_json},
        {"*.ndjson", &format_json},
        {"*.tfstate", &format_json},
        {"*.code-workspace", &format_json},
        {"*.hujson", &format_json},
        {"*.ign", &format_json},
        {"*.yaml", &format_yaml},
        {"*.yml", &format_yaml},
        {"*.bu", &format_yaml},
        {"kubernetes/*.conf", &format_yaml},
        {"admin.conf", &format_yaml},
        {"super-admin.conf", &format_yaml},
        {"kubelet.conf", &format_yaml},
        {"*.tf", &format_hcl},
        {"*.tfvars", &format_hcl},
        {"*.hcl", &format_hcl},
        {"*.tofu", &format_hcl},
        {"*.nomad", &format_hcl},
        {"*.ini", &format_ini},
        {"*.cfg", &format_ini},
        {"*.conf", &format_ini},
        {"*.cnf", &format_ini},
        {"*.toml", &format_ini},
        {"*.properties", &format_ini},
        {"*.service", &format_ini},
        {"*.container", &format_ini},
        {"*.socket", &format_ini},
        {"*.timer", &format_ini},
        {"*.mount", &format_ini},
        {"*.automount", &format_ini},
        {"*.path", &format_ini},
        {"*.target", &format_ini},
        {"*.slice", &format_ini},
        {"*.desktop", &format_ini},
        {"*.pkla", &format_ini},
        {".npmrc", &format_ini},
        {".pypirc", &format_ini},
        {".gitconfig", &format_ini},
        {".s3cfg", &format_ini},
        {".boto", &format_ini},
        {".git/config", &format_ini},
        {".aws/credentials", &format_ini},
        {".aws/config", &format_ini},
        {".kube/config", &format_yaml},
        {"kubeconfig", &format_yaml},
        {"*.kubeconfig", &format_yaml},
        {"*.bicep", &format_bicep},
        {"*.bicepparam", &format_bicep},
        {"Dockerfile", &format_dockerfile},
        {"Dockerfile.*", &format_dockerfile},
        {"*.Dockerfile", &format_dockerfile},
        {"*.dockerfile", &format_dockerfile},
        {"Containerfile", &format_dockerfile},
        {"Containerfile.*", &format_dockerfile},
        {"*.rego", &format_rego},
        {"*.cedar", &format_cedar},
        {"*.sql", &format_sql},
        {"*.psql", &format_sql},
        {"*.pgsql", &format_sql},
        {"*.ddl", &format_sql},
        {"*.cql", &format_sql},
        {"*.xml", &format_xml},
        {"*.plist", &format_xml},
        {"*.csproj", &format_xml},
        {"*.props", &format_xml},
        {"*.targets", &format_xml},
        {"*.pubxml", &format_xml},
        {"*.nuspec", &format_xml},
        {"*.xmi", &format_xml},
};

/* Endings that say nothing of the format; what stands before them does. */
static const char *const wrappings[] = {".example", ".sample", ".dist", ".bak",
                                        ".backup",  ".old",    ".orig", ".tmp",
                                        ".j2",      ".tmpl",   ".tpl",  ".template"};

/* The last two names of a path, and where the last one begins. */
static const char *path_tail(const char *path, const char **ret_name)
{
        const char *tail = path;

        *ret_name = path;
        for (const char *s = path; *s; s++) {
                if (*s != '/')
                        continue;
                tail = *ret_name;
                *ret_name = s + 1;
        }
        return tail;
}

static struct glob_hint hints[ELEMENTSOF(name_formats)];
static struct glob_table name_globs = GLOB_TABLE(name_formats, pattern, hints);

static const struct format *by_name_pattern(const char *tail, const char *name)
{
        const struct glob_path p = glob_path(tail);

        for (size_t i = 0; (i = glob_table_next(&name_globs, &p, i)) < ELEMENTSOF(name_formats);
             i++)
                if (text_glob_exact(name_formats[i].pattern, hints[i].whole ? tail : name))
                        return name_formats[i].format;
        return NULL;
}

/* Takes one such ending off. */
static bool unwrap(char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < ELEMENTSOF(wrappings); i++) {
                size_t size = strlen(wrappings[i]);

                if (n > size && strcmp(name + n - size, wrappings[i]) == 0) {
                        name[n - size] = '\0';
                        return true;
                }
        }
        return false;
}

/* How much of a name is left to the content. */
enum open {
        OPEN_NOT,
        OPEN_TEXT, /* it is text or a table */
        OPEN_ANY,  /* the name says nothing */
};

static enum open openness(const char *name)
{
        const char *dot = strrchr(name, '.');

        if (!dot)
                return OPEN_ANY;
        return strcmp(dot, ".txt") == 0 || strcmp(dot, ".csv") == 0 ? OPEN_TEXT : OPEN_NOT;
}

static const struct format *by_path(const char *path, enum open *ret_open)
{
        const char *name, *tail = path_tail(path, &name);
        const struct format *format = NULL;
        char copy[520];

        *ret_open = OPEN_NOT;
        if (!text_copy(copy, sizeof(copy), tail))
                return NULL;

        char *last = copy + (name - tail);
        do {
                format = by_name_pattern(copy, last);
        } while (!format && unwrap(last));
        *ret_open = openness(last);
        return format;
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct cursor *c)
{
        while (is_space(cursor_peek(c, 0)))
                cursor_step(c);
}

/* The first thing in the text that is no white space and no comment. */
static struct cursor first_token(const char *data, size_t n)
{
        struct cursor c = cursor_begin(data, n);

        for (skip_space(&c); cursor_peek(&c, 0) == '#' || cursor_at(&c, "//"); skip_space(&c))
                cursor_to_line_end(&c);
        return c;
}

/* One of the words comes next, with one of the characters of `behind` behind it. */
static bool at_word(struct cursor c, const char *const *words, size_t n_words, char behind)
{
        for (size_t i = 0; i < n_words; i++)
                if (cursor_at(&c, words[i]) && cursor_peek(&c, strlen(words[i])) == behind)
                        return true;
        return false;
}

static bool is_assignment(struct cursor c)
{
        (void)cursor_take(&c, "export ");

        size_t begin = c.at;
        for (char byte; (byte = cursor_peek(&c, 0)), (byte >= 'A' && byte <= 'Z') ||
                                                             (byte >= '0' && byte <= '9') ||
                                                             byte == '_';)
                cursor_step(&c);
        return c.at > begin && cursor_peek(&c, 0) == '=';
}

/* A text that begins with a bracket is JSON or has a section. */
static const struct format *by_bracket(struct cursor c)
{
        struct cursor inside = c;

        cursor_step(&inside);
        skip_space(&inside);

        char next = cursor_peek(&inside, 0);
        if (next == '"' || next == '{' || next == '[' || next == '}' || next == ']')
                return &format_json;
        if (cursor_peek(&c, 0) == '{' || (next >= '0' && next <= '9'))
                return NULL;
        while (!cursor_ended(&c) && cursor_peek(&c, 0) != '\n' && cursor_peek(&c, 0) != ']')
                cursor_step(&c);
        return cursor_at(&c, "]\n") || cursor_at(&c, "]\r\n") ? &format_ini : NULL;
}

static bool line_has_brace(struct cursor c)
{
        while (!cursor_ended(&c) && cursor_peek(&c, 0) != '\n' && cursor_peek(&c, 0) != '{')
                cursor_step(&c);
        return cursor_peek(&c, 0) == '{';
}

static const struct format *by_content(const char *data, size_t n)
{
        static const char *const blocks[] = {"resource", "data",   "variable", "provider",
                                             "module",   "output", "terraform"};
        static const char *const keys[] = {"apiVersion", "kind",      "AWSTemplateFormatVersion",
                                           "Resources",  "openapi",   "swagger",
                                           "services",   "Statement", "Transform",
                                           "Parameters", "users",     "clusters"};
        struct cursor c = first_token(data, n);

        if (n >= 2 && memcmp(data, "#!", 2) == 0)
                return NULL;
        if (cursor_peek(&c, 0) == '{' || cursor_peek(&c, 0) == '[')
                return by_bracket(c);
        if (cursor_at(&c, "---\n") || cursor_at(&c, "---\r\n") ||
            at_word(c, keys, ELEMENTSOF(keys), ':'))
                return &format_yaml;
        if (at_word(c, blocks, ELEMENTSOF(blocks), ' ') && line_has_brace(c))
                return &format_hcl;
        return is_assignment(c) ? &format_dotenv : NULL;
}

/* Files of the host by their path, also with an ending that says nothing, and by their lines. */
static const struct format *host_format(const char *path, const char *data, size_t n)
{
        const struct host_file *file = path ? host_file_by_path(path) : NULL;
        char copy[520];

        if (n >= 2 && memcmp(data, "#!", 2) == 0)
                return NULL;
        if (!file && path && text_copy(copy, sizeof(copy), path))
                while (!file && unwrap(copy))
                        file = host_file_by_path(copy);
        if (!file && n > 0)
                file = host_file_by_lines(data, n);
        return file ? file->format : NULL;
}

/* A table that is called a policy needs one line that says so, any other text two. */
static const struct format *by_lines(const char *path, const char *data, size_t n)
{
        bool policy = path && text_glob_name("*policy*.csv", path);
        unsigned found;

        n = MIN_OF(n, POLICY_LINES_MAX);
        found = policy_lines(data, n);
        if (policy_is_rego(found))
                return &format_rego;
        if (policy_is_cedar(found, data, n))
                return &format_cedar;
        return policy_is_casbin(data, n, policy ? 1 : 2) ? &format_casbin : NULL;
}

/* Pages and pictures are XML as well, but nobody is told in them who may do what. */
static bool is_page(const char *path)
{
        static const char *const ends[] = {".html", ".htm", ".xhtml", ".svg", ".php",
                                           ".jsp",  ".md",  ".xsl",   ".xslt"};
        size_t n = strlen(path);

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t k = strlen(ends[i]);

                if (n >= k && strcasecmp(path + n - k, ends[i]) == 0)
                        return true;
        }
        return false;
}

/* Of these three kinds of file the root element is known; Apache's <VirtualHost> is none. */
static bool is_root(const struct cursor *c)
{
        static const char *const roots[] = {"<!--", "<configuration", "<busconfig",
                                            "<policyconfig"};

        for (size_t i = 0; i < ELEMENTSOF(roots); i++)
                if (cursor_at(c, roots[i]))
                        return true;
        return false;
}

/* A name that other formats have, too (x.conf of D-Bus, Web.config, x.policy of polkit), or none that
 * tells: XML says so itself. */
static bool is_xml(const char *path, const char *data, size_t n)
{
        static const char *const often[] = {".config", ".policy", ".conf"};
        struct cursor c = cursor_begin(data, n);
        size_t size = strlen(path);

        skip_space(&c);
        if (cursor_peek(&c, 0) != '<' || is_page(path))
                return false;
        if (cursor_at(&c, "<?xml "))
                return true;
        if (cursor_take(&c, "<!DOCTYPE "))
                return (cursor_peek(&c, 0) | 0x20) != 'h' || (cursor_peek(&c, 1) | 0x20) != 't';
        for (size_t i = 0; i < ELEMENTSOF(often); i++) {
                size_t k = strlen(often[i]);

                if (size > k && strcasecmp(path + size - k, often[i]) == 0)
                        return is_root(&c);
        }
        return false;
}

const struct format *format_guess(const char *path, const char *data, size_t n)
{
        enum open open = OPEN_ANY;
        const struct format *format = NULL;

        if (path && n > 0 && is_xml(path, data, n))
                return &format_xml;
        if (path)
                format = by_path(path, &open);
        if (path && !format && polkit_is_rules(path, data, n))
                return &format_polkit;
        /* a name that says any text or settings says little */
        if (!format || format == &format_ini)
                format = host_format(path, data, n) ?: format;
        if (!format && open == OPEN_ANY && n > 0)
                format = by_content(data, n);
        if (!format && open != OPEN_NOT && n > 0)
                format = by_lines(path, data, n);
        if (format == &format_json && terraform_plan_is(data, n))
                format = &format_terraform_plan;
        return format;
}
