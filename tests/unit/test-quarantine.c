/* SPDX-FileCopyrightText: giad maintainers */
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "tests/unit/quarantine-fixture.h"
#include "tests/unit/test.h"

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        fixture_make(f);
        fixture_open(f);
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

#define CONTENT "resource \"x\" {}\n"

static void a_file_comes_back_as_it_was(void **state)
{
        struct fixture *f = *state;
        const struct timespec times[] = {{.tv_sec = 1000000000, .tv_nsec = 123456789},
                                         {.tv_sec = 1100000000, .tv_nsec = 987654321}};
        /* version 2; user::rw-, user:12345:r--, group::r--, mask::r--, other::--- */
        static const uint8_t acl[] = {2,   0,   0,   0,   1,   0,   6,  0,   255, 255, 255,
                                      255, 2,   0,   4,   0,   57,  48, 0,   0,   4,   0,
                                      4,   0,   255, 255, 255, 255, 16, 0,   4,   0,   255,
                                      255, 255, 255, 32,  0,   0,   0,  255, 255, 255, 255};
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        _cleanup_free_ char *dropped = NULL;
        uint8_t value[64];
        struct stat before, after;
        bool root = geteuid() == 0;

        assert_int_equal(mkdirat(f->root_fd, "d", 0755), 0);
        fixture_write(f, "d/a.tf", CONTENT, strlen(CONTENT));
        _cleanup_close_ int fd = openat(f->root_fd, "d/a.tf", O_RDWR | O_CLOEXEC);
        if (root)
                assert_int_equal(fchown(fd, 1234, 5678), 0);
        assert_int_equal(fchmod(fd, 0640), 0);
        bool xattrs = fsetxattr(fd, "user.note", "a\0b", 3, 0) == 0;
        bool acls = fsetxattr(fd, "system.posix_acl_access", acl, sizeof(acl), 0) == 0;
        assert_int_equal(futimens(fd, times), 0);
        assert_int_equal(fstat(fd, &before), 0);
        fixture_quarantine(f, "d/a.tf", &e);
        assert_false(fixture_there(f, "d/a.tf"));
        assert_string_equal(e.path, "d/a.tf");
        assert_string_equal(e.reason, "policy line 2");
        assert_string_equal(e.artefact, "dotenv");
        assert_string_equal(e.format, "ini");
        assert_int_equal(e.size, strlen(CONTENT));
        assert_false(e.held);

        assert_int_equal(fixture_release(f, e.id, "d/a.tf", &dropped), 0);
        assert_null(dropped);
        fd = fd_close(fd);
        fd = openat(f->root_fd, "d/a.tf", O_RDONLY | O_CLOEXEC);
        assert_int_equal(fstat(fd, &after), 0);
        assert_true(after.st_ino != before.st_ino || after.st_ctime >= before.st_ctime);
        assert_int_equal(after.st_mode, before.st_mode);
        assert_int_equal(after.st_uid, before.st_uid);
        assert_int_equal(after.st_gid, before.st_gid);
        assert_int_equal(after.st_mtim.tv_nsec, 987654321);
        assert_int_equal(after.st_mtim.tv_sec, 1100000000);
        assert_int_equal(after.st_atim.tv_sec, 1000000000);
        assert_true(fixture_holds(fd, CONTENT, strlen(CONTENT)));
        if (xattrs) {
                assert_int_equal(fgetxattr(fd, "user.note", value, sizeof(value)), 3);
                assert_memory_equal(value, "a\0b", 3);
        }
        if (acls) {
                assert_int_equal(fgetxattr(fd, "system.posix_acl_access", value, sizeof(value)),
                                 sizeof(acl));
                assert_memory_equal(value, acl, sizeof(acl));
        }
}

