/* SPDX-FileCopyrightText: giad maintainers */
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tests/unit/quarantine-fixture.h"
#include "tests/unit/test.h"

/*
 * A child does the work and is killed: at each step that the code itself marks, and, where ptrace
 * is allowed, after each single system call. Then the parent recovers and looks: the file must be
 * whole and in exactly one place.
 */

#define CONTENT "aws_iam_policy wildcard\n"
#define OTHER "swapped in\n"

enum expectation { STORED_OR_IN_PLACE, PURGED_OR_NOT };

struct scenario {
        void (*prepare)(struct fixture *f); /* in the parent, quarantine open; may be NULL */
        void (*run)(struct fixture *f);     /* in the child, quarantine open */
        void (*at_step)(struct fixture *f, const char *name); /* in the child */
        void (*mend)(struct fixture *f);                      /* in the parent, before recovery */
        enum expectation expectation;
        unsigned files;
        const char *content;
        unsigned steps_min;
};

/* The run of one scenario; the fixture is first, so that hooks find both. */
struct crash {
        struct fixture f;
        const struct scenario *scenario;
        char id[ID_SIZE];
        unsigned until; /* steps that the child may do */
        bool by_step;
};

static void at_step(void *userdata, const char *name)
{
        struct crash *c = userdata;

        if (c->scenario->at_step)
                c->scenario->at_step(&c->f, name);
        if (c->by_step && c->until-- == 0)
                (void)kill(getpid(), SIGKILL);
}

static void must(bool ok)
{
        if (!ok)
                _exit(99);
}

static void child_open(struct fixture *f)
{
        f->config.store = f->store;
        must(quarantine_new(&f->q, &f->config) == 0);
        (void)quarantine_prepare(f->q, f->root_fd, f->workspace, NULL);
}

static void child(struct crash *c)
{
        c->f.config.step = at_step;
        c->f.config.step_userdata = c;
        if (!c->by_step) {
                must(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
                (void)raise(SIGSTOP);
        }
        child_open(&c->f);
        c->scenario->run(&c->f);
        _exit(0);
}

/* Lets the child do so many system calls. */
static void trace(pid_t pid, unsigned calls)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSTOPPED(status));
        for (unsigned i = 0; i < 2 * calls; i++) { /* entry and exit */
                if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
                        return;
                assert_int_equal(waitpid(pid, &status, 0), pid);
                if (!WIFSTOPPED(status)) {
                        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
                        return;
                }
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
}

/* Returns true if the child came to its end. */
static bool crash_once(struct crash *c)
{
        int status = 0;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                child(c);
        if (!c->by_step)
                trace(pid, c->until);
        if (waitpid(pid, &status, 0) < 0) /* trace() saw its end */
                return true;
        if (WIFEXITED(status)) {
                assert_int_equal(WEXITSTATUS(status), 0);
                return true;
        }
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return false;
}

/* --- looking ------------------------------------------------------------------------------------
 */

struct seen {
        struct crash *c;
        unsigned stored, held;
};

static int see(void *userdata, const struct quarantine_entry *e)
{
        struct seen *seen = userdata;
        const char *content = seen->c->scenario->content;

        if (e->held) {
                seen->held++;
                return 0;
        }
        seen->stored++;
        assert_string_equal(e->workspace, seen->c->f.workspace);
        if (e->symlink_target) {
                assert_string_equal(e->symlink_target, content);
                return 0;
        }
        _cleanup_close_ int fd = quarantine_open(seen->c->f.q, e->id);
        assert_true(fixture_holds(fd, content, strlen(content)));
        return 0;
}

