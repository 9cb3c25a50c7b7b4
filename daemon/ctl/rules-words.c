/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What a tree or call rule asks for, in words. The matchers keep only what they need for matching,
 * so the pack is read again, as a document.
 *
 * Does not own: what the keys mean (privilege/tree-match.c, privilege/call-match.c, predicate.c).
 */
#include "daemon/ctl/rules-words.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/io.h"
#include "common/base/macros.h"
#include "detectors/formats/format.h"

#define DEPTH_MAX 6u

DEFINE_CLEANUP(struct doc *, doc_free);

const char *rules_words_check(const char *name)
{
        static const char *const words[][2] = {
                {"github-crc32", "the last 6 characters are the CRC-32 of the 30 before them"},
                {"gitlab-crc32", "it ends in its length and its CRC-32, in base 36"},
                {"luhn", "the last digit is the Luhn digit"},
                {"base32", "what follows the prefix is base 32, and names an account if it is new"},
                {"base64", "padded base64 whose unused bits are zero"},
                {"base64-json", "a part that begins with eyJ is base64 of a JSON object"},
                {"bech32", "it ends in six check characters of Bech32"},
                {"discord", "the first part is base64 of a number"},
                {"grafana-crc32", "it ends in eight hex digits of CRC-32, the low byte first"},
                {"pypi-macaroon", "base64 of a whole macaroon of the Python package index"},
                {"aws-key-id", "no placeholder; the finding tells the account"},
                {"generic-in-match", "as generic; the name stands behind the match's beginning"},
                {"header", "the value of a header for credentials, and no name"},
                {"private-key-der", "a private key that is no public one; what it is, is told"},
                {"any", "the shape says it all"},
                {"basic", "base64 of user:password"},
                {"command-password", "a password on a command line, no word of a manual"},
                {"generic", "the name tells of a credential, and the value looks like one"},
                {"jwt", "the header decodes to an object with an algorithm"},
                {"listed", "values of a list or a map whose name tells of a credential"},
                {"mixed", "letters and digits, or cases mixed as in random text"},
                {"not-in-url", "not part of a longer path or URL"},
                {"odd", "a literal even without quotes"},
                {"password", "the value looks like a password, where a password stands"},
                {"private-key", "has a body; an encrypted one is less severe"},
                {"rare", "random text, whatever stands before it"},
                {"prefixed", "random text behind a head such as sk_live_"},
                {"random", "as mixed, and not words in camel case with a digit"},
                {"strong", "a password with letters in both cases, digits and signs"},
                {"url-password", "the password of a URL"},
                {"vendor", "random, short or a long number, under the name of a service"},
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i][0], name) == 0)
                        return words[i][1];
        return "";
}

static void put_indent(unsigned depth)
{
        (void)printf("%*s", (int)(2 * depth), "");
}

static void put_values(const struct node *n)
{
        const char *before = "";

        NODE_ITEMS(item, n)
        {
                (void)printf("%s%s", before, item->text ? item->text : "(a structure)");
                before = ", ";
        }
}

struct phrase {
        const char *key, *yes, *no; /* no: of a false one; NULL: values follow */
};

static const struct phrase phrases[] = {
        {"equals", "is", NULL},
        {"not-equals", "is there and none of", NULL},
        {"matches", "matches", NULL},
        {"not-matches", "is there and does not match", NULL},
        {"absent", "is not there", "is there"},
        {"contains", "contains", NULL},
        {"greater", "is greater than", NULL},
        {"less", "is less than", NULL},
        {"truth", "is true", "is false"},
        {"literal", "is written out", "is a reference or an expression"},
        {"string", "is a constant text", "is no constant text"},
        {"min-length", "is at least so long:", NULL},
        {"fallback", "is a constant that is used when nothing else is there",
         "is no constant that stands in for another value"},
        {"known", "is a constant", "is no constant"},
        {"name-matches", "is called like", NULL},
        {"object", "is an object", "is no object"},
        {"has-key", "has a key like", NULL},
        {"unit", "counted in", NULL},
        /* of the rule as a whole */
        {"format", "in documents of the format", NULL},
        {"select", "each", NULL},
        {"language", "in source code in", NULL},
        {"callee", "calls of", NULL},
        {"assign", "assignments to", NULL},
        {"callee-matches", "the callee matches", NULL},
        {"callee-not-matches", "the callee does not match", NULL},
        {"shape", "in the shape of a", NULL},
        {"file-matches", "the file matches", NULL},
        {"file-not-matches", "the file does not match", NULL},
        {"unless-called", "unless the same function calls", NULL},
        {"at", "the finding is put at", NULL},
        {"unknown", "what is not known:", NULL},
        {"detail", "it is reported as", NULL},
};

