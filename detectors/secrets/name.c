/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading names of variables, keys and settings: which of them announce a credential.
 *
 * A name is cut into words at separators and changes of case. The last word that says something
 * decides: token and api_key do, token_type and api_key_id do not, for they end in another thing.
 * Words before it may take it back: page_token, public_key.
 */
#include "detectors/secrets/name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define WORDS_MAX 16u
#define WORD_MAX 32u

struct words {
        char word[WORDS_MAX][WORD_MAX];
        unsigned n;
};

static bool in(const char *word, const char *const *list)
{
        for (; *list; list++)
                if (strcmp(word, *list) == 0)
                        return true;
        return false;
}

static void add_word(struct words *w, const uint8_t *s, size_t n)
{
        if (n == 0)
                return;
        if (w->n == WORDS_MAX) {
                memmove(w->word[0], w->word[1], sizeof(w->word) - sizeof(w->word[0]));
                w->n--;
        }
        char *word = w->word[w->n++];
        size_t skip = n >= WORD_MAX ? n - (WORD_MAX - 1) : 0, k = 0;
        for (size_t i = skip; i < n; i++)
                word[k++] = (char)tolower(s[i]);
        word[k] = '\0';
}

static void cut(struct words *w, const uint8_t *s, size_t n)
{
        size_t begin = 0;

        w->n = 0;
        for (size_t i = 0; i < n; i++) {
                if (!isalnum(s[i])) {
                        add_word(w, s + begin, i - begin);
                        begin = i + 1;
                        continue;
                }
                bool lower_to_upper = i > begin && isupper(s[i]) && !isupper(s[i - 1]);
                bool end_of_capitals = i > begin && i + 1 < n && isupper(s[i]) &&
                                       isupper(s[i - 1]) && islower(s[i + 1]);
                if (lower_to_upper || end_of_capitals) {
                        add_word(w, s + begin, i - begin);
                        begin = i;
                }
        }
        add_word(w, s + begin, n - begin);
}

static bool is_digits(const char *s)
{
        for (; *s; s++)
                if (!isdigit((unsigned char)*s))
                        return false;
        return true;
}

/* Words behind the one that decides which do not change what it is. */
static void drop_tail(struct words *w)
{
        static const char *const tail[] = {
                "value",   "val",     "str",     "string",    "plain",  "plaintext", "raw",
                "literal", "default", "prod",    "dev",       "test",   "testing",   "production",
                "staging", "stage",   "live",    "sandbox",   "new",    "old",       "current",
                "base64",  "b64",     "hex",     "bytes",     "here",   "const",     "demo",
                "local",   "backup",  "primary", "secondary", "secure", "super",     "text",
                "data",    "main",    "base",    NULL};

        while (w->n > 1 && (in(w->word[w->n - 1], tail) || is_digits(w->word[w->n - 1])))
                w->n--;
        /* password1, token2 */
        char *last = w->n ? w->word[w->n - 1] : NULL;
        for (size_t k = last ? strlen(last) : 0; k > 1 && isdigit((unsigned char)last[k - 1]); k--)
                last[k - 1] = '\0';
}

/* A word that says the value is public, computed, or no value of its own. */
static bool is_taken_back(const struct words *w)
{
        static const char *const before[] = {
                "public",    "pub",          "publishable", "primary",  "foreign",
                "partition", "sort",         "cache",       "object",   "idempotency",
                "row",       "range",        "registry",    "bucket",   "header",
                "lookup",    "unique",       "dict",        "config",   "json",
                "next",      "page",         "previous",    "prev",     "sync",
                "cancel",    "cancellation", "pad",         "eos",      "bos",
                "unk",       "mask",         "sep",         "stop",     "special",
                "integrity", "checksum",     "sha",         "sha1",     "sha256",
                "sha512",    "md5",          "hash",        "digest",   "fingerprint",
                "etag",      "continuation", "resume",      "i18n",     "translation",
                "locale",    "hot",          "shortcut",    "keyboard", "press",
                "pressed",   "down",         "up",          "field",    "label",
                "no",        "without",      "invalid",     "wrong",    "missing",
                "empty",     "is",           "has",         "parse",    "match",
                "expect",    "lex",          "lexer",       "syntax",   "data",
                "search",    "tree",         "node",        "index",    "context",
                "state",     "group",        "symbol",      "event",    "usage",
                "pointer",   "trace",        "span",        "version",  "csrf",
                "xsrf",      "id",           "name",        "reset",    "min",
                "max",       "count",        "num",         NULL};

        /* keys that are handed round or looked up */
        static const char *const before_key[] = {
                "ssh",    "recv",       "receive", "send",     "list",      "trusted",  "gpg",
                "pgp",    "authorized", "known",   "host",     "recipient", "revision", "rev",
                "commit", "dedup",      "routing", "content",  "build",     "asset",    "chunk",
                "item",   "element",    "entry",   "document", "fetch",     NULL};
        const char *last = w->word[w->n - 1];
        if (w->n > 1 && (strcmp(last, "key") == 0 || strcmp(last, "keys") == 0) &&
            in(w->word[w->n - 2], before_key))
                return true;
        for (unsigned i = 0; i + 1 < w->n; i++) {
                /* only the word right before it, or one that speaks for the whole name */
                bool strong = strcmp(w->word[i], "public") == 0 ||
                              strcmp(w->word[i], "publishable") == 0 ||
                              strcmp(w->word[i], "integrity") == 0 ||
                              strcmp(w->word[i], "checksum") == 0;
                if (strong || (i + 2 == w->n && in(w->word[i], before)))
                        return true;
        }
        return false;
}