/* Names in the workspace, all of them whole. */
static unsigned names_in_place(struct crash *c)
{
        const char *content = c->scenario->content;
        int fd = openat(c->f.root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fdopendir(fd);
        const struct dirent *d;
        struct stat st;
        unsigned n = 0;

        assert_non_null(dir);
        while ((d = readdir(dir))) {
                char target[64];

                if (d->d_name[0] == '.' && (d->d_name[1] == '\0' || d->d_name[1] == '.'))
                        continue;
                n++;
                assert_string_not_equal(d->d_name, ".giad");
                assert_int_equal(fstatat(c->f.root_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
                if (S_ISLNK(st.st_mode)) {
                        ssize_t size = readlinkat(c->f.root_fd, d->d_name, target, sizeof(target));

                        assert_int_equal(size, strlen(content));
                        continue;
                }
                assert_int_equal(st.st_mode & 07777, 0644);
                _cleanup_close_ int file = openat(c->f.root_fd, d->d_name, O_RDONLY | O_CLOEXEC);
                assert_true(fixture_holds(file, content, strlen(content)));
        }
        (void)closedir(dir);
        return n;
}

/* Nothing but entries, journal and identity; nothing half made. */
static void store_is_tidy(struct crash *c, unsigned entries)
{
        assert_int_equal(fixture_count(c->f.store), entries + 2);
}

static void look(struct crash *c)
{
        struct seen seen = {.c = c};
        unsigned files = c->scenario->files, in_place = names_in_place(c);
        struct quarantine_stats stats;

        assert_int_equal(quarantine_list(c->f.q, see, &seen), 0);
        assert_int_equal(seen.held, 0);
        quarantine_stats(c->f.q, &stats);
        assert_int_equal(stats.held, 0);
        assert_int_equal(stats.entries, seen.stored);
        switch (c->scenario->expectation) {
        case STORED_OR_IN_PLACE:
                assert_int_equal(seen.stored + in_place, files);
                break;
        case PURGED_OR_NOT:
                assert_true(seen.stored <= files);
                assert_int_equal(in_place, 0);
                break;
        }
        store_is_tidy(c, seen.stored);
}

static void no_failure(void *userdata, const char *what, int error)
{
        (void)userdata;
        fail_msg("recovery failed: %s: %d", what, error);
}

/* --- scenarios ---- */

static const char *name_of(unsigned i, char name[static 16])
{
        (void)snprintf(name, 16, "file-%u", i);
        return name;
}

static void write_files(struct fixture *f)
{
        struct crash *c = (struct crash *)f;
        char name[16];

        for (unsigned i = 0; i < c->scenario->files; i++)
                fixture_write(f, name_of(i, name), CONTENT, strlen(CONTENT));
}

static void take_all(struct fixture *f, struct quarantine_ticket **tickets, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                struct quarantine_request request = {.workspace = f->workspace,
                                                     .root_fd = f->root_fd};
                enum reason reason;
                char name[16];
                struct stat st;

                request.path = name_of(i, name);
                request.fd = open_beneath(f->root_fd, request.path, O_RDONLY);
                must(request.fd >= 0 && fstat(request.fd, &st) == 0);
                file_id_from_stat(&request.id, &st);
                (void)quarantine_take(f->q, &request, &tickets[i], &reason);
                (void)fd_close(request.fd);
        }
}

static void run_take_and_store(struct fixture *f)
{
        struct crash *c = (struct crash *)f;
        struct quarantine_ticket *tickets[4] = {NULL};
        struct quarantine_entry entries[4];
        int results[4];
        unsigned n = c->scenario->files;

        take_all(f, tickets, n);
        if (tickets[0])
                must(quarantine_store(f->q, tickets, n, entries, results) == n);
}

static void swap_names(struct fixture *f, const char *name)
{
        if (strcmp(name, "take-intent") != 0)
                return;
        int fd = openat(f->root_fd, "other", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        must(fd >= 0 && write(fd, OTHER, strlen(OTHER)) == (ssize_t)strlen(OTHER));
        (void)fd_close(fd);
        must(renameat(f->root_fd, "other", f->root_fd, "file-0") == 0);
}

static void prepare_entry(struct fixture *f)
{
        struct crash *c = (struct crash *)f;
        struct quarantine_entry e;

        fixture_write(f, "file-0", CONTENT, strlen(CONTENT));
        fixture_quarantine(f, "file-0", &e);
        memcpy(c->id, e.id, sizeof(e.id));
        quarantine_entry_done(&e);
}

static void prepare_symlink(struct fixture *f)
{
        struct crash *c = (struct crash *)f;
        struct quarantine_entry e;

        assert_int_equal(symlinkat("nowhere/at-all", f->root_fd, "file-0"), 0);
        fixture_quarantine(f, "file-0", &e);
        memcpy(c->id, e.id, sizeof(e.id));
        quarantine_entry_done(&e);
}

static void run_release(struct fixture *f)
{
        struct crash *c = (struct crash *)f;
        struct quarantine_release release = {.id = c->id, .root_fd = f->root_fd, .path = "file-0"};
        struct file_id id;
        char *dropped;

        must(quarantine_release(f->q, &release, &id, &dropped) == 0);
}

static void run_purge(struct fixture *f)
{
        must(quarantine_purge(f->q, ((struct crash *)f)->id) == 0);
}

static void prepare_held(struct fixture *f)
{
        struct quarantine_ticket *ticket = NULL;

        fixture_write(f, "file-0", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "file-0", &ticket), 0);
        (void)quarantine_ticket_free(ticket);
}

static void run_recover(struct fixture *f)
{
        must(quarantine_recover(f->q, NULL) == 0);
}

/* --- running them ---- */

static void crash_make(struct crash *c, const struct scenario *s, bool tmpfs)
{
        *c = (struct crash){.scenario = s};
        fixture_make_in_memory(&c->f);
        if (tmpfs) {
                c->f.root_fd = fd_close(c->f.root_fd);
                assert_int_equal(mount("tmpfs", c->f.workspace, "tmpfs", 0, "size=1m,mode=755"), 0);
                c->f.root_fd = open(c->f.workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        c->f.config.store = c->f.store;
        assert_int_equal(quarantine_new(&c->f.q, &c->f.config), 0);
        (void)quarantine_prepare(c->f.q, c->f.root_fd, c->f.workspace, NULL);
        if (s->prepare)
                s->prepare(&c->f);
        c->f.q = quarantine_free(c->f.q);
}

static void crash_recover(struct crash *c)
{
        const struct quarantine_recovery handler = {.failed = no_failure};

        if (c->scenario->mend)
                c->scenario->mend(&c->f);
        for (unsigned i = 0; i < 2; i++) { /* it must be idempotent */
                assert_int_equal(quarantine_new(&c->f.q, &c->f.config), 0);
                (void)quarantine_prepare(c->f.q, c->f.root_fd, c->f.workspace, NULL);
                assert_int_equal(quarantine_recover(c->f.q, &handler), 0);
                look(c);
                c->f.q = quarantine_free(c->f.q);
        }
}

/* A child for each place in which it can be killed, until one comes to its end. */
static void crash_everywhere(const struct scenario *s, bool by_step, bool tmpfs)
{
        bool ended = false;
        unsigned n = 0;

        for (; !ended; n++) {
                struct crash c;

                crash_make(&c, s, tmpfs);
                c.by_step = by_step;
                c.until = n;
                ended = crash_once(&c);
                crash_recover(&c);
                if (tmpfs) {
                        c.f.root_fd = fd_close(c.f.root_fd);
                        assert_int_equal(umount2(c.f.workspace, MNT_DETACH), 0);
                }
                fixture_done(&c.f);
                assert_true(n < 2000);
        }
        print_message("killed %u times\n", n - 1);
        assert_true(n > s->steps_min);
}

static const struct scenario take_and_store = {.prepare = write_files,
                                               .run = run_take_and_store,
                                               .expectation = STORED_OR_IN_PLACE,
                                               .files = 1,
                                               .content = CONTENT,
                                               .steps_min = 9};
static const struct scenario release_file = {.prepare = prepare_entry,
                                             .run = run_release,
                                             .files = 1,
                                             .content = CONTENT,
                                             .steps_min = 3};
static const struct scenario purge_entry = {.prepare = prepare_entry,
                                            .run = run_purge,
                                            .expectation = PURGED_OR_NOT,
                                            .files = 1,
                                            .content = CONTENT,
                                            .steps_min = 3};

static void killed_at_any_step_of_take_and_store(void **state)
{
        (void)state;
        crash_everywhere(&take_and_store, true, false);
}

static void killed_at_any_step_of_a_batch(void **state)
{
        struct scenario s = take_and_store;

        (void)state;
        s.files = 3;
        s.steps_min = 20;
        crash_everywhere(&s, true, false);
}

static void killed_while_what_was_swapped_in_goes_back(void **state)
{
        struct scenario s = take_and_store;

        (void)state;
        s.at_step = swap_names;
        s.content = OTHER;
        s.steps_min = 3;
        crash_everywhere(&s, true, false);
}

static void killed_at_any_step_of_release(void **state)
{
        (void)state;
        crash_everywhere(&release_file, true, false);
}

static void killed_at_any_step_of_the_release_of_a_symlink(void **state)
{
        struct scenario s = release_file;

        (void)state;
        s.prepare = prepare_symlink;
        s.content = "nowhere/at-all";
        crash_everywhere(&s, true, false);
}

static void killed_at_any_step_of_purge(void **state)
{
        (void)state;
        crash_everywhere(&purge_entry, true, false);
}

static void killed_at_any_step_of_recovery(void **state)
{
        struct scenario s = take_and_store;

        (void)state;
        s.prepare = prepare_held;
        s.run = run_recover;
        s.steps_min = 5;
        crash_everywhere(&s, true, false);
}

static bool can_trace(void)
{
        pid_t pid = fork();
        int status = 0;

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void need_trace(void)
{
        if (!can_trace()) {
                print_message("skipped: ptrace is not allowed\n");
                skip();
        }
}

static void killed_after_any_system_call_of_take_and_store(void **state)
{
        (void)state;
        need_trace();
        crash_everywhere(&take_and_store, false, false);
}

static void killed_after_any_system_call_of_release(void **state)
{
        (void)state;
        need_trace();
        crash_everywhere(&release_file, false, false);
}

static void killed_after_any_system_call_of_purge(void **state)
{
        (void)state;
        need_trace();
        crash_everywhere(&purge_entry, false, false);
}

static void need_mounts(void)
{
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                print_message("skipped: mounting needs root\n");
                skip();
        }
}

/* A workspace that is a mount of its own has no holding directory: everything happens in place. */
static void killed_at_any_step_without_a_holding_directory(void **state)
{
        struct scenario release = release_file;

        (void)state;
        need_mounts();
        crash_everywhere(&take_and_store, true, true);
        release.prepare = prepare_symlink;
        release.content = "nowhere/at-all";
        crash_everywhere(&release, true, true);
        if (can_trace())
                crash_everywhere(&take_and_store, false, true);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_at_any_step_of_take_and_store),
                cmocka_unit_test(killed_at_any_step_of_a_batch),
                cmocka_unit_test(killed_while_what_was_swapped_in_goes_back),
                cmocka_unit_test(killed_at_any_step_of_release),
                cmocka_unit_test(killed_at_any_step_of_the_release_of_a_symlink),
                cmocka_unit_test(killed_at_any_step_of_purge),
                cmocka_unit_test(killed_at_any_step_of_recovery),
                cmocka_unit_test(killed_after_any_system_call_of_take_and_store),
                cmocka_unit_test(killed_after_any_system_call_of_release),
                cmocka_unit_test(killed_after_any_system_call_of_purge),
                /* leaves the process in a mount namespace of its own: last */
                cmocka_unit_test(killed_at_any_step_without_a_holding_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