static void a_default_acl_gives_nobody_more(void **state)
{
        /* user::rwx, user:12345:rw-, group::r-x, mask::rwx, other::--- */
        static const uint8_t acl[] = {2,   0,   0,   0,   1,   0,   7,  0,   255, 255, 255,
                                      255, 2,   0,   6,   0,   57,  48, 0,   0,   4,   0,
                                      5,   0,   255, 255, 255, 255, 16, 0,   7,   0,   255,
                                      255, 255, 255, 32,  0,   0,   0,  255, 255, 255, 255};
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        uint8_t value[64];

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        if (fsetxattr(f->root_fd, "system.posix_acl_default", acl, sizeof(acl), 0) < 0) {
                print_message("skipped: no ACLs here\n");
                skip();
        }
        fixture_quarantine(f, "a", &e);
        assert_int_equal(fixture_release(f, e.id, "a", NULL), 0);
        _cleanup_close_ int fd = openat(f->root_fd, "a", O_RDONLY | O_CLOEXEC);
        assert_int_equal(fgetxattr(fd, "system.posix_acl_access", value, sizeof(value)), -1);
        assert_int_equal(errno, ENODATA);
}

static void the_store_is_ours_alone_and_describes_itself(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""}, again = {.id = ""};
        char path[256], json[4096];
        struct quarantine_stats stats;
        struct stat st;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        fixture_quarantine(f, "a", &e);
        assert_int_equal(stat(f->store, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        (void)snprintf(path, sizeof(path), "%s/%s/content", f->store, e.id);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        (void)snprintf(path, sizeof(path), "%s/%s/entry.json", f->store, e.id);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, json, sizeof(json) - 1);
        assert_true(n > 0);
        json[n] = '\0';
        assert_non_null(strstr(json, "\"findings\":[{\"rule\":\"r1\",\"line\":3}]"));
        assert_non_null(strstr(json, "\"mode\":\"0100644\""));
        fixture_reopen(f);
        assert_int_equal(quarantine_get(f->q, e.id, &again), 0);
        assert_string_equal(again.findings, e.findings);
        assert_string_equal(again.artefact, e.artefact);
        assert_string_equal(again.format, e.format);
        assert_string_equal(again.writer, e.writer);
        assert_string_equal(again.workspace, f->workspace);
        assert_memory_equal(again.sha256, e.sha256, 32);
        assert_int_equal(again.parent_ino, e.parent_ino);
        quarantine_stats(f->q, &stats);
        assert_int_equal(stats.entries, 1);
        assert_int_equal(stats.bytes, strlen(CONTENT));
        assert_int_equal(stats.held, 0);
        assert_int_equal(quarantine_purge(f->q, e.id), 0);
        assert_int_equal(quarantine_purge(f->q, e.id), -ENOENT);
        assert_int_equal(quarantine_open(f->q, e.id), -ENOENT);
        quarantine_stats(f->q, &stats);
        assert_int_equal(stats.entries, 0);
        assert_int_equal(stats.bytes, 0);
}

static void odd_names_survive(void **state)
{
        static const char *const names[] = {"new\nline", "\xff\xfe\x80",   "-rf *",
                                            "\x1b[31m",  "back\\x41slash", "\xe2\x80\xae.env",
                                            ".giad-x",   "\"quote\""};
        struct fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""},
                                                                         again = {.id = ""};

                fixture_write(f, names[i], names[i], strlen(names[i]));
                fixture_quarantine(f, names[i], &e);
                assert_int_equal(quarantine_get(f->q, e.id, &again), 0);
                assert_string_equal(again.path, names[i]);
                assert_int_equal(fixture_release(f, e.id, again.path, NULL), 0);
                _cleanup_close_ int fd = openat(f->root_fd, names[i], O_RDONLY | O_CLOEXEC);
                assert_true(fixture_holds(fd, names[i], strlen(names[i])));
        }
}

static void empty_and_sparse_files_survive(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""},
                                                                 sparse = {.id = ""};
        const off_t size = 64 << 20;
        struct stat st;
        char byte = 0;

        fixture_write(f, "empty", "", 0);
        fixture_quarantine(f, "empty", &e);
        assert_int_equal(e.size, 0);
        assert_int_equal(fixture_release(f, e.id, "empty", NULL), 0);
        assert_true(fixture_there(f, "empty"));

        fixture_write(f, "sparse", "head", 4);
        _cleanup_close_ int fd = openat(f->root_fd, "sparse", O_RDWR | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "x", 1, size / 2), 1);
        assert_int_equal(ftruncate(fd, size), 0);
        fixture_quarantine(f, "sparse", &sparse);
        _cleanup_close_ int stored = quarantine_open(f->q, sparse.id);
        assert_int_equal(fstat(stored, &st), 0);
        assert_int_equal(st.st_size, size);
        assert_true(st.st_blocks * 512 < size / 8);
        assert_int_equal(fixture_release(f, sparse.id, "sparse", NULL), 0);
        fd = fd_close(fd);
        fd = openat(f->root_fd, "sparse", O_RDONLY | O_CLOEXEC);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, size);
        assert_true(st.st_blocks * 512 < size / 8);
        assert_int_equal(pread(fd, &byte, 1, size / 2), 1);
        assert_int_equal(byte, 'x');
}

