/* SPDX-FileCopyrightText: giad maintainers */

/* The lexical reader: what it makes of small files in each language, and what it does with hostile
 * ones. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/macros.h"
#include "detectors/source/lexer.h"
#include "tests/unit/test.h"

DEFINE_CLEANUP(struct lexer *, lexer_free);
#define _cleanup_lexer_ _cleanup_(lexer_freep)

static struct lexer *read_text(enum language language, const char *text)
{
        struct lexer *l = NULL;
        assert_int_equal(lexer_read(&l, language, text, strlen(text), NULL), 0);
        return l;
}

static const struct call *call_named(const struct lexer *l, const char *callee)
{
        for (const struct call *c = lexer_source(l)->calls; c; c = c->next)
                if (strcmp(c->callee, callee) == 0)
                        return c;
        fail_msg("no call of %s", callee);
        return NULL;
}

static const struct value *assigned(const struct lexer *l, const char *name)
{
        for (const struct assignment *a = lexer_source(l)->assignments; a; a = a->next)
                if (strcmp(a->name, name) == 0)
                        return a->value;
        fail_msg("no assignment to %s", name);
        return NULL;
}

static void assert_value(const struct value *v, enum value_type type, const char *text)
{
        assert_non_null(v);
        assert_string_equal(v->text, text);
        assert_int_equal(v->type, type);
}

static void languages_are_known_by_name(void **state)
{
        (void)state;
        assert_int_equal(lexer_language("a/b.py"), LANGUAGE_PYTHON);
        assert_int_equal(lexer_language("x.TSX"), LANGUAGE_JAVASCRIPT);
        assert_int_equal(lexer_language("Gemfile"), LANGUAGE_RUBY);
        assert_int_equal(lexer_language("a.py/readme.txt"), LANGUAGE_NONE);
        assert_int_equal(lexer_language("Makefile"), LANGUAGE_NONE);
}

static void python_call_has_keywords_and_place(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_PYTHON, "def login(u):\n    t = jwt.encode(\n        {'sub': u.id}, 'k', "
                                 "algorithm=None,\n    )\n");
        const struct call *c = call_named(l, "jwt.encode");

        assert_int_equal(c->line, 2);
        assert_int_equal(c->column, 9);
        assert_int_equal(c->end_line, 4);
        assert_string_equal(c->function, "login");
        assert_int_equal(c->n_args, 3);
        assert_value(call_keyword(c, "algorithm"), VALUE_NULL, "null");
        assert_value(call_positional(c, 1), VALUE_STRING, "k");
        assert_value(value_entry(call_positional(c, 0), "sub"), VALUE_NAME, "u.id");
        assert_null(call_positional(c, 2));
        assert_null(call_keyword(c, "expires"));
}

static void python_strings_are_decoded(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_PYTHON, "a = r'\\d'\nb = \"\"\"x\n'y\"\"\"\nc = 'p' \\\n  \"q\"\n"
                                 "d = f'{x}'\ne = b'\\x41\\n'\nf = 'no'\n'docstring'\n");

        assert_value(assigned(l, "a"), VALUE_STRING, "\\d");
        assert_value(assigned(l, "b"), VALUE_STRING, "x\n'y");
        assert_int_equal(assigned(l, "b")->end_line, 3);
        assert_value(assigned(l, "c"), VALUE_STRING, "pq");
        assert_int_equal(assigned(l, "d")->type, VALUE_OTHER);
        assert_value(assigned(l, "e"), VALUE_STRING, "A\n");
        assert_value(assigned(l, "f"), VALUE_STRING, "no");
        _cleanup_lexer_ struct lexer *stub = read_text(LANGUAGE_PYTHON, "A: str = ...\nB = None\n");
        assert_int_equal(lexer_source(stub)->n_assignments, 1);
        assert_int_equal(assigned(stub, "B")->type, VALUE_NULL);
}

static void comments_hold_no_calls(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *py = read_text(LANGUAGE_PYTHON, "# f('x')\n");
        _cleanup_lexer_ struct lexer *js =
                read_text(LANGUAGE_JAVASCRIPT, "// f(1)\n/* g(2)\n*/ const u = 'http://h(3)'\n");

        assert_int_equal(lexer_source(py)->n_calls, 0);
        assert_int_equal(lexer_source(js)->n_calls, 0);
        assert_value(assigned(js, "u"), VALUE_STRING, "http://h(3)");
}

