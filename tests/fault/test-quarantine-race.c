/* SPDX-FileCopyrightText: giad maintainers */
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/quarantine-fixture.h"
#include "tests/unit/test.h"

/*
 * A second process with the uid of the file's owner fights for the file while it is taken.
 * QUARANTINE_RACES sets the number of rounds (500).
 */

#define ATTACKER 65534
#define SECRET "secret of round %u\n"

struct arena {
        atomic_uint round; /* the file of this round stands there */
        atomic_uint taken; /* the take of this round has returned */
        atomic_uint seen;  /* the attacker saw the file of this round go */
        atomic_uint leaks; /* contents read after the take had returned */
        atomic_uint tries;
        atomic_bool pause, paused;
};

static unsigned rounds(void)
{
        const char *n = getenv("QUARANTINE_RACES");

        return n ? (unsigned)strtoul(n, NULL, 10) : 500;
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        fixture_make_in_memory(f);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        fixture_done(f);
        free(f);
        return 0;
}

static void need_root(void)
{
        if (geteuid() != 0) {
                print_message("skipped: an agent with another uid than giad's needs root\n");
                skip();
        }
}

static struct arena *arena_new(void)
{
        struct arena *a =
                mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        assert_true(a != MAP_FAILED);
        return a;
}

/* Becomes the agent. It keeps nothing of giad's but what every process can reach by name. */
static pid_t attacker_fork(void)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        if (setgroups(0, NULL) < 0 || setresgid(ATTACKER, ATTACKER, ATTACKER) < 0 ||
            setresuid(ATTACKER, ATTACKER, ATTACKER) < 0)
                _exit(1);
        /* the change of ids has cleared it */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                _exit(1);
        for (int fd = 3; fd < 64; fd++)
                (void)close(fd);
        return 0;
}

static void attacker_end(pid_t pid)
{
        int status;

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
}

/* --- the watcher: opens, links and moves whatever it hears of ------------------------------------
 */

static void watcher_read(struct arena *a, int dir_fd, const char *name)
{
        unsigned taken = atomic_load(&a->taken);
        char expected[64], got[64];

        atomic_fetch_add(&a->tries, 1);
        int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0600, 0) == 0)
                fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return;
        (void)snprintf(expected, sizeof(expected), SECRET, taken);
        ssize_t n = read(fd, got, sizeof(got));
        if (taken > 0 && n == (ssize_t)strlen(expected) && memcmp(got, expected, (size_t)n) == 0)
                atomic_fetch_add(&a->leaks, 1);
        (void)close(fd);
}

static void watcher_read_all(struct arena *a, const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *d;

        if (!dir)
                return;
        while ((d = readdir(dir)))
                watcher_read(a, dirfd(dir), d->d_name);
        (void)closedir(dir);
}

/* Everything that this name, and the directories that it knows of, could still give. */
static void watcher_attack(struct arena *a, int dir_fd, const char *name, const char *store_id)
{
        static const char *const tops[] = {"", "/tmp", "/dev/shm"};
        char path[256], grab[64];

        watcher_read(a, dir_fd, name);
        (void)snprintf(grab, sizeof(grab), "grab-%u", atomic_load(&a->tries));
        if (linkat(dir_fd, name, dir_fd, grab, 0) == 0 ||
            renameat(dir_fd, name, dir_fd, grab) == 0) {
                watcher_read(a, dir_fd, grab);
                (void)unlinkat(dir_fd, grab, 0);
        }
        for (int fd = 3; fd < 32; fd++) {
                (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), fd);
                watcher_read(a, AT_FDCWD, path);
        }
        for (size_t i = 0; i < ELEMENTSOF(tops); i++) {
                (void)snprintf(path, sizeof(path), "%s/.giad/%s", tops[i], store_id);
                watcher_read_all(a, path);
                (void)snprintf(path, sizeof(path), "%s/.giad", tops[i]);
                (void)snprintf(grab, sizeof(grab), "%s/giad-stolen", tops[i]);
                if (rename(path, grab) == 0)
                        atomic_fetch_add(&a->leaks, 1000000);
        }
}