static void a_symlink_is_kept_as_its_target(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""}, again = {.id = ""};
        char target[64];

        assert_int_equal(symlinkat("/etc/sha\xff"
                                   "dow",
                                   f->root_fd, "link"),
                         0);
        fixture_quarantine(f, "link", &e);
        assert_false(fixture_there(f, "link"));
        assert_int_equal(quarantine_get(f->q, e.id, &again), 0);
        assert_string_equal(again.symlink_target, "/etc/sha\xff"
                                                  "dow");
        assert_int_equal(fixture_release(f, e.id, "link", NULL), 0);
        ssize_t n = readlinkat(f->root_fd, "link", target, sizeof(target));
        assert_int_equal(n, strlen("/etc/sha\xff"
                                   "dow"));
        /* until the entry is purged it is still being given back */
        assert_int_equal(fixture_release(f, e.id, "link", NULL), -EBUSY);
        assert_int_equal(quarantine_purge(f->q, e.id), 0);
        assert_int_equal(fixture_release(f, e.id, "link", NULL), -ENOENT);
}

static void release_replaces_nothing(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        fixture_quarantine(f, "a", &e);
        fixture_write(f, "a", "new", 3);
        assert_int_equal(fixture_release(f, e.id, "a", NULL), -EEXIST);
        _cleanup_close_ int fd = openat(f->root_fd, "a", O_RDONLY | O_CLOEXEC);
        assert_true(fixture_holds(fd, "new", 3));
        assert_int_equal(fixture_release(f, e.id, "../a", NULL), -ESTALE);
        assert_int_equal(fixture_release(f, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "c", NULL), -ENOENT);
        assert_int_equal(fixture_release(f, "../../etc", "c", NULL), -ENOENT);
        assert_int_equal(fixture_release(f, e.id, "b", NULL), 0);
}

static void special_bits_are_dropped_and_named(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        _cleanup_free_ char *dropped = NULL;
        struct stat st;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(fchmodat(f->root_fd, "a", 07755, 0), 0);
        fixture_quarantine(f, "a", &e);
        assert_int_equal(fixture_release(f, e.id, "a", &dropped), 0);
        assert_string_equal(dropped, "setuid setgid sticky");
        assert_int_equal(fstatat(f->root_fd, "a", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0755);
}

static void another_parent_is_refused_unless_asked_for(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        struct quarantine_release elsewhere = {
                .root_fd = f->root_fd, .path = "d/a", .elsewhere = true};
        _cleanup_free_ char *dropped = NULL;
        struct file_id id;

        assert_int_equal(mkdirat(f->root_fd, "d", 0755), 0);
        fixture_write(f, "d/a", CONTENT, strlen(CONTENT));
        fixture_quarantine(f, "d/a", &e);
        assert_int_equal(renameat(f->root_fd, "d", f->root_fd, "old"), 0);
        assert_int_equal(fixture_release(f, e.id, "d/a", NULL), -ESTALE);
        assert_int_equal(symlinkat("old", f->root_fd, "d"), 0);
        assert_int_equal(fixture_release(f, e.id, "d/a", NULL), -ESTALE);
        assert_int_equal(unlinkat(f->root_fd, "d", 0), 0);
        assert_int_equal(mkdirat(f->root_fd, "d", 0755), 0);
        assert_int_equal(fixture_release(f, e.id, "d/a", NULL), -ESTALE);
        if (geteuid() == 0) {
                assert_int_equal(fchownat(f->root_fd, "old", 77, 77, 0), 0);
                assert_int_equal(fixture_release(f, e.id, "old/a", NULL), -ESTALE);
        }
        elsewhere.id = e.id;
        assert_int_equal(quarantine_release(f->q, &elsewhere, &id, &dropped), 0);
        assert_true(id.ino > 0);
        assert_true(fixture_there(f, "d/a"));
}

static void what_is_no_longer_what_was_scanned_stays(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        enum reason reason = REASON_NONE;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        struct quarantine_request request = fixture_scan(f, "a");
        fixture_write(f, "a", "longer than it was before", 25);
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), -ESTALE);
        assert_int_equal(reason, REASON_REPLACED);
        assert_true(fixture_there(f, "a"));
        (void)fd_close(request.fd);

        request = fixture_scan(f, "a");
        fixture_write(f, "b", "another inode", 13);
        assert_int_equal(renameat(f->root_fd, "b", f->root_fd, "a"), 0);
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), -ESTALE);
        assert_true(fixture_there(f, "a"));
        assert_int_equal(unlinkat(f->root_fd, "a", 0), 0);
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), -ENOENT);
        assert_int_equal(reason, REASON_GONE);
        assert_null(ticket);
        (void)fd_close(request.fd);
}