static void subscripts_are_dotted_targets(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_PYTHON, "app.config['SECRET_KEY'] = 'x'\nclass C:\n    S: bool = False\n");

        assert_value(assigned(l, "app.config.SECRET_KEY"), VALUE_STRING, "x");
        assert_value(assigned(l, "S"), VALUE_BOOL, "false");
}

static void constants_are_propagated(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_PYTHON, "DAY = 60 * 60 * 24\nKEY = 'ab' + 'cd'\n"
                                           "f(DAY * 7, KEY, other)\n");
        const struct call *c = call_named(l, "f");

        assert_value(call_positional(c, 0), VALUE_NUMBER, "604800");
        assert_value(call_positional(c, 1), VALUE_STRING, "abcd");
        assert_true(call_positional(c, 1)->resolved);
        assert_value(call_positional(c, 2), VALUE_NAME, "other");
}

static void names_with_two_values_stay_names(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_JAVASCRIPT, "let k = 'a'; k = 'b'; f(k); let s = 'c'; s += x; g(s)");

        assert_value(call_positional(call_named(l, "f"), 0), VALUE_NAME, "k");
        assert_value(call_positional(call_named(l, "g"), 0), VALUE_NAME, "s");
}

static void arguments_hide_outer_constants(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *py =
                read_text(LANGUAGE_PYTHON, "s = 'x'\ndef f(s):\n    g(s)\ndef h():\n    i(s)\n");
        _cleanup_lexer_ struct lexer *js = read_text(
                LANGUAGE_JAVASCRIPT, "const s = 'x'; const f = (s) => g(s); function h() { i(s) }");
        _cleanup_lexer_ struct lexer *java = read_text(
                LANGUAGE_JAVA, "class A { static String s = \"x\"; void f(String s) { g(s); }\n"
                               "void h() throws E { i(s); } }");

        assert_value(call_positional(call_named(py, "g"), 0), VALUE_NAME, "s");
        assert_value(call_positional(call_named(py, "i"), 0), VALUE_STRING, "x");
        assert_value(call_positional(call_named(js, "g"), 0), VALUE_NAME, "s");
        assert_value(call_positional(call_named(js, "i"), 0), VALUE_STRING, "x");
        assert_value(call_positional(call_named(java, "g"), 0), VALUE_NAME, "s");
        assert_value(call_positional(call_named(java, "i"), 0), VALUE_STRING, "x");
        assert_string_equal(call_named(js, "g")->function, "f");
        assert_string_equal(call_named(java, "i")->function, "h");
}

static void same_name_in_two_functions_is_two_constants(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_JAVASCRIPT,
                "function a() { const k = '1'; f(k) }\nfunction b() { const k = '2'; g(k) }");

        assert_value(call_positional(call_named(l, "f"), 0), VALUE_STRING, "1");
        assert_value(call_positional(call_named(l, "g"), 0), VALUE_STRING, "2");
}

static void object_constants_are_seen_through(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_JAVASCRIPT,
                          "const base = {path: '/'};\n"
                          "const opts = {httpOnly: false, ...base};\nopts.secure = true;\n"
                          "res.cookie('a', v, opts);\nf({...req.query});\ng(opts.httpOnly)");
        const struct call *c = call_named(l, "res.cookie");

        assert_value(call_keyword(c, "httpOnly"), VALUE_BOOL, "false");
        assert_value(call_keyword(c, "secure"), VALUE_BOOL, "true");
        assert_value(call_keyword(c, "path"), VALUE_STRING, "/");
        assert_false(value_has_unknown_spread(call_positional(c, 2)->first));
        assert_true(value_has_unknown_spread(call_positional(call_named(l, "f"), 0)->first));
        assert_value(call_positional(call_named(l, "g"), 0), VALUE_BOOL, "false");
}

static void class_members_are_resolved_through_self(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *py = read_text(
                LANGUAGE_PYTHON, "class A:\n    k = 'x'\n    def f(self):\n        g(self.k)\n");
        _cleanup_lexer_ struct lexer *ts = read_text(
                LANGUAGE_JAVASCRIPT,
                "class A { private readonly k: string = 'x'; async f(a?: T): Promise<{b: 1}> "
                "{ g(this.k) } }");

        assert_value(call_positional(call_named(py, "g"), 0), VALUE_STRING, "x");
        assert_value(call_positional(call_named(ts, "g"), 0), VALUE_STRING, "x");
        assert_string_equal(call_named(ts, "g")->function, "f");
}

