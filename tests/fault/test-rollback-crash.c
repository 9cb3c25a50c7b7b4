/* SPDX-FileCopyrightText: giad maintainers */
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/quarantine-fixture.h"
#include "tests/unit/test.h"

/*
 * A child puts a kept version back in the place of another one, as a rollback does, and is killed at each step of that; and at each step of
 * keeping one. Then the parent recovers and looks: something stands there, the new or the old content, whole; and no content is lost.
 */

#define OLD "approved\n"
#define NEW "not approved, and longer\n"

struct scene {
        struct fixture f; /* the workspace and the quarantine */
        struct quarantine *versions;
        char store[128];
        char id[ID_SIZE]; /* of the kept version */
        unsigned until;   /* steps that the child may do */
        unsigned returned;
};

static void at_step(void *userdata, const char *name)
{
        struct scene *s = userdata;

        (void)name;
        if (s->until-- == 0)
                (void)kill(getpid(), SIGKILL);
}

static void must(bool ok)
{
        if (!ok)
                _exit(99);
}

static int open_versions(struct scene *s, bool stepping)
{
        const struct quarantine_config config = {.store = s->store,
                                                 .copies = true,
                                                 .step = stepping ? at_step : NULL,
                                                 .step_userdata = s};

        return quarantine_new(&s->versions, &config);
}

static int keep(struct scene *s, struct quarantine_entry *ret)
{
        const struct quarantine_request request = fixture_scan(&s->f, "role.tf");
        int k = quarantine_keep(s->versions, &request, ret);
        int fd = request.fd;

        (void)fd_close(fd);
        return k;
}

static void scene_make(struct scene *s)
{
        struct quarantine_entry e = {.id = ""};

        *s = (struct scene){.until = 0};
        fixture_make_in_memory(&s->f);
        (void)snprintf(s->store, sizeof(s->store), "%s/versions", s->f.base);
        assert_int_equal(open_versions(s, false), 0);
        fixture_write(&s->f, "role.tf", OLD, strlen(OLD));
        assert_int_equal(fchmodat(s->f.root_fd, "role.tf", 0640, 0), 0);
        assert_int_equal(keep(s, &e), 0);
        memcpy(s->id, e.id, sizeof(s->id));
        assert_string_equal(e.path, "role.tf");
        assert_int_equal(e.size, strlen(OLD));
        quarantine_entry_done(&e);
        s->versions = quarantine_free(s->versions);
        assert_int_equal(unlinkat(s->f.root_fd, "role.tf", 0), 0);
        fixture_write(&s->f, "role.tf", NEW, strlen(NEW));
}

/* What daemon/rollback.c and its callers do. */
static void roll_back(struct scene *s)
{
        struct quarantine_ticket *ticket = NULL;
        struct quarantine_entry e = {.id = ""};
        const struct quarantine_release release = {.id = s->id,
                                                   .root_fd = s->f.root_fd,
                                                   .path = "role.tf",
                                                   .elsewhere = true,
                                                   .begun = true};
        struct file_id id;
        char *dropped = NULL;
        int result = -1;

        must(quarantine_give_begin(s->versions, &release) == 0);
        must(fixture_take(&s->f, "role.tf", &ticket) == 0);
        must(quarantine_store(s->f.q, &ticket, 1, &e, &result) == 1);
        must(quarantine_release(s->versions, &release, &id, &dropped) == 0);
        quarantine_give_end(s->versions, s->id);
}

static void keep_another(struct scene *s)
{
        struct quarantine_entry e = {.id = ""};

        must(keep(s, &e) == 0);
}

/* Returns true if the child came to its end. */
static bool run_child(struct scene *s, void (*run)(struct scene *s))
{
        int status = 0;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                s->f.config.store = s->f.store;
                s->f.config.step = at_step;
                s->f.config.step_userdata = s;
                must(quarantine_new(&s->f.q, &s->f.config) == 0);
                (void)quarantine_prepare(s->f.q, s->f.root_fd, s->f.workspace, NULL);
                must(open_versions(s, true) == 0);
                run(s);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) {
                assert_int_equal(WEXITSTATUS(status), 0);
                return true;
        }
        return false;
}

static void count_returned(void *userdata, const char *workspace, const char *path)
{
        assert_non_null(workspace);
        assert_string_equal(path, "role.tf");
        ((struct scene *)userdata)->returned++;
}

static void no_failure(void *userdata, const char *what, int error)
{
        (void)userdata;
        fail_msg("%s: %d", what, error);
}

