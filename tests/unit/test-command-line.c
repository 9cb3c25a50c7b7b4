/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Command lines as people and agents write them, and what is shown of them. '^' stands between arguments; %S is a password,
 * %T a token and %B a blob, put together at run time.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/command-line.h"
#include "tests/unit/test.h"

#define SHOWN_MAX 1024

/* invented, and in pieces */
static const char *const secrets[][2] = {
        {"%S", "Tr0ub"
               "4dor"},
        {"%T", "glpat-"
               "Zq7Lm2Xv9Rt4Kp8Wn3Bc"},
        {"%B", "Kq7Zw2Lm9Rt4Xc6V"
               "b1Nd8Fg3/Hj5Ps0Ay+QeTu=="},
};

static size_t expand(char *dst, size_t size, const char *line)
{
        size_t n = 0;

        for (const char *s = line; *s && n + 64 < size;) {
                const char *with = NULL;

                for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
                        if (strncmp(s, secrets[i][0], 2) == 0)
                                with = secrets[i][1];
                if (with)
                        n += (size_t)snprintf(dst + n, size - n, "%s", with);
                else
                        dst[n++] = *s == '^' ? '\0' : *s;
                s += with ? 2 : 1;
        }
        dst[n++] = '\0';
        return n;
}

struct case_of_line {
        const char *line, *shown;
};

static void check(const struct case_of_line *cases, size_t n)
{
        char raw[4096], shown[SHOWN_MAX];
        unsigned bad = 0;

        for (size_t i = 0; i < n; i++) {
                size_t size = expand(raw, sizeof(raw), cases[i].line);
                int said = command_line_mask(NULL, raw, size, false, shown, sizeof(shown));

                /* it also says whether it masked something */
                if (said != !strstr(shown, "[...]")) {
                        print_error("%s\n  returned %d\n", cases[i].line, said);
                        bad++;
                }
                if (strcmp(shown, cases[i].shown) != 0) {
                        print_error("%s\n  is  %s\n  not %s\n", cases[i].line, shown,
                                    cases[i].shown);
                        bad++;
                }
                for (size_t k = 0; k < ELEMENTSOF(secrets); k++)
                        if (strstr(shown, secrets[k][1])) {
                                print_error("%s\n  shows %s\n", cases[i].line, secrets[k][1]);
                                bad++;
                        }
        }
        assert_int_equal(bad, 0);
}
/* cases */

