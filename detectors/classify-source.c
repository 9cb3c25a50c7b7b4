/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: whether source code handles sessions, tokens, cookies or passwords, or builds
 * infrastructure.
 * Does not own: the reading of source (detectors/source). Calls say what code does and go
 * first; imports say what it is about and are looked for as text, since the lexical reader has
 * no grammar.
 */
#include <assert.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "detectors/classify-internal.h"

/* Callees, as callee_matches() takes them. */
static const char *const session_calls[] = {
        /* tokens */
        "jwt.encode",
        "jwt.decode",
        "jwt.sign",
        "jwt.verify",
        "JWT.encode",
        "JWT.decode",
        "JWT.sign",
        "JWT.verify",
        "JWT.create",
        "JWT.require",
        "Jwts.*",
        "jsonwebtoken.*",
        "jsonwt.*",
        "jwt_decode",
        "jwtVerify",
        "SignJWT",
        "jwt.Parse*",
        "jwt.New*",
        "JwtJson.*",
        "JwtArgonaut.*",
        "JwtCirce.*",
        "JwtSecurityToken*",
        "create_access_token",
        "create_refresh_token",
        "AddJwtBearer",
        "TokenValidationParameters",
        /* cookies and sessions */
        "set_cookie",
        "set_signed_cookie",
        "setcookie",
        "setrawcookie",
        "*.res.cookie",
        "res.cookie",
        "response.cookie",
        "reply.setCookie",
        "addCookie",
        "http.SetCookie",
        "http.Cookie",
        "cookieSession",
        "expressSession",
        "sessions.New*",
        "SessionMiddleware",
        "session_start",
        "session_set_cookie_params",
        "AuthTktCookieHelper",
        "AuthTktAuthenticationPolicy",
        "SignedCookieSessionFactory",
        "session_store",
        "CookieOptions",
        "UseSession",
        "AddSession",
        /* forged requests and origins */
        "csrf_exempt",
        "set_default_csrf_options",
        "set_csrf_storage_policy",
        "CSRFProtect",
        "csurf",
        "express.csrf",
        "protect_from_forgery",
        "skip_forgery_protection",
        "check_ajax_referer",
        "enableCors",
        "CORSMiddleware",
        /* passwords and logins */
        "hashpw",
        "generate_password_hash",
        "check_password_hash",
        "password_hash",
        "password_verify",
        "bcrypt.hash*",
        "bcrypt.compare*",
        "bcrypt.Generate*",
        "bcrypt.Compare*",
        "argon2.hash",
        "passport.use",
        "passport.authenticate",
        "passport.initialize",
        "LoginManager",
        "login_user",
        "OAuth2PasswordBearer",
        "has_secure_password",
        "AddAuthentication",
        "AddAuthorization",
        "UseAuthentication",
        "authorizeHttpRequests",
        "authorizeRequests",
        "antMatchers",
        "BCryptPasswordEncoder",
        "NoOpPasswordEncoder",
};

/* Constructors: too common as a function's name. */
static const char *const session_constructors[] = {
        "Cookie",       "HttpCookie",     "ResponseCookie", "NewCookie",
        "JwtStrategy",  "LocalStrategy",  "OAuth*Strategy", "OIDCStrategy",
        "SamlStrategy", "GoogleStrategy", "BearerStrategy"};

/* Targets of assignments, as globs that ignore case. */
static const char *const session_settings[] = {
        "SECRET_KEY",
        "*.secret_key",
        "SESSION_COOKIE_*",
        "CSRF_COOKIE_*",
        "*.SESSION_COOKIE_*",
        "SESSION_*_AGE",
        "PERMANENT_SESSION_LIFETIME",
        "*.permanent_session_lifetime",
        "JWT_*",
        "*.JWT_*",
        "*.session_store",
        "CORS_ALLOW_ALL_ORIGINS",
        "CORS_ORIGIN_ALLOW_ALL",
        "*ActionController*.session",
        "WTF_CSRF_*",
        "*.WTF_CSRF_*",
};

/* Modules whose import says what the file is about, as they are written in quotes or after
 * `import`. */
