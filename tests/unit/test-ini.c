/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void values_know_their_places(void **state)
{
        (void)state;
        tree_assert("ini",
                    "top = 1\n"
                    "[one]\n"
                    "a=b ; why\r\n"
                    "\xc3\xa4 : \"x;y\" # z\n"
                    "; nothing\n"
                    "\n"
                    "[two three]\n"
                    "flag\n"
                    "k v w\n",
                    "{} 1:1-9 0+73\n"
                    "  top=n'1' 1:7-1 6+1 key 1:1\n"
                    "  one={} 2:1-4 8+31 key 2:2\n"
                    "    a=s'b' 3:3-3 16+1 key 3:1\n"
                    "    \xc3\xa4=q'x;y' 4:5-4 30+5 key 4:1\n"
                    "  two three={} 7:1-9 51+22 key 7:2\n"
                    "    flag=null 8:5-8 67+0 key 8:1\n"
                    "    k=s'v w' 9:3-9 70+3 key 9:1\n");
}

static void units_repeat_keys_and_continue_lines(void **state)
{
        (void)state;
        tree_assert_shape("ini",
                          "[Unit]\n"
                          "Description=a # b\n"
                          "[Service]\n"
                          "ExecStart=/bin/a \\\n"
                          "    --b \\\n"
                          "# no\n"
                          "    --c\n"
                          "Environment=A=1\n"
                          "NoNewPrivileges=no\n"
                          "Environment=\"B=2\"\n"
                          "ExecStart=\n",
                          "{}\n"
                          "  Unit={}\n"
                          "    Description=s'a # b'\n"
                          "  Service={}\n"
                          "    ExecStart=[]\n"
                          "      s'/bin/a  --b  --c'\n"
                          "      s''\n"
                          "    Environment=[]\n"
                          "      s'A=1'\n"
                          "      q'B=2'\n"
                          "    NoNewPrivileges=s'no'\n");
}

static void repeated_sections_are_a_sequence(void **state)
{
        (void)state;
        tree_assert_shape("ini", "[a]\nx=y\n[b]\n[a]\nx=z\n",
                          "{}\n"
                          "  a=[]\n"
                          "    {}\n      x=s'y'\n"
                          "    {}\n      x=s'z'\n"
                          "  b={}\n");
}

static void indented_lines_belong_to_the_value_above(void **state)
{
        (void)state;
        tree_assert("ini",
                    "[a]\n"
                    "k =\n"
                    "  one\n"
                    "  # no\n"
                    "  two ; no\n"
                    "l = x\n"
                    "\tm = y\n",
                    "{} 1:1-7 0+44\n"
                    "  a={} 1:1-7 0+44 key 1:2\n"
                    "    k=s'one\\ntwo' 3:3-5 10+16 key 2:1\n"
                    "    l=s'x\\nm = y' 6:5-7 36+8 key 6:1\n");
        /* as git indents its keys */
        tree_assert_shape("ini",
                          "[core]\n\ta = 1\n\tb = Off\n[remote \"o\"]\n\turl = https://x:y@z\n",
                          "{}\n"
                          "  core={}\n    a=n'1'\n    b=s'Off'\n"
                          "  remote \"o\"={}\n    url=s'https://x:y@z'\n");
}

static void keys_keep_their_dots_outside_toml(void **state)
{
        (void)state;
        tree_assert_shape("ini", "session.cookie_secure = Off\nspring.p=x:y\n//r.org/:_auth=z\n",
                          "{}\n"
                          "  session.cookie_secure=s'Off'\n"
                          "  spring.p=s'x:y'\n"
                          "  //r.org/:_auth=s'z'\n");
}

static void toml_has_tables_and_types(void **state)
{
        (void)state;
        tree_assert_shape("ini",
                          "title = \"a\\tb\" # c\n"
                          "n = 1_000\n"
                          "d = 1979-05-27T07:32:00Z\n"
                          "lit = 'C:\\x'\n"
                          "multi = \"\"\"\n"
                          "one\n"
                          "[two] = \"q\"\n"
                          "\"\"\"\n"
                          "list = [1, \"x\", # no\n"
                          "  [true],\n"
                          "  { a.b = 1, \"c d\" = 'e' },\n"
                          "]\n"
                          "[a.b.\"c.d\"]\n"
                          "x.y = 1.5\n"
                          "x.z = 2\n"
                          "[a]\n"
                          "k = true\n"
                          "[[arr]]\n"
                          "n = 1\n"
                          "[arr.sub]\n"
                          "s = 1\n"
                          "[[arr]]\n"
                          "n = 2\n",
                          "{}\n"
                          "  title=q'a\tb'\n"
                          "  n=n'1000'\n"
                          "  d=s'1979-05-27T07:32:00Z'\n"
                          "  lit=q'C:\\x'\n"
                          "  multi=q'one\\n[two] = \"q\"\\n'\n"
                          "  list=[]\n"
                          "    n'1'\n"
                          "    q'x'\n"
                          "    []\n"
                          "      b'true'\n"
                          "    {}\n"
                          "      a={}\n"
                          "        b=n'1'\n"
                          "      c d=q'e'\n"
                          "  a={}\n"
                          "    b={}\n"
                          "      c.d={}\n"
                          "        x={}\n"
                          "          y=n'1.5'\n"
                          "          z=n'2'\n"
                          "    k=b'true'\n"
                          "  arr=[]\n"
                          "    {}\n"
                          "      n=n'1'\n"
                          "      sub={}\n"
                          "        s=n'1'\n"
                          "    {}\n"
                          "      n=n'2'\n");
}