static void names_say_that_a_secret_follows(void **state)
{
        static const struct case_of_line cases[] = {
                {"deploy^--password=%S", "deploy --password=[...]"},
                {"deploy^--password^%S^--verbose", "deploy --password [...] --verbose"},
                {"deploy^--password=%S and more^--verbose", "deploy '--password=[...]' --verbose"},
                {"deploy^--db-password^%S", "deploy --db-password [...]"},
                {"deploy^--apiKey^%S^--region^eu", "deploy --apiKey [...] --region eu"},
                {"deploy^-password^%S", "deploy -password [...]"},
                {"deploy^--token^%T", "deploy --token [...]"},
                {"deploy^--token=%T^--host^a.example", "deploy --token=[...] --host a.example"},
                {"deploy^--password-file^/run/secrets/db",
                 "deploy --password-file /run/secrets/db"},
                {"deploy^--password^--token^%S", "deploy --password [...] [...]"},
                {"env^PGPASSWORD=%S^psql^-h^db^-U^app", "env PGPASSWORD=[...] psql -h db -U app"},
                {"sh^-c^PGPASSWORD=%S psql -h db -U app",
                 "sh -c 'PGPASSWORD=[...] psql -h db -U app'"},
                {"sh^-c^PGPASSWORD='%S x' psql -h db", "sh -c \"PGPASSWORD=[...] psql -h db\""},
                {"bash^-lc^export GITHUB_TOKEN=\"%S x\"; make test",
                 "bash -lc 'export GITHUB_TOKEN=[...] make test'"},
                {"bash^-c^curl -d \"user=a&token=%S\" https://a.example",
                 "bash -c 'curl -d \"user=a&token=[...] https://a.example'"},
                {"bash^-c^cd /srv && DB_PASS=a\\ %S ./run --fast",
                 "bash -c 'cd /srv && DB_PASS=[...] ./run --fast'"},
                {"bash^-c^deploy --password %S --region eu",
                 "bash -c 'deploy --password [...] --region eu'"},
                {"bash^-c^deploy --password \"%S x\" --region eu",
                 "bash -c 'deploy --password [...] --region eu'"},
                {"java^-Djavax.net.ssl.keyStorePassword=%S^-jar^app.jar",
                 "java -Djavax.net.ssl.keyStorePassword=[...] -jar app.jar"},
                {"python3^-c^password = '%S x'; print(1)",
                 "python3 -c \"password = [...] print(1)\""},
                {"python3^-c^connect(host=\"h\", password=\"%S\", port=1)",
                 "python3 -c 'connect(host=\"h\", password=[...] port=1)'"},
                {"node^-e^fetch({\"apiKey\": \"%S\"})", "node -e 'fetch({\"apiKey\": [...]'"},
                {"ansible-playbook^site.yml^-e^db_password=%S",
                 "ansible-playbook site.yml -e db_password=[...]"},
                {"terraform^apply^-var^db_password=%S", "terraform apply -var db_password=[...]"},
                {"helm^upgrade^app^./chart^--set^auth.password=%S,replicas=2",
                 "helm upgrade app ./chart --set auth.password=[...]"},
                {"kubectl^create^secret^generic^db^--from-literal=user=%S",
                 "kubectl create secret generic db --from-literal=[...]"},
                {"kubectl^config^set-credentials^me^--token=%S",
                 "kubectl config set-credentials [...] --token=[...]"},
                {"aws^configure^set^aws_secret_access_key^%S",
                 "aws configure set aws_secret_access_key [...]"},
                {"git^config^--global^user.password^%S", "git config --global user.password [...]"},
                {"npm^config^set^//registry.example/:_authToken^%S",
                 "npm config set //registry.example/:_authToken [...]"},
                {"vault^kv^put^secret/db^password=%S", "vault kv put secret/db [...]"},
                {"gh^secret^set^NAME^--body^%S", "gh secret set NAME --body [...]"},
                {"psql^host=db user=app password=%S", "psql 'host=db user=app password=[...]'"},
                {"sqlcmd^-S^srv^-U^sa^-P^%S", "sqlcmd -S srv -U sa -P [...]"},
        };

        (void)state;
        check(cases, ELEMENTSOF(cases));
}

static void programs_are_known_to_take_secrets(void **state)
{
        static const struct case_of_line cases[] = {
                {"mysql^-u^root^-p%S^app", "mysql -u root -p[...] app"},
                {"mysqldump^-p^%S^app", "mysqldump -p [...] app"},
                {"sudo^mysql^-uroot^-p%S", "sudo mysql -uroot -p[...]"},
                {"docker^exec^db^mysql^-p%S", "docker exec db mysql -p[...]"},
                {"sh^-c^mysql -uroot -p\"%S x\" app", "sh -c 'mysql -uroot -p[...] app'"},
                {"sshpass^-p^%S^ssh^host", "sshpass -p [...] ssh host"},
                {"sshpass^-p%S^ssh^host", "sshpass -p[...] ssh host"},
                {"redis-cli^-a^%S^ping", "redis-cli -a [...] ping"},
                {"ldapsearch^-x^-D^cn=admin^-w^%S", "ldapsearch -x -D cn=admin -w [...]"},
                {"curl^-u^user:%S^https://a.example/x", "curl -u [...] https://a.example/x"},
                {"curl^-uuser:%S^https://a.example/x", "curl -u[...] https://a.example/x"},
                {"curl^-sSu^user:%S^https://a.example/x", "curl -sSu [...] https://a.example/x"},
                {"curl^--user^user:%S^https://a.example/x",
                 "curl --user [...] https://a.example/x"},
                {"wget^--user=u^--http-password=%S^https://a.example",
                 "wget --user=[...] --http-password=[...] https://a.example"},
                {"curl^-H^Authorization: Bearer %S^https://a.example",
                 "curl -H 'Authorization: [...]' https://a.example"},
                {"curl^-H^X-Api-Key:%S^https://a.example",
                 "curl -H X-Api-Key:[...] https://a.example"},
                {"curl^--header^Cookie: a=b; session=%S^https://a.example",
                 "curl --header 'Cookie: [...]' https://a.example"},
                {"curl^-d^{\"user\":\"a\",\"password\":\"%S\"}^https://a.example",
                 "curl -d '{\"user\":\"a\",\"password\":[...]' https://a.example"},
                {"sh^-c^curl -H 'Authorization: Bearer %S' https://a.example",
                 "sh -c \"curl -H 'Authorization: [...]\""},
                {"docker^run^-e^DB=%S^-p^80:80^img", "docker run -e [...] -p 80:80 img"},
                {"docker^run^--env^DB=%S^img", "docker run --env [...] img"},
                {"docker^login^-u^me^-p^%S^reg.example", "docker login -u me -p [...] reg.example"},
                {"openssl^enc^-aes-256-cbc^-pass^pass:%S", "openssl enc -aes-256-cbc -pass [...]"},
                {"openssl^rsa^-passin^pass:%S^-in^a.pem", "openssl rsa -passin [...] -in a.pem"},
                {"smbclient^//h/s^-U^user%%S", "smbclient //h/s -U [...]"},
                {"zip^-P^%S^a.zip^a", "zip -P [...] a.zip a"},
                {"htpasswd^-b^-c^f^user^%S", "htpasswd -b -c f user [...]"},
                {"sqlplus^scott/%S@orcl^@x.sql", "sqlplus scott/[...] @x.sql"},
                {"ipmitool^-H^h^-U^admin^-P^%S^chassis", "ipmitool -H h -U admin -P [...] chassis"},
                {"xfreerdp^/u:me^/p:%S^/v:h", "xfreerdp /u:me /p:[...] /v:h"},
                {"sh^-c^echo %S | docker login --password-stdin -u me",
                 "sh -c 'echo [...]| docker login --password-stdin -u me'"},
                {"sh^-c^cat <<< \"%S x\"", "sh -c 'cat <<< [...]'"},
                {"snmpwalk^-v2c^-c^%S^h", "snmpwalk -v2c -c [...] h"},
        };

        (void)state;
        check(cases, ELEMENTSOF(cases));
}

