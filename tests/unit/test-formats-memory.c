/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Every allocation of the readers fails once: parse() says -ENOMEM, nothing leaks (the sanitizers
 * look), and what there is of the tree is consistent. The linker puts the functions below in the
 * way.
 */
#include <string.h>

#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static size_t fail_at; /* the allocation that fails, from 1; 0: none */
static size_t allocations;

static bool fails(void)
{
        allocations++;
        return fail_at > 0 && allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
        return fails() ? NULL : __real_realloc(p, size);
}

static int embed(struct node *n, void *userdata)
{
        (void)doc_embedded(userdata, n);
        return 0;
}

/* Returns whether the failing allocation was reached. */
static bool try_failing(const char *format, const char *data, size_t at)
{
        const struct format *f = format_by_name(format) ?: format_guess(format, "", 0);
        struct doc_error error;
        struct doc *d = NULL;

        allocations = 0;
        fail_at = at;
        int r = doc_new(&d, NULL);
        if (r == 0)
                r = f->parse(d, data, strlen(data), &error);
        bool reached = allocations >= at;
        fail_at = 0;
        assert_int_equal(r, reached ? -ENOMEM : 0);
        if (d)
                tree_assert_consistent(doc_root(d), strlen(data));
        doc_free(d);
        return reached;
}

/* What fails while a string is read as a document is only that document. */
static void try_failing_embedded(const char *format, const char *data)
{
        for (size_t at = 1; at < 20; at++) {
                _cleanup_(doc_freep) struct doc *d = NULL;
                struct doc_error error;

                assert_int_equal(tree_parse(format, data, strlen(data), &d, &error), 0);
                allocations = 0;
                fail_at = at;
                (void)node_walk(doc_root(d), embed, d);
                fail_at = 0;
                tree_assert_consistent(doc_root(d), strlen(data));
        }
}

static void every_allocation_may_fail(void **state)
{
        static const struct {
                const char *format, *data;
        } cases[] = {
                {"json", "[{\"a\": [1, \"x\"]}, \"{\\\"e\\\": 1}\"]\n"},
                {"yaml", "a: &x {k: [1, 'v']}\nb: *x\nc:\n  <<: *x\n? [q]\n: \xff\n"},
                {"hcl",
                 "a \"b\" {\n  p = jsonencode({ s = [[[[1]]]] })\n  q = \"{\\\"e\\\": 1}\"\n}\n"},
                {"main.tf.json", "{\"resource\": {\"t\": {\"x\": [{\"a\": 1}]}}}\n"},
                {"ini", "a = b\na = c\n[c]\nd: e \\\n f\n"},
                {"ini", "a.b = \"x\"\n[c.d]\ne = [1]\n[[h]]\n"},
                {"bicep", "@allowed(['a'])\nparam p string = 'x${y}'\nvar v = '{\"e\": 1}'\n"
                          "resource r 'A.B/c@1' = [for x in y: if (z) {\n  a: [b]\n}]\n"},
                {"xml", "<a b='&lt;'><c/>x&gt;<c>{\"e\": 1}</c></a>\n"},
                {"dotenv", "A=1\nA='{\"e\": 1}'\n"},
                {"sudoers", "User_Alias A = b, !c\nDefaults:A !d, env_keep += \"e f\"\n@include g\n"
                            "A ALL = (h : i) NOPASSWD: /j, !/k\n"},
                {"sshd", "Port 1\nPort 2\nMatch User a,b\nForceCommand c\n"},
                {"crontab", "A=b\n@daily root c%d\n"},
                {"pam", "-auth [a=b] c.so d\nauth sufficient pam_permit.so\n@include e\n"},
                {"authorized_keys", "a,b=\"c\",b=\"d\" ssh-rsa AAAA e\n"},
                {"rego", "package a\ndefault b := {\"e\": 1}\nc if { d(1) == 2 } else := 3\n"},
                {"cedar",
                 "@a(\"b\")\npermit(principal in A::\"b\", action, resource) when { c };\n"},
                {"sql", "GRANT a ON b TO c;\nCREATE ROLE d SUPERUSER PASSWORD 'e';\n"},
                {"polkit",
                 "polkit.addRule(function(a, s) { if (a.id == 'b' && s.isInGroup('c')) return "
                 "polkit.Result.YES; return ['d']; });\n"},
                {"casbin", "p, a, \"b\"\"c\", d\n"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                size_t at = 1;

                while (try_failing(cases[i].format, cases[i].data, at))
                        at++;
                assert_true(at > 2);
                try_failing_embedded(cases[i].format, cases[i].data);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_allocation_may_fail),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
