/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling values that only stand for a secret.
 *
 * Words are few and long on purpose: a word of three letters turns up by chance in one random token
 * of some thousands, and an attacker may plant it.
 */
#include "detectors/secrets/placeholder.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

bool placeholder_holds_any(const uint8_t *s, size_t n, const char *const *words, size_t n_words)
{
        bool begins[256] = {false};

        for (size_t i = 0; i < n_words; i++)
                begins[(uint8_t)tolower((unsigned char)words[i][0])] =
                        begins[(uint8_t)toupper((unsigned char)words[i][0])] = true;
        for (size_t at = 0; at < n; at++) {
                if (!begins[s[at]])
                        continue;
                int first = tolower(s[at]), second = at + 1 < n ? tolower(s[at + 1]) : '\0';
                for (size_t i = 0; i < n_words; i++) {
                        if (first != words[i][0] || (words[i][1] && second != words[i][1]))
                                continue;
                        size_t width = strlen(words[i]);
                        if (width <= n - at &&
                            strncasecmp((const char *)s + at, words[i], width) == 0)
                                return true;
                }
        }
        return false;
}

/* The longest run of one character. */
static size_t longest_run(const uint8_t *s, size_t n)
{
        size_t longest = 0, run = 0;

        for (size_t i = 0; i < n; i++) {
                run = i > 0 && s[i] == s[i - 1] ? run + 1 : 1;
                longest = MAX_OF(longest, run);
        }
        return longest;
}

static unsigned distinct(const uint8_t *s, size_t n)
{
        bool seen[256] = {false};
        unsigned count = 0;

        for (size_t i = 0; i < n; i++) {
                count += !seen[s[i]];
                seen[s[i]] = true;
        }
        return count;
}

/* A variable or template between open and close: what stands between them is a name, a path of
 * names, a call or a filter, but no further bracket of that kind. Passwords may hold a stray ${ or
 * {{. */
static bool has_template(const uint8_t *s, size_t n, const char *open, const char *close)
{
        size_t before = strlen(open), after = strlen(close);

        for (size_t i = 0; i + before < n; i++) {
                if (s[i] != (uint8_t)open[0] || memcmp(s + i, open, before) != 0)
                        continue;
                size_t k = i + before;
                while (k < n && (isalnum(s[k]) || s[k] >= 0x80 ||
                                 (s[k] && strchr(" _.-:|/$@%,'\"()?=+&!\\", s[k]))))
                        k++;
                /* cut off by the end of what was matched: a template too */
                if (k == n || (k + after <= n && memcmp(s + k, close, after) == 0))
                        return true;
        }
        return false;
}

bool placeholder_reference(const uint8_t *s, size_t n)
{
        static const struct {
                const char *open, *close;
        } templates[] = {{"${", "}"}, {"{{", "}}"}, {"<%", "%>"}, {"%{", "}"}, {"#{", "}"},
                         {"$(", ")"}, {"@{", "}"},  {"[[", "]]"}, {"$[", "]"}, {"$$(", ")"}};

        if (n == 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(templates); i++)
                if (has_template(s, n, templates[i].open, templates[i].close))
                        return true;
        if (s[0] == '$' && n > 1 && (isalpha(s[1]) || s[1] == '_')) {
                /* $NAME and $name.x, but not the $2b$ of a password hash nor $ecret! */
                for (size_t i = 1; i < n; i++)
                        if (!isalnum(s[i]) && !strchr("_.:>-[]()'\"", s[i]))
                                return false;
                return true;
        }
        if (s[0] == '%' && s[n - 1] == '%' && n > 2)
                return true;
        return (s[0] == '<' && s[n - 1] == '>') || (s[0] == '[' && s[n - 1] == ']') ||
               (s[0] == '{' && s[n - 1] == '}') ||
               (n > 4 && memcmp(s, "__", 2) == 0 && memcmp(s + n - 2, "__", 2) == 0);
}