static void places_and_shapes_tell_secrets(void **state)
{
        static const struct case_of_line cases[] = {
                {"git^clone^https://me:%S@git.example/r.git",
                 "git clone https://[...]@git.example/r.git"},
                {"git^clone^https://%S@git.example/r.git",
                 "git clone https://[...]@git.example/r.git"},
                {"git^clone^ssh://git@git.example/r.git", "git clone ssh://git@git.example/r.git"},
                {"psql^postgresql://app:%S@db:5432/app?sslmode=require",
                 "psql postgresql://[...]@db:5432/app?sslmode=require"},
                {"psql^postgresql://app:%S/x@db/app", "psql postgresql://[...]@db/app"},
                {"redis-cli^-u^redis://:%S@cache:6379", "redis-cli -u redis://[...]@cache:6379"},
                {"curl^https://a.example/x?access_token=%S&b=c",
                 "curl https://a.example/x?access_token=[...]"},
                {"rsync^-a^me:%S@h::m^/x", "rsync -a me:[...]@h::m /x"},
                {"tool^%B", "tool [...]=="},
                {"tool^%T", "tool [...]"},
                {"tool^x=%B", "tool x=[...]=="},
                {"kubectl^--token^%T^get^pods", "kubectl --token [...] get pods"},
                {"xh^get^a.example^Authorization:Bearer %S",
                 "xh get a.example 'Authorization:[...]'"},
                {"tool^Bearer^%S", "tool Bearer [...]"},
                {"sh^-c^git clone https://%S@git.example/r && make",
                 "sh -c 'git clone https://[...]@git.example/r && make'"},
                {"tool^-----BEGIN KEY----- %S", "tool '[...]'"},
        };

        (void)state;
        check(cases, ELEMENTSOF(cases));
}