/* The attacker wins the race between the look and the rename. */
struct swap {
        struct fixture *f;
        bool name_again;
};

static void swap_at_intent(void *userdata, const char *name)
{
        struct swap *swap = userdata;

        if (strcmp(name, "take-intent") == 0) {
                fixture_write(swap->f, "other", "other", 5);
                assert_int_equal(renameat(swap->f->root_fd, "other", swap->f->root_fd, "a"), 0);
        } else if (strcmp(name, "take-moved") == 0 && swap->name_again) {
                fixture_write(swap->f, "a", "third", 5);
        }
}

static void what_was_swapped_in_is_put_back(void **state)
{
        struct fixture *f = *state;
        struct swap swap = {.f = f};
        struct quarantine_ticket *ticket = NULL;
        struct quarantine_stats stats;

        f->config.step = swap_at_intent;
        f->config.step_userdata = &swap;
        fixture_reopen(f);
        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "a", &ticket), -ESTALE);
        _cleanup_close_ int fd = openat(f->root_fd, "a", O_RDONLY | O_CLOEXEC);
        assert_true(fixture_holds(fd, "other", 5));
        assert_int_equal(fixture_count(f->workspace), 1);
        quarantine_stats(f->q, &stats);
        assert_int_equal(stats.held, 0);

        swap.name_again = true;
        assert_int_equal(fixture_take(f, "a", &ticket), -ESTALE);
        fd = fd_close(fd);
        fd = openat(f->root_fd, "a", O_RDONLY | O_CLOEXEC);
        assert_true(fixture_holds(fd, "third", 5));
        assert_int_equal(fixture_count(f->workspace), 2); /* "other" stands beside it */
        assert_null(ticket);
}

static void a_link_on_the_way_is_not_followed(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        enum reason reason;

        assert_int_equal(mkdirat(f->root_fd, "d", 0755), 0);
        fixture_write(f, "d/a", CONTENT, strlen(CONTENT));
        struct quarantine_request request = fixture_scan(f, "d/a");
        assert_int_equal(renameat(f->root_fd, "d", f->root_fd, "real"), 0);
        assert_int_equal(symlinkat("real", f->root_fd, "d"), 0);
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), -ESTALE);
        assert_true(fixture_there(f, "real/a"));
        (void)fd_close(request.fd);
}

static void other_names_and_late_writes_are_reported(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        struct quarantine_ticket *ticket = NULL;
        uint8_t sha256[32] = {1, 2, 3};
        enum reason reason;
        int result = -1;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(linkat(f->root_fd, "a", f->root_fd, "b", 0), 0);
        struct quarantine_request request = fixture_scan(f, "a");
        request.sha256 = sha256; /* not the content's */
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), 0);
        assert_int_equal(quarantine_ticket_how(ticket), QUARANTINE_HELD);
        assert_int_equal(reason, REASON_NONE);
        assert_int_equal(quarantine_store(f->q, &ticket, 1, &e, &result), 1);
        (void)quarantine_ticket_free(ticket);
        (void)fd_close(request.fd);
        assert_int_equal(e.other_names, 1);
        assert_true(fixture_there(f, "b"));
        assert_non_null(strstr(e.reason, "policy line 2; the content was written to"));
}

