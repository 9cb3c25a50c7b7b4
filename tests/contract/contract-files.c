/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the cases of the contract that are about files: the ways in which one can come, change or hide.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/contract-cases.h"

/* What does not wait until it has settled is told long before that, on a busy machine, too. */
static const struct watcher_limits slowly_settling = {
        .settle = USEC_PER_SEC,
        .settle_max = 5 * USEC_PER_SEC,
        .poll_interval = CONTRACT_POLL,
        .pending_max = 100000,
        .depth_max = 64,
};

void files_of_before_are_found(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/b");
        contract_write(c, "root/a/b/f", "one");
        contract_write(c, "root/g", "two");
        contract_start(c);
        assert_int_equal(contract_told(c, "a/b/f", CANDIDATE_WALK), 1);
        assert_int_equal(contract_gap_openings(c, REASON_WALK_RUNNING), 1);
        contract_check(c);
}

void closed_file_is_told_without_waiting(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        contract_write(c, "root/f", "text");
        contract_await(c, "f", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "f", CANDIDATE_WRITTEN), 1);
        contract_check(c);
        assert_int_equal(contract_told(c, "f", _CANDIDATE_MAX), 1);
}

void quiet_watcher_sleeps(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_start(c);
        contract_write(c, "root/a/f", "text");
        contract_quiet(c);
        struct watcher *w = contract_watcher(c);
        assert_true(w->vtable->deadline(w) == USEC_INFINITY);
        /* others may be busy on the same file system */
        for (int i = 0; i < 100 && contract_stats(c).pending > 0; i++)
                contract_pump(c, USEC_PER_MSEC);
        assert_int_equal(contract_stats(c).pending, 0);
}

void atomic_save_is_told_under_its_name(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/f", "old");
        contract_start(c);
        contract_write(c, "root/.f.tmp", "new");
        contract_rename(c, "root/.f.tmp", "root/f", 0);
        contract_await(c, "f", CANDIDATE_MOVED_IN);
        assert_int_equal(contract_told(c, "f", CANDIDATE_MOVED_IN), 1);
        contract_check(c);
}

static int make_unnamed(struct contract *c, const char *dir)
{
        return contract_open(c, dir, O_TMPFILE | O_RDWR);
}

static void link_unnamed(struct contract *c, int fd, const char *path)
{
        _cleanup_free_ char *full = contract_path(c, "%s", path);
        char proc[64];

        (void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
        assert_int_equal(linkat(AT_FDCWD, proc, AT_FDCWD, full, AT_SYMLINK_FOLLOW), 0);
}

void unnamed_file_that_is_linked_is_told(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_start(c);
        _cleanup_close_ int fd = make_unnamed(c, "root/a");
        assert_int_equal(write(fd, "first", 5), 5);
        link_unnamed(c, fd, "root/a/named");
        contract_check(c);
        assert_true(contract_told(c, "a/named", _CANDIDATE_MAX) >= 1);
        /* the kernel names what is written later by the inode's number */
        assert_int_equal(write(fd, "second", 6), 6);
        contract_check(c);
        assert_int_equal(write(fd, "third", 5), 5);
        fd = fd_close(fd);
        contract_check(c);
}

void unnamed_file_from_outside_is_told(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        _cleanup_close_ int fd = make_unnamed(c, "outside");
        assert_int_equal(write(fd, "first", 5), 5);
        link_unnamed(c, fd, "root/named");
        contract_check(c);
}

void hard_link_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *from = contract_path(c, "outside/f"), *to = contract_path(c, "root/l");

        contract_write(c, "outside/f", "linked");
        contract_start(c);
        assert_int_equal(link(from, to), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "l", CANDIDATE_LINKED), 1);
}

void symlink_is_told_at_once_and_not_followed(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *at = contract_path(c, "root/s"), *target = contract_path(c, "outside");

        contract_renew(c, &slowly_settling, NULL);
        contract_start(c);
        assert_int_equal(symlink(target, at), 0);
        contract_pump(c, USEC_PER_SEC / 2);
        assert_int_equal(contract_told(c, "s", CANDIDATE_LINKED), 1);
        contract_write(c, "outside/x", "not ours");
        contract_check(c);
        assert_int_equal(contract_told(c, "s/x", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_stats(c).directories, 1);
}

void special_file_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *before = contract_path(c, "root/p1"),
                            *after = contract_path(c, "root/p2");

        assert_int_equal(mkfifo(before, 0600), 0);
        contract_start(c);
        assert_int_equal(mkfifo(after, 0600), 0);
        contract_quiet(c);
        assert_true(contract_told(c, "p1", CANDIDATE_WALK) == 1);
        assert_true(contract_told(c, "p2", CANDIDATE_LINKED) == 1);
}

void long_open_writer_is_told_while_it_writes(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        _cleanup_close_ int fd = contract_open(c, "root/log", O_WRONLY | O_CREAT | O_APPEND);
        size_t pauses = 0; /* that a busy machine made */
        for (int i = 0; i < 100; i++) {
                usec_t begin = clock_monotonic();

                assert_int_equal(write(fd, "line\n", 5), 5);
                contract_pump(c, CONTRACT_SETTLE / 4);
                pauses += clock_monotonic() - begin > CONTRACT_SETTLE / 2;
        }
        /* half a second without a quiet moment: three times the longest wait at most */
        size_t n = contract_told(c, "log", CANDIDATE_OPEN);
        assert_in_range(n, 2, 25 + pauses);
        contract_check(c);
        assert_true(contract_told(c, "log", CANDIDATE_OPEN) > n);
        assert_int_equal(contract_told(c, "log", CANDIDATE_WRITTEN), 0);
}

void mapped_writer_is_told_when_it_unmaps(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/m", "0123456789");
        contract_start(c);
        int fd = contract_open(c, "root/m", O_RDWR);
        char *p = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        assert_ptr_not_equal(p, MAP_FAILED);
        (void)fd_close(fd);
        contract_quiet(c);
        memcpy(p, "ABCDE", 5);
        assert_int_equal(munmap(p, 10), 0);
        contract_check(c);
}

void truncation_by_path_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_write(c, "root/f", "0123456789");
        contract_start(c);
        assert_int_equal(truncate(path, 4), 0);
        contract_check(c);
        assert_true(contract_told(c, "f", CANDIDATE_OPEN) == 1);
}

void exchanged_files_are_both_told(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/a", "one");
        contract_write(c, "outside/b", "two");
        contract_start(c);
        contract_rename(c, "root/a", "outside/b", RENAME_EXCHANGE);
        contract_check(c);
        assert_int_equal(contract_told(c, "a", CANDIDATE_MOVED_IN), 1);
}

void changed_attributes_are_told_once_settled(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_renew(c, &slowly_settling, NULL);
        contract_write(c, "root/f", "text");
        contract_start(c);
        assert_int_equal(chmod(path, 0640), 0);
        contract_pump(c, CONTRACT_SETTLE);
        assert_int_equal(contract_told(c, "f", CANDIDATE_CHANGED), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "f", CANDIDATE_CHANGED), 1);
}

void file_unlinked_before_its_close_does_no_harm(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_start(c);
        _cleanup_close_ int fd = contract_open(c, "root/f", O_WRONLY | O_CREAT);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(write(fd, "x", 1), 1);
        fd = fd_close(fd);
        contract_check(c);
}