static void conversions_of_strings_are_strings(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *go =
                read_text(LANGUAGE_GO, "var key = []byte(\"k1\")\nfunc f() { g(key) }\n");
        _cleanup_lexer_ struct lexer *py =
                read_text(LANGUAGE_PYTHON, "S = 'k2'\ng(S.encode('utf-8'))\n");
        _cleanup_lexer_ struct lexer *js =
                read_text(LANGUAGE_JAVASCRIPT, "g(Buffer.from('k3', 'utf8'))");

        assert_value(call_positional(call_named(go, "g"), 0), VALUE_STRING, "k1");
        assert_value(call_positional(call_named(py, "g"), 0), VALUE_STRING, "k2");
        assert_value(call_positional(call_named(js, "g"), 0), VALUE_STRING, "k3");
}

static void fallbacks_are_operands(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_JAVASCRIPT, "const s: string = process.env.S || 'dev'\n");
        const struct value *v = assigned(l, "s");

        assert_int_equal(v->type, VALUE_OTHER);
        assert_value(v->first, VALUE_NAME, "process.env.S");
        assert_value(v->first->next, VALUE_STRING, "dev");
        assert_int_equal(v->first->next->op, 'O');
}

static void javascript_regexes_and_templates_do_not_derail(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_JAVASCRIPT, "if (/['\"(]/.test(a)) f(1)\nx = `a ${g('}')} b`\n"
                                               "y = a / b; h('/')\nz = `plain`\n");

        assert_value(call_positional(call_named(l, "f"), 0), VALUE_NUMBER, "1");
        assert_value(call_positional(call_named(l, "g"), 0), VALUE_STRING, "}");
        assert_value(call_positional(call_named(l, "h"), 0), VALUE_STRING, "/");
        assert_value(assigned(l, "z"), VALUE_STRING, "plain");
}

static void chains_keep_their_dotted_name(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_JAVASCRIPT, "res\n  .status(200)\n  .cookie('a', b)\n  .json({ok: !0})\n");
        const struct call *c = call_named(l, "res.status.cookie");

        assert_int_equal(c->line, 3);
        assert_ptr_equal(c->on, call_named(l, "res.status"));
        assert_value(call_keyword(call_named(l, "res.status.cookie.json"), "ok"), VALUE_BOOL,
                     "true");
}

static void nested_calls_follow_their_parent(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_JAVASCRIPT, "app.use(session({cookie: {secure: false}}))");
        const struct call *c = lexer_source(l)->calls;

        assert_string_equal(c->callee, "app.use");
        assert_ptr_equal(call_positional(c, 0)->call, c->next);
        assert_string_equal(c->next->callee, "session");
        assert_value(value_entry(call_keyword(c->next, "cookie"), "secure"), VALUE_BOOL, "false");
}

static void decorators_and_constructors_are_marked(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *py =
                read_text(LANGUAGE_PYTHON,
                          "@csrf_exempt\n@app.route('/x', methods=['POST'])\ndef f(): pass\n");
        _cleanup_lexer_ struct lexer *cs =
                read_text(LANGUAGE_CSHARP, "[AllowAnonymous, HttpPost(\"/x\")]\npublic int F() { "
                                           "G(new CookieOptions { HttpOnly = false }); }");

        assert_true(call_named(py, "csrf_exempt")->decorator);
        assert_true(call_named(py, "app.route")->decorator);
        assert_true(call_named(cs, "AllowAnonymous")->decorator);
        assert_true(call_named(cs, "HttpPost")->decorator);
        assert_true(call_named(cs, "CookieOptions")->constructor);
        assert_value(call_keyword(call_named(cs, "CookieOptions"), "HttpOnly"), VALUE_BOOL,
                     "false");
        assert_string_equal(call_named(cs, "G")->function, "F");
}

static void definitions_are_no_calls(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_JAVASCRIPT,
                "class A { login(req) { f() } }\nfunction g(a = h()) {}\nif (x) { i() }\n");

        assert_string_equal(call_named(l, "f")->function, "login");
        (void)call_named(l, "h");
        (void)call_named(l, "i");
        assert_int_equal(lexer_source(l)->n_calls, 3);
}