/* As through an overlay, which leads to the inode whatever its name is: here by a descriptor. */
static void an_inode_is_emptied_when_it_is_stored(void **state)
{
        static const struct {
                bool linked, empty;
        } cases[] = {{false, true}, {true, true}, {false, false}};
        struct fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
                struct quarantine_ticket *ticket = NULL;
                enum reason reason;
                int result = -1;

                fixture_write(f, "a", CONTENT, strlen(CONTENT));
                if (cases[i].linked)
                        assert_int_equal(linkat(f->root_fd, "a", f->root_fd, "b", 0), 0);
                struct quarantine_request request = fixture_scan(f, "a");
                request.empty = cases[i].empty;
                assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), 0);
                assert_true(fixture_holds(request.fd, CONTENT, strlen(CONTENT)));
                assert_int_equal(quarantine_store(f->q, &ticket, 1, &e, &result), 1);
                assert_int_equal(result, 0);
                (void)quarantine_ticket_free(ticket);
                /* not what another name leads to */
                bool emptied = cases[i].empty && !cases[i].linked;
                assert_true(fixture_holds(request.fd, CONTENT, emptied ? 0 : strlen(CONTENT)));
                (void)fd_close(request.fd);
                (void)unlinkat(f->root_fd, "b", 0);
                _cleanup_close_ int stored = quarantine_open(f->q, e.id);
                assert_true(fixture_holds(stored, CONTENT, strlen(CONTENT)));
        }
}

static void a_full_store_takes_nothing(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *first = NULL, *second = NULL;
        enum reason reason;

        f->config.store_max = strlen(CONTENT) + 1 + 12288;
        fixture_reopen(f);
        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        fixture_write(f, "b", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "a", &first), 0);
        struct quarantine_request request = fixture_scan(f, "b");
        assert_int_equal(quarantine_take(f->q, &request, &second, &reason), -EDQUOT);
        assert_int_equal(reason, REASON_STORE_FAILED);
        assert_true(fixture_there(f, "b"));
        (void)fd_close(request.fd);
        (void)quarantine_ticket_free(first);
}

static int sum_held(void *userdata, const struct quarantine_entry *e)
{
        *(unsigned *)userdata += e->held ? 100 : 1;
        return 0;
}

static void count_stored(void *userdata, const struct quarantine_entry *e)
{
        assert_string_equal(e->path, "a");
        ++*(unsigned *)userdata;
}

static void held_files_are_listed_and_stored_by_recovery(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        unsigned sum = 0, stored = 0;
        struct quarantine_recovery handler = {.stored = count_stored, .userdata = &stored};
        char id[ID_SIZE];

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "a", &ticket), 0);
        memcpy(id, quarantine_ticket_id(ticket), sizeof(id));
        assert_int_equal(quarantine_list(f->q, sum_held, &sum), 0);
        assert_int_equal(sum, 100);
        assert_int_equal(quarantine_purge(f->q, id), -EBUSY);
        assert_int_equal(quarantine_open(f->q, id), -EBUSY);
        assert_int_equal(fixture_release(f, id, "a", NULL), -EBUSY);
        assert_int_equal(quarantine_recover(f->q, &handler), 0); /* busy: left alone */
        assert_int_equal(stored, 0);
        ticket = quarantine_ticket_free(ticket);
        fixture_reopen(f);
        assert_int_equal(quarantine_recover(f->q, &handler), 0);
        assert_int_equal(stored, 1);
        sum = 0;
        assert_int_equal(quarantine_list(f->q, sum_held, &sum), 0);
        assert_int_equal(sum, 1);
        assert_int_equal(quarantine_recover(f->q, &handler), 0);
        assert_int_equal(stored, 1);
        assert_int_equal(fixture_release(f, id, "a", NULL), 0);
}

static void count_any(void *userdata, const struct quarantine_entry *e)
{
        assert_string_equal(e->path, "");
        ++*(unsigned *)userdata;
}

