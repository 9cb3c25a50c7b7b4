/* SPDX-FileCopyrightText: giad maintainers */
#include <stdlib.h>
#include <string.h>

#include "daemon/known.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

struct known_bed {
        struct bed bed;
        struct known *known;
        struct workspace ws;
        uint8_t generation[32];
};

static const uint8_t key[32] = "a key of the host, for tests";
static const struct file_id file = {.dev = 1, .ino = 2, .size = 3, .ctime_ns = 4, .mtime_ns = 5};

static int setup(void **state)
{
        static struct known_bed b;

        memset(&b, 0, sizeof(b));
        bed_make(&b.bed, "");
        assert_int_equal(known_new(&b.known, b.bed.event, b.bed.storer, key), 0);
        b.ws.path = (char *)(uintptr_t) "/srv/a";
        b.generation[0] = 1;
        assert_true(known_set_generation(b.known, b.generation));
        *state = &b;
        return 0;
}

static int teardown(void **state)
{
        struct known_bed *b = *state;

        b->known = known_free(b->known);
        bed_done(&b->bed);
        return 0;
}

static void state_in_its_place_is_known_and_no_other(void **state)
{
        struct known_bed *b = *state;
        struct workspace other = {.path = (char *)(uintptr_t) "/srv/b"};
        struct file_id changed = file;

        changed.ctime_ns++;
        assert_false(known_same(b->known, &b->ws, "x", &file));
        known_put(b->known, &b->ws, "x", &file);
        assert_true(known_same(b->known, &b->ws, "x", &file));
        assert_false(known_same(b->known, &b->ws, "y", &file));
        assert_false(known_same(b->known, &other, "x", &file));
        assert_false(known_same(b->known, &b->ws, "x", &changed));
        assert_int_equal(known_count(b->known), 1);
}

static void another_answer_is_told_from_the_same_one(void **state)
{
        struct known_bed *b = *state;
        struct scan_result *r = calloc(1, sizeof(*r));

        assert_non_null(r);
        struct finding *f = scan_result_add_finding(r);
        memcpy(f->rule, "wildcard", sizeof("wildcard"));
        f->certainty = CERTAINTY_UNKNOWN;
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        assert_true(known_answer_same(b->known, &b->ws, "x", r));
        assert_false(known_answer_same(b->known, &b->ws, "y", r));
        f->line++; /* it only moved */
        assert_true(known_answer_same(b->known, &b->ws, "x", r));
        f->certainty = CERTAINTY_YES;
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        f->severity++;
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        f->fingerprint[0] = 'f';
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        r->sha256[0]++;
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        r->n_findings = 0;
        assert_false(known_answer_same(b->known, &b->ws, "x", r));
        free(r);
}

static void another_generation_knows_nothing(void **state)
{
        struct known_bed *b = *state;
        uint8_t other[32] = {2};

        known_put(b->known, &b->ws, "x", &file);
        assert_false(known_set_generation(b->known, b->generation));
        assert_true(known_same(b->known, &b->ws, "x", &file));
        assert_true(known_set_generation(b->known, other));
        assert_false(known_same(b->known, &b->ws, "x", &file));
}

static int add(void *userdata, const struct reg_seen *seen)
{
        known_add(userdata, seen);
        return 0;
}

static void register_brings_it_back_under_the_same_generation(void **state)
{
        struct known_bed *b = *state;
        struct known *again;
        uint8_t other[32] = {2};

        known_put(b->known, &b->ws, "x", &file);
        known_flush(b->known);
        storer_stop(b->bed.storer);
        struct reg *reader = NULL;
        assert_int_equal(reg_open(&reader, b->bed.reg_path, true, NULL), 0);
        for (unsigned i = 0; i < 4; i++) {
                /* the generation is known after it, or before it */
                const uint8_t *generation = i & 1 ? other : b->generation;

                assert_int_equal(known_new(&again, b->bed.event, b->bed.storer, key), 0);
                if (i >= 2)
                        assert_true(known_set_generation(again, generation));
                assert_int_equal(reg_seen_each(reader, add, again), 0);
                assert_false(known_same(again, &b->ws, "x", &file) && i < 2);
                assert_true(known_set_generation(again, generation) == (i < 2));
                assert_true(known_same(again, &b->ws, "x", &file) == (generation != other));
                assert_null(known_free(again));
        }
        (void)reg_free(reader);
}

static void own_files_are_told_from_others_and_the_oldest_forgotten(void **state)
{
        struct known_bed *b = *state;
        struct file_id id = file;

        known_own(b->known, &file);
        assert_true(known_is_own(b->known, &file));
        id.size++;
        assert_false(known_is_own(b->known, &id));
        for (unsigned i = 0; i < 1024; i++) {
                id.ino = 100 + i;
                known_own(b->known, &id);
        }
        assert_false(known_is_own(b->known, &file));
        assert_true(known_is_own(b->known, &id));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                T(state_in_its_place_is_known_and_no_other),
                T(another_answer_is_told_from_the_same_one),
                T(another_generation_knows_nothing),
                T(register_brings_it_back_under_the_same_generation),
                T(own_files_are_told_from_others_and_the_oldest_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
