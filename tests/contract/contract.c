/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the bed that the contract tests lie in: a temporary directory, a receiver that reads what
 * it is told of at that moment, and the oracle. Does not own: the cases (contract-cases.h), nor the
 * back end.
 *
 * The receiver notes (inode, content) of what each candidate's path leads to when it is handed
 * over. The oracle walks the tree when all is quiet: an (inode, content) that was not noted was
 * missed.
 */
#include "tests/contract/contract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/base/open.h"
#include "common/base/table.h"
#include "common/base/text.h"

#define CONTRACT_PATIENCE (15 * USEC_PER_SEC)

struct content_key {
        uint64_t ino;
        uint64_t hash;
};

struct content {
        UT_hash_handle hh;
        struct content_key key;
};

struct told {
        UT_hash_handle hh;
        size_t n[_CANDIDATE_MAX];
        char path[];
};

struct contract {
        struct contract_setup setup;
        struct watcher *watcher;
        char *top; /* the temporary directory */
        int top_fd, root_fd;
        struct content *contents;
        struct told *told;
        uint64_t gaps;
        unsigned openings[_REASON_MAX];
        unsigned roots_lost;
        char *remove_on;
        bool removed;
};

static uint64_t hash_bytes(uint64_t h, const char *data, size_t n)
{
        for (size_t i = 0; i < n; i++)
                h = (h ^ (uint8_t)data[i]) * UINT64_C(0x100000001b3);
        return h;
}

/* What is at the path: its inode and its content or link target. false: nothing to be scanned. */
static bool read_content(int dirfd, const char *path, struct content_key *ret)
{
        uint64_t h = UINT64_C(0xcbf29ce484222325);
        char buf[65536];
        struct stat st;
        ssize_t n;

        if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        if (S_ISLNK(st.st_mode)) {
                n = readlinkat(dirfd, path, buf, sizeof(buf));
                if (n < 0)
                        return false;
                h = hash_bytes(h, buf, (size_t)n);
        } else if (S_ISREG(st.st_mode)) {
                _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0 || fstat(fd, &st) < 0)
                        return false;
                while ((n = read(fd, buf, sizeof(buf))) > 0)
                        h = hash_bytes(h, buf, (size_t)n);
        } else {
                return false;
        }
        *ret = (struct content_key){.ino = st.st_ino, .hash = h};
        return true;
}

static struct content *find_content(struct contract *c, const struct content_key *key)
{
        struct content *found;

        HASH_FIND(hh, c->contents, key, sizeof(*key), found);
        return found;
}

static void note_told(struct contract *c, const struct candidate *candidate)
{
        struct told *t;

        HASH_FIND_STR(c->told, candidate->path, t);
        if (!t) {
                t = calloc(1, sizeof(*t) + strlen(candidate->path) + 1);
                assert_non_null(t);
                memcpy(t->path, candidate->path, strlen(candidate->path) + 1);
                HASH_ADD_STR(c->told, path, t);
        }
        t->n[candidate->why]++;
}

static void on_candidate(void *userdata, const struct candidate *candidate)
{
        struct contract *c = userdata;
        struct content_key key;

        assert_true(candidate->path[0] != '/' && candidate->path[0] != '\0');
        assert_false(c->removed && candidate->workspace == 1);
        assert_true((candidate->seen != NULL) == (candidate->why == CANDIDATE_WALK));
        note_told(c, candidate);
        if (c->remove_on && strcmp(c->remove_on, candidate->path) == 0) {
                c->watcher->vtable->remove_workspace(c->watcher, 1);
                c->removed = true;
                c->root_fd = fd_close(c->root_fd);
                return;
        }
        if (candidate->workspace != 1 || !read_content(c->root_fd, candidate->path, &key))
                return;
        if (candidate->seen)
                assert_true(candidate->seen->ino > 0);
        if (find_content(c, &key))
                return;
        struct content *content = calloc(1, sizeof(*content));
        assert_non_null(content);
        content->key = key;
        HASH_ADD(hh, c->contents, key, sizeof(content->key), content);
}

static void on_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                   const char *detail)
{
        struct contract *c = userdata;
        uint64_t bit = UINT64_C(1) << reason;

        (void)detail;
        if (workspace != 1)
                return;
        /* each opening and closing is told once, in turn */
        assert_true(((c->gaps & bit) != 0) != open);
        c->gaps ^= bit;
        c->openings[reason] += open;
}

static void on_root_lost(void *userdata, uint32_t workspace)
{
        struct contract *c = userdata;

        if (workspace == 1)
                c->roots_lost++;
}

const struct watcher_limits contract_limits = {
        .settle = CONTRACT_SETTLE,
        .settle_max = CONTRACT_SETTLE_MAX,
        .poll_interval = CONTRACT_POLL,
        .pending_max = 100000,
        .depth_max = 64,
};