static void toml_is_told_by_what_only_toml_has(void **state)
{
        (void)state;
        tree_assert_shape("ini", "[a.b]\n[[c]]\n", "{}\n  a={}\n    b={}\n  c=[]\n    {}\n");
        tree_assert_shape("ini", "\"a.b\".c = 1\n", "{}\n  a.b={}\n    c=n'1'\n");
        tree_assert_shape("ini", "a.b = 1\n", "{}\n  a.b=n'1'\n");
        tree_assert_shape("ini", "a = \"x\"\nb = y\n[c.d]\n", "{}\n  a=q'x'\n  b=s'y'\n  c.d={}\n");
        tree_assert_shape("ini", "a = \"\"\"x\\ \n\n  y\\\\\nz\"\"\"\n", "{}\n  a=q'xy\\\\nz'\n");
}

static void toml_values_know_their_places(void **state)
{
        (void)state;
        tree_assert("ini",
                    "[a.b]\n"
                    "c = [1,\n"
                    " {d = \"e\"}]\n",
                    "{} 1:1-3 0+25\n"
                    "  a={} 1:1-3 0+25 key 1:2\n"
                    "    b={} 1:1-3 0+25 key 1:4\n"
                    "      c=[] 2:5-3 10+15 key 2:1\n"
                    "        n'1' 2:6-2 11+1\n"
                    "        {} 3:2-3 15+9\n"
                    "          d=q'e' 3:7-3 20+3 key 3:3\n");
}

static void malformed_lines_are_refused_and_skipped(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "[a\nb = c\n";
        struct doc_error error;

        (void)state;
        tree_assert_bad("ini", text, 1, 3);
        assert_int_equal(tree_parse("ini", text, strlen(text), &d, &error), -EBADMSG);
        assert_non_null(node_at(doc_root(d), "a.b"));
        tree_assert_bad("ini", "a = \"x\"\nb = {c}\n", 2, 7);
        tree_assert_bad("ini", "a = [1, x]\n", 1, 9);
        tree_assert_bad("ini", "a = \"x\"\n[]\n", 2, 2);
}

static void deep_nesting_is_refused(void **state)
{
        static const char *const units[] = {"[", "{a=", "{a.b.c.d=["};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                _cleanup_buffer_ struct buffer b = BUFFER_NULL;
                _cleanup_(doc_freep) struct doc *d = NULL;
                struct doc_error error;

                buffer_puts(&b, "a = ");
                for (int k = 0; k < 1000; k++)
                        buffer_puts(&b, units[i]);
                for (int k = 0; k < 2000; k++)
                        buffer_puts(&b, "]");
                buffer_puts(&b, "\n");
                int r = tree_parse("ini", b.data, b.len, &d, &error);
                assert_true(r == -E2BIG || r == 0); /* 0: not taken for TOML */
                assert_int_equal(r, i == 0 ? 0 : r);
        }
}

static void long_section_names_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        (void)state;
        buffer_puts(&b, "a = \"toml\"\n[x");
        for (int k = 0; k < 1000; k++)
                buffer_puts(&b, ".x");
        buffer_puts(&b, "]\n");
        assert_int_equal(tree_parse("ini", b.data, b.len, &d, &error), -E2BIG);
}

static void limits_are_kept_at_every_point(void **state)
{
        (void)state;
        tree_assert_bounded("ini", "a = b\n[c]\nd: e \\\n f\ng = {\"e\": 1}\n[c]\nflag\n");
        tree_assert_bounded("ini", "a.b = \"x\"\n[c.d]\ne = [1, {f = 'g'}]\n[[h]]\ni = 1\n");
}

