/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/register-check.h"
#include "tests/unit/daemon-fixture.h"

struct watching {
        struct bed bed;
        bool found;
};

static void on_found(void *userdata)
{
        ((struct watching *)userdata)->found = true;
}

static int setup(void **state)
{
        struct watching *w = calloc(1, sizeof(*w));

        assert_non_null(w);
        bed_make(&w->bed, "");
        *state = w;
        return 0;
}

static int teardown(void **state)
{
        struct watching *w = *state;

        bed_done(&w->bed);
        free(w);
        return 0;
}

static void fill(struct watching *w)
{
        struct reg *r = NULL;

        w->bed.storer = storer_free(w->bed.storer);
        assert_int_equal(reg_open(&r, w->bed.reg_path, false, NULL), 0);
        assert_int_equal(reg_begin(r), 0);
        for (unsigned i = 0; i < 3000; i++) {
                char path[32], workspace[] = "/srv/w";
                struct reg_artefact a = {.workspace = workspace, .path = path};

                (void)snprintf(path, sizeof(path), "file-%u", i);
                assert_int_equal(reg_artefact_put(r, &a, NULL, 0), 0);
        }
        assert_int_equal(reg_commit(r, true), 0);
        (void)reg_free(r);
        bed_start_storer(&w->bed);
}

static void run_for(struct watching *w, usec_t time)
{
        usec_t end = clock_monotonic() + time;

        while (!w->found && clock_monotonic() < end)
                assert_true(sd_event_run(w->bed.event, 10 * USEC_PER_MSEC) >= 0);
}

static void a_whole_register_is_not_reported(void **state)
{
        struct watching *w = *state;
        struct register_check *c = NULL;

        fill(w);
        assert_int_equal(register_check_new(&c, w->bed.event, w->bed.reg_path, on_found, w), 0);
        for (unsigned i = 0; i < 3; i++) {
                register_check_start(c);
                register_check_start(c); /* one is enough */
                run_for(w, 300 * USEC_PER_MSEC);
        }
        assert_false(w->found);
        assert_null(register_check_free(c));
}

static void a_damaged_one_is(void **state)
{
        struct watching *w = *state;
        struct register_check *c = NULL;
        static const char noise[] = "noise that was never a page of a database";
        struct stat st;

        fill(w);
        assert_int_equal(stat(w->bed.reg_path, &st), 0);
        _cleanup_close_ int fd = open(w->bed.reg_path, O_WRONLY | O_CLOEXEC);
        for (off_t at = 8192; at < st.st_size; at += 8192)
                assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
        assert_int_equal(register_check_new(&c, w->bed.event, w->bed.reg_path, on_found, w), 0);
        register_check_start(c);
        run_for(w, PATIENCE);
        assert_true(w->found);
        (void)register_check_free(c);
}

static void one_that_is_under_way_is_broken_off(void **state)
{
        struct watching *w = *state;
        struct register_check *c = NULL;

        fill(w);
        for (unsigned i = 0; i < 20; i++) {
                assert_int_equal(register_check_new(&c, w->bed.event, w->bed.reg_path, on_found, w),
                                 0);
                register_check_start(c);
                (void)register_check_free(c);
        }
        assert_false(w->found);
}

int main(void)
{
        SKIP_WITHOUT_KERNEL_CALLS();
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_whole_register_is_not_reported, setup, teardown),
                cmocka_unit_test_setup_teardown(a_damaged_one_is, setup, teardown),
                cmocka_unit_test_setup_teardown(one_that_is_under_way_is_broken_off, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