static void go_literals_are_constructors(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_GO, "func f() {\n\thttp.SetCookie(w, &http.Cookie{Name: \"a\", Secure: "
                             "false})\n\tif x == y {\n\t\tg(map[string]any{\"k\": 1})\n\t}\n}\n");

        assert_true(call_named(l, "http.Cookie")->constructor);
        assert_value(call_keyword(call_named(l, "http.Cookie"), "Secure"), VALUE_BOOL, "false");
        assert_value(call_keyword(call_named(l, "http.SetCookie"), "Name"), VALUE_STRING, "a");
        assert_value(call_keyword(call_named(l, "g"), "k"), VALUE_NUMBER, "1");
}

static void ruby_commands_are_calls(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_RUBY,
                          "class C\n  def f\n    t = JWT.encode payload, 'k',\n      'none' if x\n"
                          "    cookies[:sid] = { value: t, :httponly => false }\n    s = <<~EOS\n"
                          "      g('x')\n    EOS\n  end\nend\n");
        const struct call *c = call_named(l, "JWT.encode");

        assert_int_equal(c->n_args, 3);
        assert_string_equal(c->function, "f");
        assert_value(call_positional(c, 2), VALUE_STRING, "none");
        assert_value(value_entry(assigned(l, "cookies.sid"), "httponly"), VALUE_BOOL, "false");
        assert_value(assigned(l, "s"), VALUE_STRING, "      g('x')");
        assert_int_equal(lexer_source(l)->n_calls, 1);
}

static void php_is_read_between_its_tags(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = read_text(
                LANGUAGE_PHP, "<p>don't f('x')</p>\n<?php\n$r->set(['csrf' => false, 'a' . 'b']);\n"
                              "$h = <<<EOT\ng('y')\nEOT;\nreturn ['secure' => env('S')];\n?>h(1)");

        assert_value(call_keyword(call_named(l, "r.set"), "csrf"), VALUE_BOOL, "false");
        assert_value(assigned(l, "h"), VALUE_STRING, "g('y')");
        assert_int_equal(value_entry(assigned(l, "return"), "secure")->type, VALUE_CALL);
        assert_int_equal(lexer_source(l)->n_calls, 2);
}

static void java_and_kotlin_share_a_reader(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *java =
                read_text(LANGUAGE_JAVA,
                          "class A { private static final String K = \"k\";\n@GetMapping(\"/x\") "
                          "public List<String> f(@Param int a) {\n Cookie c = new Cookie(\"a\", "
                          "b);\n c.setSecure(false);\n s(K.getBytes()); } }");
        _cleanup_lexer_ struct lexer *kt =
                read_text(LANGUAGE_JAVA, "fun f(v: String) {\n  var c: Cookie = Cookie(\"a\", v)\n"
                                         "  c.setSecure(true)\n  run(1) { g(c) }\n}\n");

        assert_value(call_positional(call_named(java, "c.setSecure"), 0), VALUE_BOOL, "false");
        assert_value(call_positional(call_named(java, "s"), 0), VALUE_STRING, "k");
        assert_true(call_named(java, "GetMapping")->decorator);
        assert_string_equal(call_named(kt, "Cookie")->function, "f");
        assert_value(call_positional(call_named(kt, "run"), 0), VALUE_NUMBER, "1");
        (void)call_named(kt, "g");
}

static void callees_match_globs(void **state)
{
        (void)state;
        assert_true(callee_matches("jwt.encode", "jwt.encode"));
        assert_true(callee_matches("a.b.set_cookie", "*.set_cookie"));
        assert_true(callee_matches("a.b.set_cookie", "set_cookie"));
        assert_true(callee_matches("a.b.set_cookie", "set_*"));
        assert_false(callee_matches("set_cookie", "*.set_cookie"));
        assert_false(callee_matches("jwt.encoder", "jwt.encode"));
        assert_false(callee_matches("jwt.encode", "code"));
}

static void broken_files_are_read_as_far_as_they_go(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l =
                read_text(LANGUAGE_JAVASCRIPT, "f(1) ) } ] g([2, {a: 3 )\nh('open\ni(4)\n`${j(5)");

        (void)call_named(l, "f");
        (void)call_named(l, "g");
        (void)call_named(l, "i");
        (void)call_named(l, "j");
}