static void broken_text_does_no_harm(void **state)
{
        (void)state;
        tree_assert_sturdy("ini",
                           "\xef\xbb\xbf[a b]\nc = d ; e\r\nf: g \\\n  h\n\xc3\xa4\n c = 'x'\n");
        tree_assert_sturdy("ini",
                           "a.\"b\" = \"\"\"x\n\\\"\"\"\"\n[[c]]\nd = [1, {e = 'f'}, '''g''']\n"
                           "[c.h]\ni = \"j\"\n");
}

static void large_files_are_read_in_linear_time(void **state)
{
        _cleanup_buffer_ struct buffer ini = {.max = (size_t)32 << 20};
        _cleanup_buffer_ struct buffer toml = {.max = (size_t)32 << 20};

        (void)state;
        for (int i = 0; ini.len < 10000000; i++)
                buffer_printf(&ini, "[section %d]\nkey = some value\n  and more\nflag\nkey = x\n",
                              i);
        assert_int_equal(tree_time("ini", ini.data, ini.len), 0);
        for (int i = 0; toml.len < 10000000; i++)
                buffer_printf(&toml, "[a.s%d]\nkey = \"some value\"\nlist = [1, 2]\n[[t]]\n", i);
        assert_int_equal(tree_time("ini", toml.data, toml.len), 0);
}

static void assert_guess(const char *path, const char *data, const char *expected)
{
        const struct format *format = format_guess(path, data, strlen(data));

        if (!expected)
                assert_null(format);
        else
                assert_string_equal(format ? format->name : "(none)", expected);
}

static void names_tell_the_format(void **state)
{
        (void)state;
        assert_guess("a/b.json", "", "json");
        assert_guess("terraform.tfstate.backup", "", "json");
        assert_guess("main.tf.json", "", "hcl");
        assert_guess("main.tf", "", "hcl");
        assert_guess("prod.auto.tfvars", "", "hcl");
        assert_guess("x.yml", "", "yaml");
        assert_guess("deploy.yaml.j2", "", "yaml");
        assert_guess("a/.env", "", "dotenv");
        assert_guess(".env.production", "", "dotenv");
        assert_guess("prod.env", "", "dotenv");
        assert_guess("home/.aws/credentials", "", "ini");
        assert_guess("credentials", "", NULL);
        assert_guess("pyproject.toml", "", "ini");
        assert_guess("a.service", "", "ini");
        assert_guess("a.json/b.py", "{}", NULL);
        assert_guess("a.md", "---\n", NULL);
}

static void content_tells_the_format_of_bare_names(void **state)
{
        (void)state;
        assert_guess("policy", "\xef\xbb\xbf \n{\n \"Version\": 1}", "json");
        assert_guess("stack.template", "AWSTemplateFormatVersion: x\n", "yaml");
        assert_guess("stack.template", "{\"Resources\": {}}", "json");
        assert_guess("config", "# c\napiVersion: v1\n", "yaml");
        assert_guess("config", "[default]\nx = y\n", "ini");
        assert_guess("config", "[1, 2]\n", NULL);
        assert_guess("environment", "PATH=/bin\n", "dotenv");
        assert_guess("x", "resource \"a\" \"b\" {\n", "hcl");
        assert_guess("README", "Hello: world\n", NULL);
        assert_guess("run", "#!/bin/sh\nA=b\n", NULL);
        assert_guess(NULL, "---\na: b\n", "yaml");
        assert_guess("empty", "", NULL);
}

static void formats_are_known_by_name(void **state)
{
        (void)state;
        assert_string_equal(format_by_name("hcl")->name, "hcl");
        assert_null(format_by_name("pdf"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_know_their_places),
                cmocka_unit_test(units_repeat_keys_and_continue_lines),
                cmocka_unit_test(repeated_sections_are_a_sequence),
                cmocka_unit_test(indented_lines_belong_to_the_value_above),
                cmocka_unit_test(keys_keep_their_dots_outside_toml),
                cmocka_unit_test(toml_has_tables_and_types),
                cmocka_unit_test(toml_is_told_by_what_only_toml_has),
                cmocka_unit_test(toml_values_know_their_places),
                cmocka_unit_test(malformed_lines_are_refused_and_skipped),
                cmocka_unit_test(deep_nesting_is_refused),
                cmocka_unit_test(long_section_names_are_refused),
                cmocka_unit_test(limits_are_kept_at_every_point),
                cmocka_unit_test(broken_text_does_no_harm),
                cmocka_unit_test(large_files_are_read_in_linear_time),
                cmocka_unit_test(names_tell_the_format),
                cmocka_unit_test(content_tells_the_format_of_bare_names),
                cmocka_unit_test(formats_are_known_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