static void make_watcher(struct contract *c)
{
        struct watcher_handler handler = {
                .candidate = on_candidate, .gap = on_gap, .root_lost = on_root_lost, .userdata = c};

        assert_int_equal(c->setup.vtable->new (&c->watcher, &handler, &c->setup.limits), 0);
        assert_ptr_equal(c->watcher->vtable, c->setup.vtable);
}

void contract_renew(struct contract *c, const struct watcher_limits *limits,
                    watcher_exclude_fn exclude)
{
        c->watcher = c->setup.vtable->free(c->watcher);
        c->setup.limits = *limits;
        c->setup.exclude = exclude;
        make_watcher(c);
}

void contract_reopen(struct contract *c)
{
        c->top_fd = fd_close(c->top_fd);
        c->top_fd = open(c->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(c->top_fd >= 0);
}

struct contract *contract_new(const struct contract_setup *setup)
{
        struct contract *c = calloc(1, sizeof(*c));
        const char *tmp = getenv("TMPDIR");

        assert_non_null(c);
        c->setup = *setup;
        assert_true(asprintf(&c->top, "%s/giad-contract-XXXXXX", tmp ? tmp : "/tmp") > 0);
        assert_non_null(mkdtemp(c->top));
        c->top_fd = -1;
        contract_reopen(c);
        contract_mkdir(c, "root");
        contract_mkdir(c, "outside");
        c->root_fd = -1;
        make_watcher(c);
        return c;
}

int contract_add(struct contract *c, uint32_t id, const char *path, int *ret_fd)
{
        _cleanup_free_ char *full = contract_path(c, "%s", path);

        *ret_fd = openat(c->top_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(*ret_fd >= 0);
        return c->watcher->vtable->add_workspace(
                c->watcher, &(struct watcher_workspace){.id = id,
                                                        .root_fd = *ret_fd,
                                                        .path = full,
                                                        .exclude = c->setup.exclude,
                                                        .exclude_userdata = c});
}

void contract_start(struct contract *c)
{
        assert_int_equal(contract_add(c, 1, "root", &c->root_fd), 0);
        contract_dispatch_once(c);
        while (!c->removed && contract_gap_is_open(c, REASON_WALK_RUNNING))
                contract_dispatch_once(c);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

void contract_free(struct contract *c)
{
        struct content *content, *next;
        struct told *t, *next_told;

        c->watcher = c->setup.vtable->free(c->watcher);
        assert_null(c->watcher);
        (void)nftw(c->top, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
        HASH_ITER(hh, c->contents, content, next)
        {
                HASH_DEL(c->contents, content);
                free(content);
        }
        HASH_ITER(hh, c->told, t, next_told)
        {
                HASH_DEL(c->told, t);
                free(t);
        }
        c->root_fd = fd_close(c->root_fd);
        c->top_fd = fd_close(c->top_fd);
        free(c->remove_on);
        free(c->top);
        free(c);
}

/* Waits for the watcher's fd or deadline, but not past until, and dispatches. Returns whether it
 * had anything to do. */
static bool dispatch_until(struct contract *c, usec_t until)
{
        const struct watcher_vtable *v = c->watcher->vtable;
        struct pollfd p = {.fd = v->fd(c->watcher), .events = POLLIN};
        usec_t now = clock_monotonic(), due = v->deadline(c->watcher);
        usec_t wake = MIN_OF(due, until);

        int ms = wake <= now ? 0 : (int)((wake - now + 999) / 1000);
        int n = poll(&p, 1, ms);
        now = clock_monotonic();
        if (n == 0 && due > now)
                return false;
        assert_int_equal(v->dispatch(c->watcher, now), 0);
        return true;
}

void contract_dispatch_once(struct contract *c)
{
        (void)dispatch_until(c, clock_monotonic());
}

void contract_pump(struct contract *c, usec_t duration)
{
        usec_t end = clock_monotonic() + duration;

        while (clock_monotonic() < end)
                (void)dispatch_until(c, end);
}

void contract_await(struct contract *c, const char *path, enum candidate_why why)
{
        usec_t end = clock_monotonic() + CONTRACT_PATIENCE;

        while (contract_told(c, path, why) == 0 && clock_monotonic() < end)
                (void)dispatch_until(c, end);
}

void contract_quiet_but(struct contract *c, enum reason gap)
{
        usec_t start = clock_monotonic(), last = start;
        uint64_t expected = UINT64_C(1) << gap;

        for (;;) {
                struct watcher_stats before = contract_stats(c);

                (void)dispatch_until(c, clock_monotonic() + CONTRACT_SETTLE);
                struct watcher_stats after = contract_stats(c);
                usec_t now = clock_monotonic();
                /* what is polled is told of again and again: some polls are all that can be waited
                 * for, one for each level that it finds, on a machine that has other work */
                bool polls = after.polled > 0;
                bool moves = after.events != before.events || after.candidates != before.candidates;
                if (c->gaps & ~expected || (!polls && (moves || after.pending > 0)))
                        last = now;
                if (now - last > (polls ? 25 * CONTRACT_POLL : 2 * CONTRACT_SETTLE))
                        return;
                if (now - start > CONTRACT_PATIENCE)
                        fail_msg("not quiet: %llu pending, gaps %llx",
                                 (unsigned long long)after.pending, (unsigned long long)c->gaps);
        }
}

void contract_quiet(struct contract *c)
{
        contract_quiet_but(c, REASON_NONE);
}

static size_t count_missed(struct contract *c, const char *dir, const char *below)
{
        _cleanup_free_ char *full = contract_path(c, "%s", dir);
        DIR *d = opendir(full);
        struct dirent *e;
        size_t missed = 0;

        assert_non_null(d);
        while ((e = readdir(d))) {
                char rel[4096], path[4096];
                struct content_key key;
                struct stat st;

                if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                        continue;
                assert_true(snprintf(rel, sizeof(rel), "%s%s%s", below, *below ? "/" : "",
                                     e->d_name) < (int)sizeof(rel));
                assert_true(snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) <
                            (int)sizeof(path));
                if (c->setup.exclude && c->setup.exclude(c, rel))
                        continue;
                if (fstatat(c->top_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (S_ISDIR(st.st_mode)) {
                        missed += count_missed(c, path, rel);
                } else if (read_content(c->top_fd, path, &key) && !find_content(c, &key)) {
                        if (missed++ < 5)
                                print_error("missed: %s\n", path);
                }
        }
        (void)closedir(d);
        return missed;
}

size_t contract_missed(struct contract *c, const char *path)
{
        return count_missed(c, path, "");
}

void contract_check(struct contract *c)
{
        contract_quiet(c);
        assert_int_equal(contract_missed(c, "root"), 0);
}

size_t contract_told(const struct contract *c, const char *path, enum candidate_why why)
{
        struct told *t;
        size_t n = 0;

        HASH_FIND_STR(c->told, path, t);
        for (int i = 0; t && i < _CANDIDATE_MAX; i++)
                if (why == _CANDIDATE_MAX || (int)why == i)
                        n += t->n[i];
        return n;
}

void contract_forget(struct contract *c)
{
        struct told *t, *next;

        HASH_ITER(hh, c->told, t, next)
        {
                HASH_DEL(c->told, t);
                free(t);
        }
}

bool contract_gap_is_open(const struct contract *c, enum reason reason)
{
        return c->gaps & (UINT64_C(1) << reason);
}

unsigned contract_gap_openings(const struct contract *c, enum reason reason)
{
        return c->openings[reason];
}

unsigned contract_roots_lost(const struct contract *c)
{
        return c->roots_lost;
}

struct watcher *contract_watcher(struct contract *c)
{
        return c->watcher;
}

const char *contract_top(const struct contract *c)
{
        return c->top;
}

struct watcher_stats contract_stats(const struct contract *c)
{
        struct watcher_stats s;

        c->watcher->vtable->stats(c->watcher, &s);
        return s;
}

void contract_remove_on(struct contract *c, const char *path)
{
        c->remove_on = strdup(path);
        assert_non_null(c->remove_on);
}

char *contract_path(const struct contract *c, const char *fmt, ...)
{
        char *rel, *full;
        va_list ap;

        va_start(ap, fmt);
        assert_true(vasprintf(&rel, fmt, ap) >= 0);
        va_end(ap);
        assert_true(asprintf(&full, "%s/%s", c->top, rel) >= 0);
        free(rel);
        return full;
}

int contract_open(const struct contract *c, const char *path, int flags)
{
        int fd = openat(c->top_fd, path, flags | O_CLOEXEC, 0600);

        if (fd < 0)
                fail_msg("open %s: %s", path, strerror(errno));
        return fd;
}

static void write_text(const struct contract *c, const char *path, const char *text, int flags)
{
        _cleanup_close_ int fd = contract_open(c, path, O_WRONLY | O_CREAT | flags);

        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

void contract_write(const struct contract *c, const char *path, const char *text)
{
        write_text(c, path, text, O_TRUNC);
}

void contract_overwrite(const struct contract *c, const char *path, const char *text)
{
        write_text(c, path, text, 0);
}

void contract_mkdir(const struct contract *c, const char *path)
{
        if (mkdirat(c->top_fd, path, 0700) < 0)
                fail_msg("mkdir %s: %s", path, strerror(errno));
}

void contract_rename(const struct contract *c, const char *from, const char *to, unsigned flags)
{
        if (renameat2(c->top_fd, from, c->top_fd, to, flags) < 0)
                fail_msg("rename %s %s: %s", from, to, strerror(errno));
}

bool contract_enter_namespace(struct contract *c)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return false;
        /* the directory and the watcher of before belong to the other one */
        contract_reopen(c);
        contract_renew(c, &contract_limits, NULL);
        return true;
}