/* What the last word makes of it is no value, or an open one. */
static bool is_other_thing(const char *word)
{
        static const char *const things[] = {
                "id",          "ids",    "name",       "names",    "arn",      "version",
                "versions",    "hash",   "digest",     "path",     "paths",    "file",
                "files",       "url",    "uri",        "endpoint", "host",     "length",
                "size",        "type",   "types",      "format",   "policy",   "ref",
                "refs",        "store",  "provider",   "manager",  "field",    "fields",
                "column",      "label",  "prefix",     "suffix",   "regex",    "index",
                "ttl",         "expiry", "expires",    "date",     "time",     "status",
                "state",       "error",  "errors",     "message",  "msg",      "hint",
                "help",        "title",  "class",      "enabled",  "scope",    "env",
                "list",        "map",    "annotation", "template", "checksum", "sha256",
                "fingerprint", "uuid",   NULL};

        return in(word, things);
}

/* secret_do_not_commit: it is told of on the way, and the end is no other thing. */
static bool is_told_on_the_way(const struct words *w)
{
        static const char *const telling[] = {"secret", "password", "passwd", "apikey", NULL};

        if (is_other_thing(w->word[w->n - 1]))
                return false;
        for (unsigned i = 0; i + 1 < w->n; i++)
                if (in(w->word[i], telling))
                        return true;
        return false;
}

/* password_for_admin is a password, tokensByUser are tokens: whose it is stands behind. */
static bool drop_phrase(struct words *w)
{
        static const char *const prepositions[] = {"for", "of", "by", "from", "in", "to", NULL};

        for (unsigned i = 1; i < w->n; i++)
                if (in(w->word[i], prepositions)) {
                        w->n = i;
                        return true;
                }
        return false;
}

static enum name_kind kind_of(struct words *w)
{
        static const char *const passwords[] = {
                "password", "passwd", "pwd", "passphrase", "passcode", "pw", "pswd", "psw",
                "userpass", "dbpass", "psk", "keypass", "storepass", "passwrd", "pass", "passwords",
                "passwds", "pwds", "passphrases", "passcodes",
                /* in other languages */
                "passwort", "kennwort", "senha", "contrasena", "clave", "mdp", "motdepasse",
                "parola", "haslo", "heslo", "wachtwoord", "salasana", "sifre", NULL};
        static const char *const tokens[] = {
                "secret",     "secrets",   "token",   "credential", "credentials", "creds",
                "cred",       "apikey",    "bearer",  "pat",        "authkey",     "secretkey",
                "privatekey", "accesskey", "tokens",  "auth",       "secrete",     "secreto",
                "segredo",    "geheimnis", "apikeys", NULL};
        static const char *const of_key[] = {
                "api",        "access", "secret",      "private", "auth",    "signing",
                "encryption", "master", "shared",      "account", "service", "session",
                "admin",      "app",    "consumer",    "license", "licence", "deploy",
                "write",      "read",   "integration", "client",  "webhook", "subscription",
                "jwt",        "hmac",   "crypto",      "aes",     "storage", "deploy",
                "ingest",     "record", "application", "server",  NULL};

        drop_tail(w);
        if (w->n == 0 || is_taken_back(w))
                return NAME_OTHER;
        const char *last = w->word[w->n - 1];
        const char *before = w->n > 1 ? w->word[w->n - 2] : "";
        /* of sudoers: without one */
        if (strcmp(last, "nopasswd") == 0)
                return NAME_OTHER;
        if (in(last, passwords) || text_ends_with(last, "password") ||
            text_ends_with(last, "passwd") || text_ends_with(last, "passphrase"))
                return NAME_PASSWORD;
        if (in(last, tokens) || text_ends_with(last, "secret") || text_ends_with(last, "token") ||
            text_ends_with(last, "apikey"))
                return NAME_TOKEN;
        static const char *const weak[] = {"api",   "access", "private", "licence", "license",
                                           "login", "salt",   "seed",    "pepper",  NULL};
        if (in(last, weak))
                return NAME_WEAK_KEY;
        if (strcmp(last, "key") == 0 || strcmp(last, "keys") == 0)
                return in(before, of_key) ? NAME_TOKEN : NAME_WEAK_KEY;
        bool key = text_ends_with(last, "key") && strlen(last) > 4 && strncmp(last, "pub", 3) != 0;
        return key || is_told_on_the_way(w) ? NAME_WEAK_KEY : NAME_OTHER;
}

enum name_kind name_kind(const uint8_t *name, size_t n)
{
        struct words whole, head;

        cut(&whole, name, n);
        head = whole;
        enum name_kind kind = kind_of(&whole);
        if (kind >= NAME_TOKEN || !drop_phrase(&head) || is_other_thing(whole.word[whole.n - 1]))
                return kind;
        return MAX_OF(kind, kind_of(&head));
}

bool name_is_of_other_thing(const uint8_t *name, size_t n)
{
        struct words w;

        cut(&w, name, n);
        return w.n > 0 && is_other_thing(w.word[w.n - 1]);
}

bool name_is_of_secret(const uint8_t *name, size_t n)
{
        struct words w;

        cut(&w, name, n);
        (void)drop_phrase(&w);
        return w.n > 0 && (text_ends_with(w.word[w.n - 1], "secret") ||
                           strcmp(w.word[w.n - 1], "secrets") == 0);
}

bool name_is_plural(const uint8_t *name, size_t n)
{
        struct words w;

        cut(&w, name, n);
        (void)drop_phrase(&w);
        return w.n > 0 && text_ends_with(w.word[w.n - 1], "s") &&
               !text_ends_with(w.word[w.n - 1], "ss");
}
