/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/host-files.h"
#include "tests/unit/test.h"

static const char *format_of(const char *path, const char *text)
{
        const struct format *format = format_guess(path, text, strlen(text));

        return format ? format->name : "";
}

static void a_path_says_which_file_it_is(void **state)
{
        static const struct {
                enum artefact_kind kind;
                const char *path, *format;
        } cases[] = {
                {ARTEFACT_SUDOERS, "etc/sudoers", "sudoers"},
                {ARTEFACT_SUDOERS, "rootfs/etc/sudoers.d/90-agent", "sudoers"},
                {ARTEFACT_PAM, "etc/pam.d/sshd", "pam"},
                {ARTEFACT_PAM, "etc/pam.conf", "pam"},
                {ARTEFACT_SSHD_CONFIG, "etc/ssh/sshd_config", "sshd"},
                {ARTEFACT_SSHD_CONFIG, "etc/ssh/sshd_config.d/10-agent.conf", "sshd"},
                {ARTEFACT_NONE, "home/a/.ssh/config", "ssh"},
                {ARTEFACT_CRONTAB, "etc/cron.d/agent", "crontab"},
                {ARTEFACT_CRONTAB, "var/spool/cron/crontabs/root", "crontab"},
                {ARTEFACT_SSH_AUTHORIZED_KEYS, ".ssh/authorized_keys2", "authorized_keys"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct host_file *file = host_file_by_path(cases[i].path);

                assert_non_null(file);
                assert_int_equal(file->kind, cases[i].kind);
                assert_string_equal(file->format->name, cases[i].format);
                assert_string_equal(format_of(cases[i].path, "x"), cases[i].format);
                assert_int_equal(host_file_kind(cases[i].format), cases[i].kind);
        }
        assert_null(host_file_by_path("etc/cron.daily/logrotate"));
        assert_null(host_file_by_path("etc/ssh/sshd_config.d/README"));
}

static void a_telling_name_counts_more(void **state)
{
        (void)state;
        assert_string_equal(format_of("tasks/authorized_keys.yml", "a: b\n"), "yaml");
        assert_string_equal(format_of("templates/sudoers.j2", "x"), "sudoers");
        assert_string_equal(format_of("files/sshd_config.dist", "x"), "sshd");
        assert_string_equal(format_of("etc/cron.d/agent", "#!/bin/sh\nexit\n"), "");
}

static void lines_say_which_file_it_is(void **state)
{
        static const char sudo[] = "# x\nagent ALL=(ALL) NOPASSWD: ALL\n";
        static const char cron[] = "SHELL=/bin/sh\n0 3 * * * root /bin/x\n";
        static const char prose[] = "agent ALL=(ALL) NOPASSWD: ALL\nmeans that\nit may do all\n";

        (void)state;
        assert_string_equal(format_of("files/agent", sudo), "sudoers");
        assert_string_equal(format_of("files/agent.txt", sudo), "sudoers");
        assert_string_equal(format_of("agent.conf", sudo), "sudoers");
        assert_string_equal(format_of("agent.json", sudo), "json");
        assert_string_equal(format_of("jobs", cron), "crontab");
        assert_string_equal(format_of("su", "auth required pam_unix.so\n"), "");
        assert_string_equal(
                format_of("su", "auth required pam_unix.so\naccount required pam_unix.so\n"),
                "pam");
        assert_string_equal(format_of("keys", "restrict ssh-rsa AAAA a\n"), "authorized_keys");
        assert_string_equal(format_of("ssh.conf", "Port 22\nPermitRootLogin no\nUsePAM yes\n"
                                                  "PasswordAuthentication no\n"),
                            "sshd");
        assert_string_equal(format_of("notes", prose), "");
        assert_string_equal(format_of("code", "let app = f();\nvar x = (1);\n"), "");
        assert_null(host_file_by_lines(NULL, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_path_says_which_file_it_is),
                cmocka_unit_test(a_telling_name_counts_more),
                cmocka_unit_test(lines_say_which_file_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