static void a_held_file_without_a_record_is_stored(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        unsigned stored = 0;
        struct quarantine_recovery handler = {.stored = count_any, .userdata = &stored};
        char path[256], id[ID_SIZE];

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "a", &ticket), 0);
        memcpy(id, quarantine_ticket_id(ticket), sizeof(id));
        ticket = quarantine_ticket_free(ticket);
        f->q = quarantine_free(f->q);
        (void)snprintf(path, sizeof(path), "%s/journal", f->store);
        assert_int_equal(truncate(path, 30), 0); /* what a crash of the machine may leave */
        fixture_open(f);
        assert_int_equal(quarantine_recover(f->q, &handler), 0);
        assert_int_equal(stored, 1);
        _cleanup_close_ int fd = quarantine_open(f->q, id);
        assert_true(fixture_holds(fd, CONTENT, strlen(CONTENT)));
}

static int see_damaged(void *userdata, const struct quarantine_entry *e)
{
        assert_non_null(e->path);
        assert_non_null(e->reason);
        ++*(unsigned *)userdata;
        return 0;
}

static void damage_is_noticed(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""}, got = {.id = ""};
        char path[256];
        unsigned n = 0;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        fixture_quarantine(f, "a", &e);
        (void)snprintf(path, sizeof(path), "%s/%s/content", f->store, e.id);
        assert_int_equal(truncate(path, 3), 0);
        assert_int_equal(fixture_release(f, e.id, "a", NULL), -EBADMSG);
        assert_false(fixture_there(f, "a"));
        (void)snprintf(path, sizeof(path), "%s/%s/entry.json", f->store, e.id);
        assert_int_equal(truncate(path, 40), 0);
        assert_int_equal(quarantine_get(f->q, e.id, &got), -EBADMSG);
        assert_int_equal(quarantine_list(f->q, see_damaged, &n), 0);
        assert_int_equal(n, 1);
}

static void a_store_has_one_user(void **state)
{
        struct fixture *f = *state;
        struct quarantine *second = NULL;

        assert_int_equal(quarantine_new(&second, &f->config), -EBUSY);
        assert_null(second);
}

static void holding_is_ours_alone_and_leaves_no_trace(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        char path[128];

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(fixture_take(f, "a", &ticket), 0);
        assert_int_equal(quarantine_ticket_how(ticket), QUARANTINE_HELD);
        (void)snprintf(path, sizeof(path), "%s/.giad", f->workspace);
        assert_int_equal(access(path, F_OK), -1);
        ticket = quarantine_ticket_free(ticket);
        assert_int_equal(quarantine_recover(f->q, NULL), 0);
        f->q = quarantine_free(f->q);
        (void)snprintf(path, sizeof(path), "%s/.giad", f->base);
        assert_int_equal(access(path, F_OK), -1);
}

/* --- with mounts: root alone ------------------------------------------------------------------ */

/* Runs the rest of the test in a mount namespace of its own, or skips. */
static void need_mounts(void)
{
        if (geteuid() != 0) {
                print_message("skipped: mounting needs root\n");
                skip();
        }
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                print_message("skipped: no mount namespace to be had\n");
                skip();
        }
}

/* The workspace is a mount of its own, so that nothing above it is on the same one. */
static void mount_workspace(struct fixture *f)
{
        f->q = quarantine_free(f->q);
        f->root_fd = fd_close(f->root_fd);
        assert_int_equal(mount("tmpfs", f->workspace, "tmpfs", 0, "size=16m"), 0);
        f->root_fd = open(f->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(quarantine_new(&f->q, &f->config), 0);
}

static void unmount_workspace(struct fixture *f)
{
        f->root_fd = fd_close(f->root_fd);
        assert_int_equal(umount2(f->workspace, MNT_DETACH), 0);
}

static void without_a_holding_directory_quarantine_is_in_place(void **state)
{
        struct fixture *f = *state;
        _cleanup_free_ char *detail = NULL;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        struct quarantine_ticket *ticket = NULL;
        enum reason reason;
        int result = -1;

        need_mounts();
        mount_workspace(f);
        assert_int_equal(quarantine_prepare(f->q, f->root_fd, f->workspace, &detail), -EXDEV);
        assert_string_equal(detail, f->base);
        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        struct quarantine_request request = fixture_scan(f, "a");
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), 0);
        assert_int_equal(quarantine_ticket_how(ticket), QUARANTINE_IN_PLACE);
        assert_int_equal(reason, REASON_HOLDING_MISSING);
        assert_false(fixture_there(f, "a"));
        assert_int_equal(fixture_count(f->workspace), 1);
        assert_int_equal(quarantine_store(f->q, &ticket, 1, &e, &result), 1);
        (void)quarantine_ticket_free(ticket);
        (void)fd_close(request.fd);
        assert_int_equal(fixture_count(f->workspace), 0);
        assert_int_equal(e.mode & 0777, 0644);
        assert_int_equal(fixture_release(f, e.id, "a", NULL), 0);
        assert_true(fixture_there(f, "a"));
        unmount_workspace(f);
}

