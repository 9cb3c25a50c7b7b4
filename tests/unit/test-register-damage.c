/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "common/base/io.h"
#include "tests/unit/register-fixture.h"

static char workspace[] = "/srv/w";

static void put(struct reg *r, const char *name)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "%s", name);
        register_put(r, (struct reg_artefact){.workspace = workspace, .path = path},
                     CLASS_SUDO_MISUSE);
}

static int count(void *userdata, const struct reg_artefact *a)
{
        (void)a;
        ++*(size_t *)userdata;
        return 0;
}

static size_t artefacts(struct reg *r)
{
        size_t n = 0;

        (void)reg_artefact_each(r, NULL, NULL, _REG_STATE_MAX, count, &n);
        return n;
}

static void fill(struct reg *r)
{
        assert_int_equal(reg_begin(r), 0);
        for (unsigned i = 0; i < 400; i++) {
                char name[32];

                (void)snprintf(name, sizeof(name), "file-%u", i);
                put(r, name);
        }
        assert_int_equal(reg_commit(r, true), 0);
}

/* All of it is in the database, and nothing in its log. */
static void settle(struct register_fixture *f)
{
        f->r = reg_free(f->r);
        assert_int_equal(register_files(f, "register.db-wal", NULL), 0);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
}

static off_t size_of(const char *path)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_size;
}

static void write_over(const char *path, const char *text, off_t at)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0 && lseek(fd, at, SEEK_SET) == at);
        assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
}

/* Somebody notices before the next write, and what follows is a register that works. */
static void is_noticed_and_renewed(struct register_fixture *f, const char *word)
{
        const char *why = NULL;
        struct reg *same = f->r;

        assert_int_equal(reg_verify(f->r, &why), -EUCLEAN);
        if (!strstr(why, word))
                fail_msg("\"%s\" is not \"%s\"", why, word);
        assert_int_equal(reg_renew(f->r), 0);
        assert_ptr_equal(f->r, same);
        assert_int_equal(reg_verify(f->r, &why), 0);
        assert_int_equal(artefacts(f->r), 0);
        put(f->r, "afterwards");
        assert_int_equal(reg_check(f->r), 0);
        f->r = reg_free(f->r);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
        assert_int_equal(artefacts(f->r), 1);
}

static void a_whole_register_is_not_suspected(void **state)
{
        struct register_fixture *f = *state;
        const char *why;

        assert_int_equal(reg_verify(f->r, &why), 0);
        for (unsigned i = 0; i < 20; i++) {
                fill(f->r);
                assert_int_equal(reg_verify(f->r, &why), 0);
        }
        settle(f);
        assert_int_equal(reg_verify(f->r, &why), 0);
        assert_false(reg_damaged(f->r));
        assert_null(reg_aside(f->r));
}

static void one_that_is_cut_short_while_it_is_open_is_noticed(void **state)
{
        struct register_fixture *f = *state;
        static const off_t places[] = {0, 1, 99, 100, 512, 4095, 4096, 4097, 8192};

        for (size_t i = 0; i < ELEMENTSOF(places) + 3; i++) {
                fill(f->r);
                settle(f);
                off_t whole = size_of(f->path);
                off_t to = i < ELEMENTSOF(places)        ? places[i]
                           : i == ELEMENTSOF(places)     ? whole / 2
                           : i == ELEMENTSOF(places) + 1 ? whole - 4096
                                                         : whole - 1;
                assert_int_equal(truncate(f->path, to), 0);
                is_noticed_and_renewed(f, "cut short");
        }
}

static void one_that_is_cut_short_while_nobody_has_it_open_is_noticed(void **state)
{
        struct register_fixture *f = *state;
        static const off_t places[] = {0, 1, 99, 100, 512, 4095, 4096, 4097, 8192};

        for (size_t i = 0; i < ELEMENTSOF(places) + 2; i++) {
                bool aside = false;

                fill(f->r);
                f->r = reg_free(f->r);
                off_t whole = size_of(f->path);
                off_t to = i < ELEMENTSOF(places)    ? places[i]
                           : i == ELEMENTSOF(places) ? whole / 2
                                                     : whole - 1;
                assert_int_equal(truncate(f->path, to), 0);
                assert_int_equal(reg_open(&f->r, f->path, false, &aside), 0);
                /* SQLite takes part of a page for a whole one: then it is noticed before the first write */
                if (!aside) {
                        assert_int_equal(to, whole - 1);
                        is_noticed_and_renewed(f, "cut short");
                        continue;
                }
                assert_int_equal(size_of(reg_aside(f->r)), to);
                assert_int_equal(artefacts(f->r), 0);
                assert_int_equal(reg_check(f->r), 0);
        }
}