static void what_is_no_secret_stays_readable(void **state)
{
        static const struct case_of_line cases[] = {
                {"git^commit^-m^Fix the token parser", "git commit -m 'Fix the token parser'"},
                {"git^push^origin^main", "git push origin main"},
                {"terraform^apply^-auto-approve", "terraform apply -auto-approve"},
                {"kubectl^get^secret^foo^-n^prod", "kubectl get secret foo -n prod"},
                {"npm^run^build", "npm run build"},
                {"python3^manage.py^migrate^--noinput", "python3 manage.py migrate --noinput"},
                {"docker^run^--rm^-p^8080:80^nginx:1.25", "docker run --rm -p 8080:80 nginx:1.25"},
                {"psql^-h^db^-p^5432^-U^app", "psql -h db -p 5432 -U app"},
                {"ssh^-p^22^me@host^uptime", "ssh -p 22 me@host uptime"},
                {"make^-j8^CC=clang", "make -j8 CC=clang"},
                {"go^test^./...^-run^TestX", "go test ./... -run TestX"},
                {"/usr/lib/python3/dist-packages/x.py^--out=/srv/a/b",
                 "/usr/lib/python3/dist-packages/x.py --out=/srv/a/b"},
                {"node^/srv/app/node_modules/.bin/vite^build^--mode^production",
                 "node /srv/app/node_modules/.bin/vite build --mode production"},
                {"rsync^-a^src/^host:/srv/dst/", "rsync -a src/ host:/srv/dst/"},
                {"npm^install^@scope/pkg@1.2.3", "npm install @scope/pkg@1.2.3"},
                {"cargo^build^--release^--target^x86_64-unknown-linux-gnu",
                 "cargo build --release --target x86_64-unknown-linux-gnu"},
                {"sh^-c^ls -l /tmp && echo done > out.txt",
                 "sh -c 'ls -l /tmp && echo done > out.txt'"},
                {"find^.^-name^*.py^-newer^x", "find . -name *.py -newer x"},
                {"pytest^-k^auth and not slow^-x", "pytest -k 'auth and not slow' -x"},
        };

        (void)state;
        check(cases, ELEMENTSOF(cases));
}

static int mask(const char *raw, size_t n, bool cut, char shown[static SHOWN_MAX])
{
        int k = command_line_mask(NULL, raw, n, cut, shown, SHOWN_MAX);

        assert_true(k >= 0);
        assert_true(text_is_printable(shown, strlen(shown)));
        return k;
}

static void a_word_that_was_cut_is_not_shown(void **state)
{
        static const char words[] = "tool\0--name\0half-of-a", script[] = "sh\0-c\0run half";
        char shown[SHOWN_MAX];

        (void)state;
        assert_int_equal(mask(words, sizeof(words) - 1, true, shown), 0);
        assert_string_equal(shown, "tool --name …");
        (void)mask(script, sizeof(script) - 1, true, shown);
        assert_string_equal(shown, "sh -c 'run ' …");
        (void)mask("half", 4, true, shown);
        assert_string_equal(shown, "…");
        (void)mask("", 0, false, shown);
        assert_string_equal(shown, "");
}

static void what_is_shown_is_short_and_printable(void **state)
{
        char raw[8000], shown[SHOWN_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(raw); i++)
                raw[i] = i % 5 == 4 ? '\0' : "ab\x1b\xff"[i % 5];
        (void)mask(raw, sizeof(raw), false, shown);
        assert_true(strlen(shown) > SHOWN_MAX - 16);
        assert_non_null(strstr(shown, "\\x1b"));
        memset(raw, '=', sizeof(raw));
        (void)mask(raw, sizeof(raw), false, shown);
        memset(raw, ':', sizeof(raw));
        (void)mask(raw, sizeof(raw), false, shown);
        memset(raw, '"', sizeof(raw));
        (void)mask(raw, sizeof(raw), false, shown);
}

/* Whatever stands before it. */
static void a_password_is_not_shown_behind_anything(void **state)
{
        static const char *const before[] = {"x\"", "x'",  "`", "\\",  "-c",         "-p",
                                             "--",  "-",   "=", ":",   "--password", "a://b:c",
                                             "@",   "<<<", "#", "<<E", "$("};
        char raw[256], shown[SHOWN_MAX];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(before); i++)
                for (unsigned script = 0; script < 2; script++) {
                        char line[128];

                        (void)snprintf(line, sizeof(line), "%s^%s%c--password%c%%S",
                                       script ? "-c" : "a", before[i], script ? ' ' : '^',
                                       script ? ' ' : '^');
                        mask(raw, expand(raw, sizeof(raw), line), false, shown);
                        if (strstr(shown, secrets[0][1]))
                                fail_msg("%s: %s", line, shown);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_say_that_a_secret_follows),
                cmocka_unit_test(programs_are_known_to_take_secrets),
                cmocka_unit_test(places_and_shapes_tell_secrets),
                cmocka_unit_test(what_is_no_secret_stays_readable),
                cmocka_unit_test(a_word_that_was_cut_is_not_shown),
                cmocka_unit_test(what_is_shown_is_short_and_printable),
                cmocka_unit_test(a_password_is_not_shown_behind_anything),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
