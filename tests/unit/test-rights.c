/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/text.h"
#include "daemon/rights.h"
#include "tests/unit/test.h"

#define NONE PROVENANCE_NONE

struct person {
        uint32_t uid, login_uid, session;
        const char *cgroup;
};

static struct control_peer peer_of(const struct person *p)
{
        struct control_peer peer = {
                .pid = 900, .uid = p->uid, .auid = p->login_uid, .audit_session = p->session};

        (void)text_copy(peer.cgroup, sizeof(peer.cgroup), p->cgroup);
        return peer;
}

static struct author author_of_person(const struct person *p)
{
        struct author a = {.uid = p->uid,
                           .login_uid = p->login_uid,
                           .session = p->session,
                           .pid = 500,
                           .wrote = clock_realtime()};

        (void)text_copy(a.cgroup, sizeof(a.cgroup), p->cgroup);
        return a;
}

static const char *ask(const struct person *peer, const struct person *author)
{
        const struct control_peer p = peer_of(peer);
        const struct author a = author_of_person(author);

        return rights_refusal(&p, &a);
}

#define USER "/user.slice/user-1000.slice/session-3.scope"
#define OTHER "/user.slice/user-1001.slice/session-9.scope"
#define AGENT "/agents.slice/agent-7.service"

static void nobody_decides_about_their_own(void **state)
{
        static const struct {
                struct person peer, author;
                bool may;
        } cases[] = {
                /* another person */
                {{1001, 1001, 9, OTHER}, {1000, 1000, 3, USER}, true},
                {{0, 1001, 9, OTHER}, {1000, 1000, 3, USER}, true},
                {{0, NONE, NONE, "/system.slice/cfg.service"}, {1000, 1000, 3, USER}, true},
                /* the writer, by uid or by login */
                {{1000, 1000, 3, USER}, {1000, 1000, 3, USER}, false},
                {{1000, 1000, 4, OTHER}, {1000, 1000, 3, USER}, false},
                {{1001, 1000, 4, OTHER}, {1000, 1000, 3, USER}, false},
                {{1001, 1000, 4, OTHER}, {1002, 1000, 3, USER}, false},
                /* root: not from the writer's session, nor if that is not known */
                {{0, 1000, 3, OTHER}, {1000, 1000, 3, USER}, false},
                {{0, 1000, 4, OTHER}, {1000, 1000, 3, USER}, true},
                {{0, 1000, 4, OTHER}, {1000, NONE, NONE, ""}, false},
                {{0, 1000, NONE, OTHER}, {1000, 1000, 3, USER}, false},
                /* the same session under other names */
                {{0, 1001, 3, OTHER}, {1000, 1000, 3, USER}, false},
                {{1001, 1001, 3, OTHER}, {1000, 1000, 3, USER}, false},
                /* control groups: the writer's, and below it, and nothing that only begins alike */
                {{0, 1001, 9, AGENT}, {1002, NONE, NONE, AGENT}, false},
                {{0, 1001, 9, AGENT "/sub"}, {1002, NONE, NONE, AGENT}, false},
                {{0, 1001, 9, AGENT "2"}, {1002, NONE, NONE, AGENT}, true},
                {{0, 1001, 9, "/agents.slice"}, {1002, NONE, NONE, AGENT}, true},
                /* the root group and one that is not known say nothing */
                {{0, 1001, 9, "/"}, {1002, NONE, NONE, "/"}, true},
                {{0, 1001, 9, AGENT}, {1002, NONE, NONE, ""}, true},
                {{0, 1001, 9, ""}, {1002, NONE, NONE, AGENT}, true},
                /* without a login uid only root */
                {{1001, NONE, NONE, OTHER}, {1000, 1000, 3, USER}, false},
                /* what root wrote is anybody's to judge but its own session's */
                {{0, NONE, NONE, "/"}, {0, NONE, NONE, "/"}, true},
                {{0, 1001, 9, OTHER}, {0, 1000, 3, USER}, true},
                {{0, 1000, 3, OTHER}, {0, 1000, 3, USER}, false},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *why = ask(&cases[i].peer, &cases[i].author);

                if (cases[i].may != !why)
                        fail_msg("case %zu: %s", i, why ? why : "allowed");
        }
}

static void a_descendant_of_the_writer_does_not_decide(void **state)
{
        struct person someone = {0, NONE, NONE, "/"}, agent = {1000, NONE, NONE, ""};
        struct control_peer peer = peer_of(&someone);
        struct author author = author_of_person(&agent);

        (void)state;
        peer.ancestors[0] = (struct control_ancestor){.pid = 700, .started = 1};
        peer.ancestors[1] = (struct control_ancestor){.pid = 500, .started = 1};
        peer.n_ancestors = 2;
        assert_non_null(rights_refusal(&peer, &author));
        peer.pid = 500;
        peer.n_ancestors = 0;
        assert_non_null(rights_refusal(&peer, &author));
        /* the number was given to another process since */
        peer.pid = 900;
        peer.ancestors[0] = (struct control_ancestor){.pid = 500, .started = clock_boottime()};
        peer.n_ancestors = 1;
        author.wrote = clock_realtime() - 60 * USEC_PER_SEC;
        assert_null(rights_refusal(&peer, &author));
        /* nobody knows which process it was */
        author.pid = 0;
        peer.ancestors[0].pid = 0;
        assert_null(rights_refusal(&peer, &author));
}

static void two_persons_are_told_apart_by_their_login(void **state)
{
        (void)state;
        assert_true(rights_two_persons(1000, 1000, 1001, 1001));
        assert_false(rights_two_persons(0, 1000, 1000, 1000));
        assert_true(rights_two_persons(0, 1000, 0, 1001));
        assert_false(rights_two_persons(0, NONE, 0, NONE));
        assert_true(rights_two_persons(0, NONE, 1000, NONE));
}

static void an_author_is_read_back_from_an_entry(void **state)
{
        static const char json[] =
                "{\"writer_pid\":4711,\"writer_uid\":1000,\"writer_login_uid\":1001,"
                "\"writer_session\":3,\"writer_cgroup\":\"" USER "\"}";
        static const char *const unreadable[] = {
                "",
                "{",
                "[]",
                "null",
                "{\"writer_uid\":\"0\"}",
                "{\"writer_uid\":-1}",
                "{\"writer_uid\":1e30,\"writer_pid\":1e30,\"writer_cgroup\":7}"};
        struct author a;

        (void)state;
        rights_author_from_json(&a, json, 5, 77);
        assert_int_equal(a.pid, 4711);
        assert_int_equal(a.uid, 1000);
        assert_int_equal(a.login_uid, 1001);
        assert_int_equal(a.session, 3);
        assert_string_equal(a.cgroup, USER);
        assert_int_equal(a.wrote, 77);
        for (size_t i = 0; i < ELEMENTSOF(unreadable); i++) {
                rights_author_from_json(&a, unreadable[i], 5, 77);
                assert_int_equal(a.uid, 5);
                assert_int_equal(a.session, NONE);
                assert_int_equal(a.pid, 0);
                assert_string_equal(a.cgroup, "");
        }
        rights_author_from_json(&a, NULL, 5, 77);
        assert_int_equal(a.uid, 5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_decides_about_their_own),
                cmocka_unit_test(a_descendant_of_the_writer_does_not_decide),
                cmocka_unit_test(two_persons_are_told_apart_by_their_login),
                cmocka_unit_test(an_author_is_read_back_from_an_entry),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