static void what_is_written_over_it_is_noticed(void **state)
{
        struct register_fixture *f = *state;
        static const char *const texts[] = {"shopping list\n", "SQLite format 3", "\177ELF"};
        sqlite3 *db = NULL;
        char other[128], command[320];

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                fill(f->r);
                settle(f);
                assert_int_equal(truncate(f->path, 0), 0);
                write_over(f->path, texts[i], 0);
                is_noticed_and_renewed(f, "cut short");
        }
        fill(f->r);
        settle(f);
        write_over(f->path, "a letter to somebody else, longer than a header: dear …", 0);
        is_noticed_and_renewed(f, "written over");
        /* another program's database, as cp(1) puts it there */
        (void)snprintf(other, sizeof(other), "%s/other.db", f->dir);
        assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db,
                                      "CREATE TABLE bookmarks(url TEXT);"
                                      "INSERT INTO bookmarks VALUES('https://example.org')",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        fill(f->r);
        settle(f);
        (void)snprintf(command, sizeof(command), "%s", other);
        _cleanup_fclose_ FILE *from = fopen(command, "re");
        char content[65536];
        assert_non_null(from);
        size_t n = fread(content, 1, sizeof(content), from);
        assert_int_equal(truncate(f->path, 0), 0);
        _cleanup_close_ int fd = open(f->path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(io_write_all(fd, content, n), 0);
        is_noticed_and_renewed(f, "written over");
}

static void one_that_is_moved_or_deleted_is_noticed(void **state)
{
        struct register_fixture *f = *state;
        char other[128];

        fill(f->r);
        (void)snprintf(other, sizeof(other), "%s/elsewhere", f->dir);
        assert_int_equal(rename(f->path, other), 0);
        is_noticed_and_renewed(f, "moved away");
        assert_int_equal(unlink(f->path), 0);
        is_noticed_and_renewed(f, "deleted");
        /* there was nothing to set aside */
        assert_null(reg_aside(f->r));
        /* replaced: a new file of the same name */
        fill(f->r);
        assert_int_equal(rename(other, f->path), 0);
        is_noticed_and_renewed(f, "replaced");
}

static void who_reads_the_former_one_goes_on_reading_it(void **state)
{
        struct register_fixture *f = *state;
        struct reg *reader = NULL;

        fill(f->r);
        assert_int_equal(reg_open(&reader, f->path, true, NULL), 0);
        assert_int_equal(artefacts(reader), 400);
        reg_condemn(f->r);
        is_noticed_and_renewed(f, "damaged");
        assert_int_equal(artefacts(reader), 400);
        /* and closing it takes nothing from the new one, its log least of all */
        put(f->r, "in the log");
        reader = reg_free(reader);
        assert_int_equal(artefacts(f->r), 2);
        assert_int_equal(reg_open(&reader, f->path, true, NULL), 0);
        assert_int_equal(artefacts(reader), 2);
        (void)reg_free(reader);
}

static void only_some_damaged_ones_are_kept(void **state)
{
        struct register_fixture *f = *state;

        for (unsigned i = 0; i < 9; i++) {
                fill(f->r);
                reg_condemn(f->r);
                assert_int_equal(reg_renew(f->r), 0);
        }
        /* each with its log and what belongs to that */
        assert_int_equal(register_files(f, "register.db.damaged-", NULL), 4 * 3);
}

static void where_no_new_one_can_be_made_all_is_as_before(void **state)
{
        struct register_fixture *f = *state;
        char gone[128];

        if (geteuid() == 0) {
                /* no mode keeps root from anything: the directory is not there */
                (void)snprintf(gone, sizeof(gone), "%s-gone", f->dir);
                fill(f->r);
                reg_condemn(f->r);
                assert_int_equal(rename(f->dir, gone), 0);
                assert_true(reg_renew(f->r) < 0);
                assert_int_equal(artefacts(f->r), 400);
                assert_true(reg_damaged(f->r));
                assert_int_equal(rename(gone, f->dir), 0);
                assert_int_equal(reg_renew(f->r), 0);
                assert_int_equal(artefacts(f->r), 0);
        }
}

/* Whatever is flipped: it is set aside, or what is left of it is used; nobody crashes or waits. */
static void flipped_bytes_do_no_harm(void **state)
{
        struct register_fixture *f = *state;
        unsigned set_aside = 0, seed = 1;

        for (unsigned i = 0; i < 150; i++) {
                bool aside = false;

                fill(f->r);
                f->r = reg_free(f->r);
                off_t size = size_of(f->path);
                for (unsigned k = 0; k < 1u << i % 6; k++) {
                        char byte[2] = {(char)(1 + (seed >> 16) % 255), '\0'};

                        seed = seed * 1103515245u + 12345u;
                        write_over(f->path, byte, (off_t)(seed % (unsigned long)size));
                }
                assert_int_equal(reg_open(&f->r, f->path, false, &aside), 0);
                struct reg_filter all = REG_FILTER_ALL;
                struct reg_listing *l = NULL;
                if (reg_listing_new(&l, f->r, &all) == 0)
                        while (reg_listing_step(l, f->r, 50, count, &(size_t){0}) > 0)
                                ;
                (void)reg_listing_free(l);
                put(f->r, "afterwards");
                set_aside += aside || reg_damaged(f->r);
                reg_condemn(f->r);
                assert_int_equal(reg_renew(f->r), 0);
        }
        assert_true(set_aside > 30);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)
                CASE(a_whole_register_is_not_suspected),
                CASE(one_that_is_cut_short_while_it_is_open_is_noticed),
                CASE(one_that_is_cut_short_while_nobody_has_it_open_is_noticed),
                CASE(what_is_written_over_it_is_noticed),
                CASE(one_that_is_moved_or_deleted_is_noticed),
                CASE(who_reads_the_former_one_goes_on_reading_it),
                CASE(only_some_damaged_ones_are_kept),
                CASE(where_no_new_one_can_be_made_all_is_as_before),
                CASE(flipped_bytes_do_no_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