static const char *const session_words[] = {
        "'jsonwebtoken'",
        "\"jsonwebtoken\"",
        "'express-session'",
        "\"express-session\"",
        "'cookie-session'",
        "\"cookie-session\"",
        "'passport'",
        "\"passport\"",
        "'passport-",
        "\"passport-",
        "'jose'",
        "\"jose\"",
        "'jwt-decode'",
        "\"jwt-decode\"",
        "'csurf'",
        "\"csurf\"",
        "'next-auth",
        "\"next-auth",
        "github.com/dgrijalva/jwt-go",
        "github.com/golang-jwt/jwt",
        "github.com/gorilla/sessions",
        "golang.org/x/crypto/bcrypt",
        "import io.jsonwebtoken",
        "import com.auth0.jwt",
        "org.springframework.security",
        "require 'jwt'",
        "import jwt\n",
        "from jose import",
        "import pdi.jwt",
        "flask_login",
        "flask_jwt_extended",
        "django.contrib.auth",
        "rest_framework.authentication",
        "rest_framework.permissions",
        "Microsoft.AspNetCore.Authentic",
        "csrf_protection",
        "csrf_token(",
        "csrf_field(",
        "require_csrf",
        "check_origin",
        "VerifyCsrfToken",
        "'SESSION_DRIVER'",
};

#define CORS_HEADER "access-control-allow-origin"

static const char *const infrastructure_imports[] = {
        "aws_cdk",
        "'aws-cdk-lib",
        "\"aws-cdk-lib",
        "'@aws-cdk/",
        "\"@aws-cdk/",
        "software.amazon.awscdk",
        "github.com/aws/aws-cdk-go",
        "pulumi_aws",
        "@pulumi/aws",
        "pulumi-aws/sdk",
        "pulumi_azure",
        "@pulumi/azure",
        "pulumi_gcp",
        "@pulumi/gcp",
        "pulumi_kubernetes",
        "@pulumi/kubernetes",
        "from cdktf",
        "'cdktf'",
        "\"cdktf\"",
};

/* Whose infrastructure such an import is about. */
static enum artefact_kind infrastructure_of(const char *import)
{
        if (strstr(import, "azure"))
                return ARTEFACT_AZURE;
        if (strstr(import, "gcp"))
                return ARTEFACT_GCP;
        if (strstr(import, "kubernetes"))
                return ARTEFACT_K8S_WORKLOAD;
        return strstr(import, "cdktf") ? ARTEFACT_TERRAFORM : ARTEFACT_CLOUDFORMATION;
}

/* Patterns of callees, those of them that any call of a file can match. */
struct patterns {
        const char *v[ELEMENTSOF(session_calls)];
        uint16_t end[ELEMENTSOF(session_calls)];
        size_t n;
};

static void patterns_for(struct patterns *p, const struct source *s, const char *const *patterns,
                         size_t n)
{
        p->n = 0;
        for (size_t i = 0; i < n; i++) {
                uint16_t end = name_end(patterns[i]);

                if (!name_ends_has(&s->callees, end))
                        continue;
                p->v[p->n] = patterns[i];
                p->end[p->n++] = end;
        }
}

static bool one_of_calls(const struct call *c, const struct patterns *p)
{
        for (size_t i = 0; i < p->n; i++)
                if (name_ends_agree(c->end, p->end[i]) && callee_matches(c->callee, p->v[i]))
                        return true;
        return false;
}

/* session({secret: …}) of express: the name alone is too common. */
static bool is_session_options(const struct call *c)
{
        const struct value *options = call_positional(c, 0);

        return callee_matches(c->callee, "session") && options && options->type == VALUE_OBJECT &&
               (value_entry(options, "secret") || value_entry(options, "cookie"));
}

static const struct call *find_session_call(const struct source *s)
{
        struct patterns calls, constructors;

        static_assert(ELEMENTSOF(session_constructors) <= ELEMENTSOF(session_calls), "room");
        patterns_for(&calls, s, session_calls, ELEMENTSOF(session_calls));
        patterns_for(&constructors, s, session_constructors, ELEMENTSOF(session_constructors));
        for (const struct call *c = s->calls; c; c = c->next)
                if (one_of_calls(c, &calls) || is_session_options(c) ||
                    (c->constructor && one_of_calls(c, &constructors)))
                        return c;
        return NULL;
}

