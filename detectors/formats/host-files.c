/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which of the host's identity files a file is: by its path (host-files.def), or by its
 * lines wherever it lies (a role's files/agent-sudo, crontab.txt).
 * Does not own: how they are read (sudoers.c, pam.c, sshd.c, crontab.c, authorized-keys.c).
 */
#include "detectors/formats/host-files.h"

#include <ctype.h>
#include <string.h>

#include "common/base/glob.h"
#include "common/base/macros.h"
#include "detectors/formats/text-lines.h"

#define LOOKED_AT ((size_t)64 * 1024)

/* --- by path ------------------------------------------------------------------------------- */

static const struct host_file files[] = {
#define HOST_FILE(kind, format, glob) {ARTEFACT_##kind, &format_##format, glob},
#include "common/model/host-files.def"
#undef HOST_FILE
};

static struct glob_hint hints[ELEMENTSOF(files)];
static struct glob_table globs = GLOB_TABLE(files, glob, hints);

const struct host_file *host_file_by_path(const char *path)
{
        const struct glob_path p = glob_path(path);

        for (size_t i = 0; (i = glob_table_next(&globs, &p, i)) < ELEMENTSOF(files); i++)
                if (glob_fits(files[i].glob, &hints[i], &p))
                        return &files[i];
        return NULL;
}

/* --- by lines ------------------------------------------------------------------------------ */

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

        if (text_line_begins_one_of(s, words, ELEMENTSOF(words)))
                return LINE_FITS;
        if (!equals || strpbrk(s, "|>;"))
                return LINE_FOREIGN;
        const char *behind = equals + 1 + strspn(equals + 1, " \t");
        return strstr(equals, "NOPASSWD:") || strstr(equals, "ALL") ||
                               (*behind == '(' && strchr(behind, '/'))
                       ? LINE_TELLS
                       : LINE_FOREIGN;
}

static enum line_fit pam_line(const char *s)
{
        static const char *const types[] = {"auth",  "account",  "password", "session",
                                            "-auth", "-account", "-session", "-password"};

        if (text_line_begins(s, "@include"))
                return LINE_FITS;
        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                size_t n = strlen(types[i]);

                if (text_line_begins(s, types[i]) && isspace((unsigned char)s[n]))
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
        return text_line_begins_one_of(s, options, ELEMENTSOF(options)) ? LINE_TELLS : LINE_FITS;
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

        if (text_line_begins_one_of(s, telling, ELEMENTSOF(telling)))
                return LINE_TELLS;
        return text_line_begins_one_of(s, words, ELEMENTSOF(words)) ? LINE_FITS : LINE_FOREIGN;
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

        if (text_line_begins_one_of(s, nicknames, ELEMENTSOF(nicknames)))
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

static const struct line_grammar grammars[] = {
        {sudoers_line, 1}, {pam_line, 2},     {authorized_keys_line, 1},
        {sshd_line, 2},    {crontab_line, 1},
};

static const struct host_file told[ELEMENTSOF(grammars)] = {
        {ARTEFACT_SUDOERS, &format_sudoers, "sudo rules"},
        {ARTEFACT_PAM, &format_pam, "PAM rules"},
        {ARTEFACT_SSH_AUTHORIZED_KEYS, &format_authorized_keys, "keys with login options"},
        {ARTEFACT_SSHD_CONFIG, &format_sshd, "SSH server settings"},
        {ARTEFACT_CRONTAB, &format_crontab, "scheduled commands"},
};

const struct host_file *host_file_by_lines(const char *data, size_t n)
{
        int i = line_grammar_pick(grammars, ELEMENTSOF(grammars), data, MIN_OF(n, LOOKED_AT));

        return i < 0 ? NULL : &told[i];
}

enum artefact_kind host_file_kind(const char *format)
{
        for (size_t i = 0; i < ELEMENTSOF(told); i++)
                if (strcmp(told[i].format->name, format) == 0)
                        return told[i].kind;
        return ARTEFACT_NONE;
}