static void put_phrase(const struct node *n)
{
        for (size_t i = 0; i < ELEMENTSOF(phrases); i++) {
                const struct phrase *p = &phrases[i];

                if (strcmp(p->key, n->key) != 0)
                        continue;
                if (p->no && node_truth(n) >= 0) {
                        (void)fputs(node_truth(n) ? p->yes : p->no, stdout);
                        return;
                }
                (void)printf("%s ", p->yes);
                put_values(n);
                return;
        }
        (void)printf("%s ", n->key);
        put_values(n);
}

static const char *group_of(const char *key)
{
        return strcmp(key, "any") == 0    ? "one of these holds:"
               : strcmp(key, "all") == 0  ? "all of these hold:"
               : strcmp(key, "none") == 0 ? "none of these holds:"
                                          : NULL;
}

/* One test: "path is a, b and matches c", then its groups, each deeper by one. Depth is bounded by
 * the loader as well. */
static void put_test(const struct node *test, unsigned depth)
{
        const struct node *path = node_get(test, "path") ?: node_get(test, "arg");
        const char *before = " ";

        put_indent(depth);
        (void)fputs("- ", stdout);
        if (path)
                put_values(path);
        else
                (void)fputs("it", stdout);
        NODE_CHILDREN(child, test)
        {
                if (child == path || group_of(child->key ?: ""))
                        continue;
                (void)fputs(before, stdout);
                put_phrase(child);
                before = ", and ";
        }
        (void)puts(*before == ' ' ? " is so that" : "");
}

static void put_tests(const struct node *tests, unsigned depth) /* NOLINT(misc-no-recursion) */
{
        NODE_ITEMS(test, tests)
        {
                put_test(test, depth);
                NODE_CHILDREN(child, test->type == NODE_MAPPING ? test : NULL)
                {
                        const char *group = group_of(child->key ?: "");

                        if (!group)
                                continue;
                        put_indent(depth + 1);
                        (void)puts(group);
                        if (depth < DEPTH_MAX)
                                put_tests(child, depth + 2);
                }
        }
}

static void put_matcher(const struct node *n)
{
        NODE_CHILDREN(child, n)
        {
                if (!child->key || strcmp(child->key, "where") == 0)
                        continue;
                (void)fputs("  ", stdout);
                put_phrase(child);
                (void)putchar('\n');
        }
        const struct node *tests = node_get(n, "where");
        if (tests) {
                (void)puts("  where all of these hold:");
                put_tests(tests, 2);
        }
}

/* The matcher of the rule in one pack, NULL if it has none; it lives as long as *ret. */
static const struct node *find_in(const char *path, const struct rule *rule, struct doc **ret)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *key = rule->matcher == MATCHER_TREE ? "tree" : "call";
        struct doc_error error;

        if (io_read_file(path, &text) < 0 || doc_new(&d, &DOC_LIMITS_DEFAULT) < 0 ||
            format_yaml.parse(d, text.data ? text.data : "", text.len, &error) < 0)
                return NULL;
        NODE_ITEMS(item, node_get(doc_root(d), "rules"))
        {
                const char *id = node_text(node_get(item, "id"));
                const struct node *found = node_get(item, key);

                if (!id || !found || strcmp(id, rule->id) != 0)
                        continue;
                *ret = take_ptr(&d);
                return found;
        }
        return NULL;
}

bool rules_words_print(const struct rule *rule, const char *const *directories, size_t n)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        const struct node *matcher = NULL;

        for (size_t i = 0; i < n; i++) {
                glob_t packs = {0};
                char pattern[4200];

                if (!directories[i] || !*directories[i])
                        continue;
                (void)snprintf(pattern, sizeof(pattern), "%s/*.yaml", directories[i]);
                if (glob(pattern, 0, NULL, &packs) != 0)
                        continue;
                for (size_t k = 0; k < packs.gl_pathc; k++) {
                        struct doc *d = NULL;
                        const struct node *found = find_in(packs.gl_pathv[k], rule, &d);

                        if (!found)
                                continue;
                        (void)doc_free(doc);
                        doc = d;
                        matcher = found;
                }
                globfree(&packs);
        }
        if (matcher)
                put_matcher(matcher);
        return matcher != NULL;
}