static void two_mounts_of_one_file_system_are_two(void **state)
{
        struct fixture *f = *state;
        _cleanup_free_ char *detail = NULL;

        need_mounts();
        f->q = quarantine_free(f->q);
        assert_int_equal(mount(f->workspace, f->workspace, NULL, MS_BIND, NULL), 0);
        f->root_fd = fd_close(f->root_fd);
        f->root_fd = open(f->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(quarantine_new(&f->q, &f->config), 0);
        assert_int_equal(quarantine_prepare(f->q, f->root_fd, f->workspace, &detail), -EXDEV);
        assert_non_null(detail);
        unmount_workspace(f);
}

static void a_read_only_mount_is_told(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        enum reason reason;

        need_mounts();
        mount_workspace(f);
        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        assert_int_equal(mount(NULL, f->workspace, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
        assert_int_equal(quarantine_prepare(f->q, f->root_fd, f->workspace, NULL), -EXDEV);
        struct quarantine_request request = fixture_scan(f, "a");
        assert_int_equal(quarantine_take(f->q, &request, &ticket, &reason), -EROFS);
        assert_int_equal(reason, REASON_READ_ONLY);
        assert_true(fixture_there(f, "a"));
        (void)fd_close(request.fd);
        unmount_workspace(f);
}

static bool set_flags(int dir_fd, const char *name, int flags)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);

        return fd >= 0 && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

static void what_cannot_be_moved_loses_its_mode(void **state)
{
        struct fixture *f = *state;
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        struct quarantine_ticket *ticket = NULL;
        enum reason reason;
        struct stat st;
        int result = -1;

        assert_int_equal(mkdirat(f->root_fd, "d", 0755), 0);
        fixture_write(f, "d/a", CONTENT, strlen(CONTENT));
        struct quarantine_request request = fixture_scan(f, "d/a");
        if (!set_flags(f->root_fd, "d", FS_APPEND_FL)) {
                (void)fd_close(request.fd);
                print_message("skipped: no append-only directories here\n");
                skip();
        }
        int k = quarantine_take(f->q, &request, &ticket, &reason);
        assert_true(set_flags(f->root_fd, "d", 0));
        (void)fd_close(request.fd);
        assert_int_equal(k, 0);
        assert_int_equal(quarantine_ticket_how(ticket), QUARANTINE_MODE_ZERO);
        assert_int_equal(reason, REASON_IMMUTABLE);
        assert_int_equal(fstatat(f->root_fd, "d/a", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0);
        assert_int_equal(quarantine_store(f->q, &ticket, 1, &e, &result), 1);
        (void)quarantine_ticket_free(ticket);
        assert_int_equal(e.how, QUARANTINE_MODE_ZERO);
        assert_true(fixture_there(f, "d/a"));
        assert_int_equal(fixture_release(f, e.id, "d/a", NULL), 0);
        assert_int_equal(fstatat(f->root_fd, "d/a", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
}

static void an_immutable_file_is_told(void **state)
{
        struct fixture *f = *state;
        struct quarantine_ticket *ticket = NULL;
        enum reason reason;

        fixture_write(f, "a", CONTENT, strlen(CONTENT));
        struct quarantine_request request = fixture_scan(f, "a");
        if (!set_flags(f->root_fd, "a", FS_IMMUTABLE_FL)) {
                (void)fd_close(request.fd);
                print_message("skipped: no immutable files here\n");
                skip();
        }
        int k = quarantine_take(f->q, &request, &ticket, &reason);
        assert_true(set_flags(f->root_fd, "a", 0));
        (void)fd_close(request.fd);
        assert_int_equal(k, -EPERM);
        assert_int_equal(reason, REASON_IMMUTABLE);
        assert_true(fixture_there(f, "a"));
}

/* --- figures ------------------------------------------------------------------------------------
 */

static int compare_usec(const void *a, const void *b)
{
        const usec_t *x = a, *y = b;

        return *x < *y ? -1 : *x > *y;
}

static void measure(struct fixture *f, unsigned n, unsigned batch)
{
        struct quarantine_ticket **tickets = calloc(n, sizeof(*tickets));
        struct quarantine_entry *entries = calloc(n, sizeof(*entries));
        usec_t *latency = calloc(n, sizeof(*latency));
        int *results = calloc(n, sizeof(*results));
        char name[32];

        assert_true(tickets && entries && latency && results);
        for (unsigned i = 0; i < n; i++) {
                (void)snprintf(name, sizeof(name), "file-%u", i);
                fixture_write(f, name, CONTENT, strlen(CONTENT));
                struct quarantine_request request = fixture_scan(f, name);
                enum reason reason;
                usec_t start = clock_monotonic();

                assert_int_equal(quarantine_take(f->q, &request, &tickets[i], &reason), 0);
                latency[i] = clock_monotonic() - start;
                (void)fd_close(request.fd);
        }
        usec_t start = clock_monotonic();
        for (unsigned i = 0; i < n; i += batch) {
                unsigned now = MIN_OF(batch, n - i);

                assert_int_equal(quarantine_store(f->q, tickets + i, now, entries + i, results + i),
                                 now);
        }
        double seconds = (double)(clock_monotonic() - start) / 1e6;
        qsort(latency, n, sizeof(*latency), compare_usec);
        print_message("take: median %llu us, p99 %llu us; store: %.0f files/s in batches of %u\n",
                      (unsigned long long)latency[n / 2], (unsigned long long)latency[n * 99 / 100],
                      n / seconds, batch);
        for (unsigned i = 0; i < n; i++) {
                (void)quarantine_ticket_free(tickets[i]);
                quarantine_entry_done(&entries[i]);
        }
        free(tickets);
        free(entries);
        free(latency);
        free(results);
}

/* QUARANTINE_FILES=2000 measures; by itself it only shows that batches work. */
static void batches_are_stored_whole(void **state)
{
        struct fixture *f = *state;
        const char *n = getenv("QUARANTINE_FILES");
        struct quarantine_stats stats;
        unsigned files = n ? (unsigned)strtoul(n, NULL, 10) : 150;

        measure(f, files, 256);
        quarantine_stats(f->q, &stats);
        assert_int_equal(stats.entries, files);
        assert_int_equal(stats.held, 0);
        assert_int_equal(fixture_count(f->workspace), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_file_comes_back_as_it_was),
                TEST(a_default_acl_gives_nobody_more),
                TEST(the_store_is_ours_alone_and_describes_itself),
                TEST(odd_names_survive),
                TEST(empty_and_sparse_files_survive),
                TEST(a_symlink_is_kept_as_its_target),
                TEST(release_replaces_nothing),
                TEST(special_bits_are_dropped_and_named),
                TEST(another_parent_is_refused_unless_asked_for),
                TEST(what_is_no_longer_what_was_scanned_stays),
                TEST(what_was_swapped_in_is_put_back),
                TEST(a_link_on_the_way_is_not_followed),
                TEST(other_names_and_late_writes_are_reported),
                TEST(an_inode_is_emptied_when_it_is_stored),
                TEST(a_full_store_takes_nothing),
                TEST(held_files_are_listed_and_stored_by_recovery),
                TEST(a_held_file_without_a_record_is_stored),
                TEST(damage_is_noticed),
                TEST(a_store_has_one_user),
                TEST(holding_is_ours_alone_and_leaves_no_trace),
                TEST(what_cannot_be_moved_loses_its_mode),
                TEST(an_immutable_file_is_told),
                TEST(batches_are_stored_whole),
                /* these leave the process in a mount namespace of its own: last */
                TEST(without_a_holding_directory_quarantine_is_in_place),
                TEST(two_mounts_of_one_file_system_are_two),
                TEST(a_read_only_mount_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