static bool is_setting(const struct assignment *a)
{
        for (size_t i = 0; i < ELEMENTSOF(session_settings); i++)
                if (fnmatch(session_settings[i], a->name, FNM_CASEFOLD) == 0)
                        return true;
        return false;
}

/* The texts that tell, and their bits in subject.missing. */
enum text_bit {
        BIT_INFRASTRUCTURE = 0,
        BIT_SESSION = BIT_INFRASTRUCTURE + ELEMENTSOF(infrastructure_imports),
        BIT_HEADER = BIT_SESSION + ELEMENTSOF(session_words),
};
static_assert(BIT_HEADER < 64, "a bit for each");

static const char *find_import(const struct subject *s, const char *const *words, size_t n,
                               unsigned first_bit)
{
        for (size_t i = 0; i < n; i++)
                if (!(s->missing >> (first_bit + i) & 1) && classify_has(s, words[i]))
                        return words[i];
        return NULL;
}

enum artefact_kind classify_source(const struct subject *s, const struct evidence *e)
{
        const char *import;

        if (!s->source)
                return ARTEFACT_NONE;
        import = find_import(s, infrastructure_imports, ELEMENTSOF(infrastructure_imports),
                             BIT_INFRASTRUCTURE);
        if (import)
                return classify_say(e, infrastructure_of(import), "import of %s", import);
        const struct call *call = find_session_call(s->source);
        if (call)
                return classify_say(e, ARTEFACT_SESSION_CODE, "call of %s", call->callee);
        for (const struct assignment *a = s->source->assignments; a; a = a->next)
                if (is_setting(a))
                        return classify_say(e, ARTEFACT_SESSION_CODE, "setting %s", a->name);
        import = find_import(s, session_words, ELEMENTSOF(session_words), BIT_SESSION);
        if (import)
                return classify_say(e, ARTEFACT_SESSION_CODE, "import of %s", import);
        if (!(s->missing >> BIT_HEADER & 1) && classify_has_any(s, CORS_HEADER))
                return classify_say(e, ARTEFACT_SESSION_CODE, "header Access-Control-Allow-Origin");
        return ARTEFACT_NONE;
}

/* --- what must be there ---- */

static int add_globs(struct need_clause *clause, const char *const *globs, size_t n, unsigned flags,
                     struct words *words)
{
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                struct need_term term = {.joined = false};

                r = words_add_glob(words, globs[i], flags, &term.words);
                if (r == 0)
                        r = need_clause_add(clause, &term);
        }
        return r;
}

/* session({secret: …}) */
static int add_session_options(struct need_clause *clause, struct words *words)
{
        static const char *const both[] = {"session.secret", "session.cookie"};

        return add_globs(clause, both, ELEMENTSOF(both), 0, words);
}

static int add_texts(struct need_clause *clause, const char *const *texts, size_t n, unsigned flags,
                     struct words *words)
{
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                struct need_term term = {.joined = false};

                r = words_add(words, texts[i], strlen(texts[i]), flags, &term.words);
                if (r == 0)
                        r = need_clause_add(clause, &term);
        }
        return r;
}

int classify_source_needs(struct words *words, struct need *calls, struct need *text)
{
        static const char *const header[] = {CORS_HEADER};
        struct need_clause by_call = {0}, by_text = {0};
        int r = add_globs(&by_call, session_calls, ELEMENTSOF(session_calls), 0, words);

        if (r == 0)
                r = add_globs(&by_call, session_constructors, ELEMENTSOF(session_constructors), 0,
                              words);
        if (r == 0)
                r = add_globs(&by_call, session_settings, ELEMENTSOF(session_settings),
                              WORDS_IGNORE_CASE, words);
        if (r == 0)
                r = add_session_options(&by_call, words);
        if (r == 0)
                r = add_texts(&by_text, infrastructure_imports, ELEMENTSOF(infrastructure_imports),
                              0, words);
        if (r == 0)
                r = add_texts(&by_text, session_words, ELEMENTSOF(session_words), 0, words);
        if (r == 0)
                r = add_texts(&by_text, header, ELEMENTSOF(header), WORDS_IGNORE_CASE, words);
        if (r < 0) {
                need_clause_done(&by_call);
                need_clause_done(&by_text);
                return r;
        }
        r = need_add(calls, &by_call);
        int r2 = need_add(text, &by_text);
        return r < 0 ? r : r2;
}