bool placeholder(const uint8_t *s, size_t n)
{
        static const char *const words[] = {
                "example", "placeholder", "changeme", "change-me", "change_me",  "your-",
                "your_",   "yourapi",     "yourkey",  "yourtoken", "yoursecret", "insert-",
                "insert_", "replace-",    "replace_", "replaceme", "redacted",   "xxxxxx",
                "dummy",   "notreal",     "not-real", "fake-",     "fake_",      "sample-",
                "sample_", "todo-",       "<your",    "enter-",    "enter_",     "******",
                "......",  "masked",      "removed",  "put-your",  "put_your",
        };

        if (n == 0 || placeholder_reference(s, n))
                return true;
        if (placeholder_holds_any(s, n, words, ELEMENTSOF(words)))
                return true;
        return n >= 8 && (longest_run(s, n) * 2 > n || distinct(s, n) < 4);
}

bool placeholder_indirect(const uint8_t *s, size_t n, bool quoted)
{
        static const char *const starts[] = {"\\x",
                                             "\\u",
                                             "arn:",
                                             "vault:",
                                             "ENC[",
                                             "ENC(",
                                             "{cipher}",
                                             "op://",
                                             "secretref:",
                                             "secret://",
                                             "ref+",
                                             "kms:",
                                             "ssm:",
                                             "file:",
                                             "env:",
                                             "AQICAH",
                                             "enc:",
                                             "!vault",
                                             "$ANSIBLE_VAULT",
                                             "sops:",
                                             "keyring:",
                                             "process.env",
                                             "os.environ",
                                             "System.getenv",
                                             "os.getenv",
                                             "ENV[",
                                             "getenv",
                                             "secrets.",
                                             "var.",
                                             "local.",
                                             "data.",
                                             "module.",
                                             "each.",
                                             "self.",
                                             "this.",
                                             "config.",
                                             "settings.",
                                             "args.",
                                             "opts.",
                                             "options.",
                                             "params.",
                                             "request.",
                                             "req.",
                                             "ctx.",
                                             "urn:",
                                             "data:",
                                             "application/",
                                             "text/",
                                             "base64,",
                                             "cn=",
                                             "ssh-rsa",
                                             "ssh-ed25519",
                                             "ecdsa-",
                                             "-----BEGIN",
                                             "mailto:",
                                             "javascript:",
                                             "xs:",
                                             "xsd:",
                                             "@",
                                             "\\",
                                             "./",
                                             "../",
                                             "~/",
                                             "/",
                                             "#",
                                             "&",
                                             "*",
                                             "=",
                                             "-",
                                             "|",
                                             "%",
                                             "^",
                                             "!secret",
                                             "!env",
                                             "!Ref",
                                             "!Sub",
                                             "!GetAtt",
                                             "!ImportValue",
                                             "{{",
                                             "infisical://",
                                             "bws://",
                                             "doppler://",
                                             "akv:",
                                             "gcpsm:",
                                             "awssm:",
                                             "secretsmanager:",
                                             "azurekeyvault://",
                                             "lookup(",
                                             "hiera(",
                                             "Deno.env",
                                             "import.meta.env",
                                             "env.",
                                             "Env.",
                                             "ENV.",
                                             "viper.",
                                             "secretKeyRef",
                                             "valueFrom",
                                             "base64:{{",
                                             "@Microsoft.KeyVault",
                                             "projects/",
                                             "{aes}",
                                             "{SSHA}",
                                             "{crypt}",
                                             "pass:env",
                                             "fd:"};
        bool marks = false, digits = false;

        /* @name, #anchor and /path hold nothing but more of a name; passwords begin with them too
         */
        for (size_t i = 1; i < n; i++) {
                digits |= isdigit(s[i]) != 0;
                marks |= !isalnum(s[i]) && s[i] < 0x80 && !strchr("_.-/:, ", s[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(starts); i++) {
                if (n == 0 || tolower(s[0]) != tolower((unsigned char)starts[i][0]))
                        continue;
                size_t k = strlen(starts[i]);
                if (n >= k && strncasecmp((const char *)s, starts[i], k) == 0 &&
                    (k > 1 || !((marks && n >= 8) || (digits && n >= 16))))
                        return true;
        }
        static const char *const parts[] = {"://", "\\n", "..."};
        static const char *const operators[] = {"->", "::", "=>", "&&", "||"};
        static const char *const formats[] = {"%s"};
        return placeholder_holds_any(s, n, parts, ELEMENTSOF(parts)) ||
               (!quoted && placeholder_holds_any(s, n, operators, ELEMENTSOF(operators))) ||
               (n < 40 && placeholder_holds_any(s, n, formats, ELEMENTSOF(formats)));
}

bool placeholder_word(const uint8_t *s, size_t n)
{
        static const char *const words[] = {"true",
                                            "false",
                                            "none",
                                            "null",
                                            "nil",
                                            "undefined",
                                            "required",
                                            "optional",
                                            "string",
                                            "str",
                                            "text",
                                            "bytes",
                                            "number",
                                            "integer",
                                            "boolean",
                                            "object",
                                            "yes",
                                            "no",
                                            "on",
                                            "off",
                                            "unknown",
                                            "default",
                                            "empty",
                                            "disabled",
                                            "enabled",
                                            "hidden",
                                            "auto",
                                            "env",
                                            "secret",
                                            "token",
                                            "key",
                                            "apikey",
                                            "api_key",
                                            "value",
                                            "username",
                                            "user",
                                            "redacted",
                                            "todo",
                                            "fixme",
                                            "tbd",
                                            "n/a",
                                            "password",
                                            "passwd",
                                            "pwd",
                                            "pass",
                                            "basic",
                                            "bearer",
                                            "xxx",
                                            "***",
                                            "sha256",
                                            "md5",
                                            "plain",
                                            "stdin",
                                            "prompt",
                                            "file",
                                            "options",
                                            "validate",
                                            "type",
                                            "input",
                                            "email",
                                            "changeit",
                                            "passwort",
                                            "kennwort",
                                            "contrasena",
                                            "contraseña",
                                            "lösenord",
                                            "hasło",
                                            "пароль",
                                            "密码",
                                            "パスワード",
                                            "senha",
                                            "wachtwoord",
                                            "lozenord",
                                            "adgangskode",
                                            "salasana",
                                            "jelszo",
                                            "heslo",
                                            "sifre",
                                            "haslo",
                                            "null,",
                                            "secrets",
                                            "tokens",
                                            "credentials",
                                            "keys",
                                            "passphrase",
                                            "login",
                                            "admin-password",
                                            "nope",
                                            "missing",
                                            "invalid",
                                            "expired",
                                            "private",
                                            "public",
                                            "base64",
                                            "hex",
                                            "utf-8",
                                            "utf8",
                                            "json",
                                            "jwt",
                                            "oauth",
                                            "oauth2",
                                            "apitoken",
                                            "api-key",
                                            "api-token",
                                            "access_token",
                                            "refresh_token",
                                            "client_secret",
                                            "secret_key",
                                            "masked",
                                            "encrypted",
                                            "hashed",
                                            "bcrypt",
                                            "argon2",
                                            "scrypt",
                                            "pbkdf2",
                                            "hmac",
                                            "hs256",
                                            "rs256",
                                            "es256",
                                            "sha512",
                                            "sha1",
                                            "keyring",
                                            "vault",
                                            "ask",
                                            "inherit",
                                            "external",
                                            "generated",
                                            "random",
                                            "never",
                                            "always",
                                            "session",
                                            "cookie",
                                            "header",
                                            "query",
                                            "body",
                                            "param",
                                            "bool",
                                            "int",
                                            "varchar",
                                            "char",
                                            "uuid",
                                            "date",
                                            "float",
                                            "double",
                                            "any",
                                            "void",
                                            "function",
                                            "callback",
                                            "static",
                                            "const",
                                            "let",
                                            "var",
                                            "return",
                                            "this",
                                            "self",
                                            "super",
                                            "async",
                                            "await",
                                            "new"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (n == strlen(words[i]) && strncasecmp((const char *)s, words[i], n) == 0)
                        return true;
        return false;
}