static void depth_beyond_the_limit_is_left_out_and_said(void **state)
{
        (void)state;
        _cleanup_lexer_ struct lexer *l = NULL;
        char text[700];
        memset(text, '(', 300);
        memset(text + 300, ')', 300);
        memcpy(text + 600, "; f(1)", 7);

        assert_int_equal(lexer_read(&l, LANGUAGE_JAVASCRIPT, text, strlen(text), NULL), -E2BIG);
        (void)call_named(l, "f");
}

static void limits_keep_what_was_read(void **state)
{
        (void)state;
        static const struct lexer_limits limits = {.nodes = 100};
        _cleanup_lexer_ struct lexer *l = NULL;
        char text[6000];
        size_t n = 0;
        while (n + 6 < sizeof(text)) {
                memcpy(text + n, "f(1)\n", 5);
                n += 5;
        }

        assert_int_equal(lexer_read(&l, LANGUAGE_PYTHON, text, n, &limits), -E2BIG);
        assert_true(lexer_source(l)->n_calls > 20);
        assert_true(lexer_source(l)->n_calls <= 100);
}

/* Text that would cost a square if anything were looked at twice; a second is a thousand times what
 * it takes. */
static void hostile_text_takes_linear_time(void **state)
{
        (void)state;
        static const struct {
                enum language language;
                const char *unit;
        } units[] = {
                {LANGUAGE_JAVASCRIPT, "/[ "},   {LANGUAGE_JAVASCRIPT, "x=>"},
                {LANGUAGE_JAVASCRIPT, "a<b,"},  {LANGUAGE_JAVASCRIPT, "`${"},
                {LANGUAGE_JAVASCRIPT, "f(x)."}, {LANGUAGE_PYTHON, "lambda:"},
                {LANGUAGE_PYTHON, "a=b="},      {LANGUAGE_PYTHON, "'a' "},
                {LANGUAGE_RUBY, "a "},          {LANGUAGE_RUBY, "x <<A "},
                {LANGUAGE_RUBY, "\"#{ \" "},    {LANGUAGE_JAVA, "a<"},
                {LANGUAGE_PHP, "<?php a{"},     {LANGUAGE_GO, "a[b]"},
        };
        static char text[400000];

        for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                size_t unit = strlen(units[i].unit);
                size_t n = 0;
                for (; n + unit <= sizeof(text); n += unit)
                        memcpy(text + n, units[i].unit, unit);
                _cleanup_lexer_ struct lexer *l = NULL;
                clock_t before = clock();
                int r = lexer_read(&l, units[i].language, text, n, NULL);
                double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
                assert_true(r == 0 || r == -E2BIG);
                if (seconds > 1.5)
                        fail_msg("%s: %.1f s", units[i].unit, seconds);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(languages_are_known_by_name),
                cmocka_unit_test(python_call_has_keywords_and_place),
                cmocka_unit_test(python_strings_are_decoded),
                cmocka_unit_test(comments_hold_no_calls),
                cmocka_unit_test(subscripts_are_dotted_targets),
                cmocka_unit_test(constants_are_propagated),
                cmocka_unit_test(names_with_two_values_stay_names),
                cmocka_unit_test(arguments_hide_outer_constants),
                cmocka_unit_test(same_name_in_two_functions_is_two_constants),
                cmocka_unit_test(object_constants_are_seen_through),
                cmocka_unit_test(class_members_are_resolved_through_self),
                cmocka_unit_test(conversions_of_strings_are_strings),
                cmocka_unit_test(fallbacks_are_operands),
                cmocka_unit_test(javascript_regexes_and_templates_do_not_derail),
                cmocka_unit_test(chains_keep_their_dotted_name),
                cmocka_unit_test(nested_calls_follow_their_parent),
                cmocka_unit_test(decorators_and_constructors_are_marked),
                cmocka_unit_test(definitions_are_no_calls),
                cmocka_unit_test(go_literals_are_constructors),
                cmocka_unit_test(ruby_commands_are_calls),
                cmocka_unit_test(php_is_read_between_its_tags),
                cmocka_unit_test(java_and_kotlin_share_a_reader),
                cmocka_unit_test(callees_match_globs),
                cmocka_unit_test(broken_files_are_read_as_far_as_they_go),
                cmocka_unit_test(depth_beyond_the_limit_is_left_out_and_said),
                cmocka_unit_test(limits_keep_what_was_read),
                cmocka_unit_test(hostile_text_takes_linear_time),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
