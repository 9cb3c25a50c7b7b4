/* SPDX-FileCopyrightText: giad maintainers */
/* Answers that are given bit by bit. */
#include <errno.h>

#include "tests/unit/control-fixture.h"

#define WATCH "{\"method\":\"io.giad.Control.Watch\",\"more\":true}"
#define REPLY ((size_t)16 * 1024)

/* The answer under way. */
static struct pacing {
        unsigned given, of, idle;
        bool over;
} pacing;

static void next(void *userdata, struct control_call *call)
{
        char text[REPLY];
        cJSON *o = cJSON_CreateObject();

        (void)userdata;
        if (pacing.idle > 0) {
                /* there was nothing to say in this turn */
                pacing.idle--;
                cJSON_Delete(o);
                return;
        }
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        assert_non_null(cJSON_AddStringToObject(o, "text", text));
        pacing.given++;
        pacing.over = pacing.given == pacing.of;
        (void)control_reply(call, o, !pacing.over);
}

static int begin(struct fixture *f, unsigned of)
{
        int fd = dial(f);

        pacing = (struct pacing){.of = of};
        say(fd, WATCH);
        turn(f);
        assert_non_null(f->kept);
        control_call_pace(f->kept, next);
        return fd;
}

/* Takes what is there. Returns how many replies ended in it. */
static unsigned take(int fd)
{
        char chunk[65536];
        unsigned n = 0;
        ssize_t got;

        while ((got = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
                for (ssize_t i = 0; i < got; i++)
                        n += chunk[i] == '\0';
        assert_true(got < 0 && errno == EAGAIN);
        return n;
}

static void who_takes_nothing_is_given_no_more(void **state)
{
        struct fixture *f = *state;
        int fd = begin(f, 4000);

        for (unsigned i = 0; i < 20; i++)
                turn(f);
        /* what the socket holds, and 128 KiB */
        unsigned before = pacing.given;
        assert_in_range(before, 8, 100);
        turn(f);
        assert_int_equal(pacing.given, before);
        unsigned n = take(fd);
        turn(f);
        assert_true(pacing.given > before);
        for (unsigned i = 0; i < 4000 && n < 4000; i++) {
                turn(f);
                n += take(fd);
        }
        assert_int_equal(n, 4000);
        assert_true(pacing.over);
        f->kept = NULL;
        assert_int_equal(f->gone, 0);
        assert_string_equal(ask(f, fd, ECHO("next")), ECHOED("next"));
        close(fd);
}

static void others_are_answered_in_between(void **state)
{
        struct fixture *f = *state;
        int fd = begin(f, 100000), other = dial(f);
        unsigned turns;

        for (unsigned i = 0; i < 50; i++) {
                (void)take(fd);
                say(other, ECHO("hello"));
                const char *heard = "";
                for (turns = 0; !*heard && turns < 60; turns++) {
                        assert_true(sd_event_run(f->event, 0) >= 0);
                        heard = hear(other);
                        assert_non_null(heard);
                }
                assert_string_equal(heard, ECHOED("hello"));
        }
        assert_false(pacing.over);
        close(fd);
        close(other);
        turn(f);
        assert_int_equal(f->gone, 1);
}

static void a_turn_without_a_reply_is_followed_by_another(void **state)
{
        struct fixture *f = *state;
        int fd = begin(f, 1);

        pacing.idle = 10;
        turn(f);
        assert_int_equal(take(fd), 1);
        f->kept = NULL;
        close(fd);
}

static void who_goes_away_ends_it(void **state)
{
        struct fixture *f = *state;
        int fd = begin(f, 4000);

        turn(f);
        close(fd);
        turn(f);
        assert_int_equal(f->gone, 1);
        unsigned given = pacing.given;
        turn(f);
        assert_int_equal(pacing.given, given);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_server(who_takes_nothing_is_given_no_more),
                with_server(others_are_answered_in_between),
                with_server(a_turn_without_a_reply_is_followed_by_another),
                with_server(who_goes_away_ends_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