static void watcher_run(struct arena *a, const char *workspace, const char *store_id)
{
        _Alignas(struct inotify_event) char buffer[16384];
        char own[64];
        int in = inotify_init1(IN_CLOEXEC);
        int dir = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (in < 0 || dir < 0 || inotify_add_watch(in, workspace, IN_ALL_EVENTS) < 0)
                _exit(1);
        atomic_store(&a->paused, true); /* ready */
        for (;;) {
                ssize_t n = read(in, buffer, sizeof(buffer));

                for (ssize_t i = 0; i < n;) {
                        const struct inotify_event *e = (const void *)(buffer + i);

                        i += (ssize_t)(sizeof(*e) + e->len);
                        if (e->len == 0)
                                continue;
                        unsigned round = atomic_load(&a->round);
                        (void)snprintf(own, sizeof(own), "file-%u", round);
                        bool gone = e->mask & IN_MOVED_FROM, its = strcmp(e->name, own) == 0;
                        /* before giad touches it the file is the agent's anyway */
                        if (strncmp(e->name, "grab-", 5) == 0 || (its && !gone))
                                continue;
                        while (gone && its && atomic_load(&a->taken) != round)
                                watcher_attack(a, dir, e->name, store_id);
                        watcher_attack(a, dir, e->name, store_id);
                        if (gone && its)
                                atomic_store(&a->seen, round);
                }
        }
}

/* One round: an agent's file is taken while the watcher attacks. Returns how it was taken. */
static enum quarantine_how race_round(struct fixture *f, struct arena *a, unsigned round)
{
        struct quarantine_ticket *ticket = NULL;
        char name[32], secret[64];

        (void)snprintf(name, sizeof(name), "file-%u", round);
        (void)snprintf(secret, sizeof(secret), SECRET, round);
        atomic_store(&a->round, round);
        fixture_write(f, name, secret, strlen(secret));
        assert_int_equal(fchownat(f->root_fd, name, ATTACKER, ATTACKER, 0), 0);
        assert_int_equal(fixture_take(f, name, &ticket), 0);
        atomic_store(&a->taken, round);
        enum quarantine_how how = quarantine_ticket_how(ticket);
        unsigned wait = how == QUARANTINE_HELD ? 25000 : 100;
        for (unsigned i = 0; i < wait && atomic_load(&a->seen) != round; i++)
                (void)usleep(200);
        /* in place it drowns in the events that it makes itself */
        if (how == QUARANTINE_HELD)
                assert_int_equal(atomic_load(&a->seen), round);
        (void)quarantine_ticket_free(ticket);
        return how;
}

static unsigned race(struct fixture *f, unsigned n, enum quarantine_how expected)
{
        struct arena *a = arena_new();
        char path[128], store_id[32] = "";

        (void)snprintf(path, sizeof(path), "%s/store-id", f->store);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(read(fd, store_id, sizeof(store_id) - 1) > 0);
        assert_int_equal(fchown(f->root_fd, ATTACKER, ATTACKER), 0);
        pid_t pid = attacker_fork();
        if (pid == 0)
                watcher_run(a, f->workspace, store_id);
        while (!atomic_load(&a->paused))
                assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        for (unsigned i = 1; i <= n; i++)
                assert_int_equal(race_round(f, a, i), expected);
        attacker_end(pid);
        unsigned leaks = atomic_load(&a->leaks);
        print_message("%u rounds, %u attempts, %u contents\n", n, atomic_load(&a->tries), leaks);
        assert_true(atomic_load(&a->tries) >= n);
        assert_int_equal(munmap(a, sizeof(*a)), 0);
        return leaks;
}

static void a_watcher_gets_nothing_once_the_file_is_taken(void **state)
{
        struct fixture *f = *state;

        need_root();
        fixture_open(f);
        assert_int_equal(race(f, rounds(), QUARANTINE_HELD), 0);
}

/* The control: where there is no holding directory the same attacker does win. */
static void a_watcher_wins_against_a_rename_in_place(void **state)
{
        struct fixture *f = *state;

        need_root();
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                print_message("skipped: no mount namespace to be had\n");
                skip();
        }
        f->root_fd = fd_close(f->root_fd);
        assert_int_equal(mount("tmpfs", f->workspace, "tmpfs", 0, "size=16m,mode=755"), 0);
        f->root_fd = open(f->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        f->config.store = f->store;
        assert_int_equal(quarantine_new(&f->q, &f->config), 0);
        assert_true(race(f, 25, QUARANTINE_IN_PLACE) > 0);
        f->root_fd = fd_close(f->root_fd);
        assert_int_equal(umount2(f->workspace, MNT_DETACH), 0);
}