static void recover(struct scene *s)
{
        const struct quarantine_recovery handler = {.failed = no_failure},
                                         versions = {.returned = count_returned,
                                                     .failed = no_failure,
                                                     .userdata = s};

        fixture_open(&s->f);
        assert_int_equal(open_versions(s, false), 0);
        assert_int_equal(quarantine_recover(s->f.q, &handler), 0);
        assert_int_equal(quarantine_recover(s->versions, &versions), 0);
}

static size_t content(struct scene *s, char dst[static 64])
{
        _cleanup_close_ int fd = openat(s->f.root_fd, "role.tf", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, dst, 63);

        dst[n > 0 ? n : 0] = '\0';
        return n > 0 ? (size_t)n : 0;
}

static unsigned entries(struct quarantine *q)
{
        struct quarantine_stats stats;

        quarantine_stats(q, &stats);
        assert_int_equal(stats.held, 0);
        return (unsigned)stats.entries;
}

static void scene_done(struct scene *s)
{
        s->versions = quarantine_free(s->versions);
        fixture_done(&s->f);
}

static void killed_at_any_step_of_a_rollback(void **state)
{
        unsigned n = 0, put_back = 0, returned = 0;
        bool ended = false;

        (void)state;
        for (; !ended; n++) {
                struct scene s;
                struct stat st;
                char text[64];

                scene_make(&s);
                s.until = n;
                ended = run_child(&s, roll_back);
                recover(&s);
                (void)content(&s, text);
                bool old = strcmp(text, OLD) == 0;
                if (!old && strcmp(text, NEW) != 0)
                        fail_msg("step %u: \"%s\" stands there", n, text);
                assert_int_equal(fstatat(s.f.root_fd, "role.tf", &st, 0), 0);
                assert_int_equal(st.st_mode & 07777, old ? 0640 : 0644);
                assert_int_equal(entries(s.f.q), old ? 1 : 0);
                assert_int_equal(entries(s.versions), 1); /* it can be put back once more */
                put_back += old;
                returned += s.returned;
                /* nothing is left to do */
                s.returned = 0;
                s.versions = quarantine_free(s.versions);
                s.f.q = quarantine_free(s.f.q);
                recover(&s);
                assert_int_equal(s.returned, 0);
                scene_done(&s);
                assert_true(n < 200);
        }
        print_message("killed %u times; put back %u times, by recovery %u\n", n - 1, put_back,
                      returned);
        assert_true(n > 12 && put_back > 5 && returned > 3);
}

static void killed_at_any_step_of_keeping(void **state)
{
        bool ended = false;
        unsigned n = 0;

        (void)state;
        for (; !ended; n++) {
                struct scene s;
                char text[64];

                scene_make(&s);
                s.until = n;
                ended = run_child(&s, keep_another);
                recover(&s);
                (void)content(&s, text);
                assert_string_equal(text, NEW);
                assert_true(entries(s.versions) == 1 || entries(s.versions) == 2);
                assert_true(!ended || entries(s.versions) == 2);
                scene_done(&s);
                assert_true(n < 200);
        }
        assert_true(n > 4);
}

static void what_stands_there_is_never_replaced(void **state)
{
        struct scene s;
        char text[64];

        (void)state;
        scene_make(&s);
        assert_int_equal(open_versions(&s, false), 0);
        const struct quarantine_release release = {.id = s.id,
                                                   .root_fd = s.f.root_fd,
                                                   .path = "role.tf",
                                                   .elsewhere = true,
                                                   .begun = true};
        struct file_id id;
        char *dropped = NULL;
        assert_int_equal(quarantine_give_begin(s.versions, &release), 0);
        assert_int_equal(quarantine_give_begin(s.versions, &release), -EBUSY);
        assert_int_equal(quarantine_release(s.versions, &release, &id, &dropped), -EEXIST);
        quarantine_give_end(s.versions, s.id);
        (void)content(&s, text);
        assert_string_equal(text, NEW);
        assert_int_equal(quarantine_give_begin(s.versions, &release), 0);
        quarantine_give_end(s.versions, s.id);
        scene_done(&s);
}

static void what_changed_meanwhile_is_not_kept(void **state)
{
        struct quarantine_entry e = {.id = ""};
        uint8_t sha256[32] = {1};
        struct scene s;

        (void)state;
        scene_make(&s);
        assert_int_equal(open_versions(&s, false), 0);
        struct quarantine_request request = fixture_scan(&s.f, "role.tf");
        request.sha256 = sha256;
        assert_int_equal(quarantine_keep(s.versions, &request, &e), -ESTALE);
        (void)fd_close(request.fd);
        assert_int_equal(entries(s.versions), 1);
        scene_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_at_any_step_of_a_rollback),
                cmocka_unit_test(killed_at_any_step_of_keeping),
                cmocka_unit_test(what_stands_there_is_never_replaced),
                cmocka_unit_test(what_changed_meanwhile_is_not_kept),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