/* --- the juggler: exchanges the file with an innocent one, without end ---- */

static void juggler_run(struct arena *a, const char *workspace)
{
        int dir = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (unsigned i = 0;; i++) {
                while (atomic_load(&a->pause))
                        atomic_store(&a->paused, true);
                atomic_store(&a->paused, false);
                if (i % 4 == 0)
                        (void)usleep(1);
                (void)renameat2(dir, "victim", dir, "innocent", RENAME_EXCHANGE);
                if (i % 3 == 0 && renameat2(dir, "victim", dir, "away", RENAME_NOREPLACE) == 0)
                        (void)renameat2(dir, "away", dir, "victim", RENAME_NOREPLACE);
        }
}

static void juggle_pause(struct arena *a)
{
        atomic_store(&a->pause, true);
        while (!atomic_load(&a->paused))
                (void)sched_yield();
}

static void juggle_go(struct arena *a)
{
        atomic_store(&a->paused, false);
        atomic_store(&a->pause, false);
}

/* Puts the two files where they belong. */
static void juggle_reset(struct fixture *f)
{
        static const char *const names[] = {"victim", "innocent"};
        DIR *dir = opendir(f->workspace);
        const struct dirent *d;

        assert_non_null(dir);
        while ((d = readdir(dir)))
                (void)unlinkat(f->root_fd, d->d_name, 0);
        (void)closedir(dir);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                fixture_write(f, names[i], names[i], strlen(names[i]));
                assert_int_equal(fchownat(f->root_fd, names[i], ATTACKER, ATTACKER, 0), 0);
        }
}

/* 0: taken, -EAGAIN: the innocent one stood there when it was scanned, or what take said */
static int juggle_take(struct fixture *f, struct quarantine_ticket **ret)
{
        struct quarantine_request request = {
                .workspace = f->workspace, .root_fd = f->root_fd, .path = "victim"};
        _cleanup_close_ int fd = open_beneath(f->root_fd, "victim", O_RDONLY);
        enum reason reason;
        struct stat st;

        if (fd < 0 || !fixture_holds(fd, "victim", 6))
                return -EAGAIN;
        assert_int_equal(fstat(fd, &st), 0);
        file_id_from_stat(&request.id, &st);
        request.fd = fd;
        return quarantine_take(f->q, &request, ret, &reason);
}

static void nobody_elses_file_is_taken_and_none_is_lost(void **state)
{
        struct fixture *f = *state;
        struct arena *a = arena_new();
        unsigned taken = 0, stale = 0, other = 0;

        need_root();
        fixture_open(f);
        assert_int_equal(fchown(f->root_fd, ATTACKER, ATTACKER), 0);
        atomic_store(&a->pause, true);
        pid_t pid = attacker_fork();
        if (pid == 0)
                juggler_run(a, f->workspace);
        for (unsigned i = 0; i < rounds() / 3; i++) {
                struct quarantine_ticket *ticket = NULL;

                juggle_reset(f);
                juggle_go(a);
                int k = juggle_take(f, &ticket);
                juggle_pause(a);
                if (k == 0) {
                        char path[128];

                        taken++;
                        assert_int_equal(fixture_count(f->workspace), 1);
                        (void)snprintf(path, sizeof(path), "%s", quarantine_ticket_id(ticket));
                        struct quarantine_entry e;
                        int result;

                        assert_int_equal(quarantine_store(f->q, &ticket, 1, &e, &result), 1);
                        _cleanup_close_ int fd = quarantine_open(f->q, path);
                        assert_true(fixture_holds(fd, "victim", 6));
                        quarantine_entry_done(&e);
                } else {
                        assert_true(k == -EAGAIN || k == -ESTALE || k == -ENOENT);
                        stale += k == -ESTALE;
                        other += k != -ESTALE;
                        assert_int_equal(fixture_count(f->workspace), 2);
                }
                (void)quarantine_ticket_free(ticket);
        }
        attacker_end(pid);
        print_message("taken %u, replaced meanwhile %u, not there %u\n", taken, stale, other);
        assert_int_equal(munmap(a, sizeof(*a)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_watcher_gets_nothing_once_the_file_is_taken),
                TEST(nobody_elses_file_is_taken_and_none_is_lost),
                /* leaves the process in a mount namespace of its own: last */
                TEST(a_watcher_wins_against_a_rename_in_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
