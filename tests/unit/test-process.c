/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Who a process is: read from real ones, alive, ending and gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/process.h"
#include "watchers/writers.h"

static int open_pidfd(pid_t pid)
{
        int fd = (int)syscall(SYS_pidfd_open, pid, 0);

        assert_true(fd >= 0);
        return fd;
}

/* A child of this name that waits to be killed. */
static pid_t start_child(const char *comm)
{
        int ready[2];
        char byte;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)prctl(PR_SET_NAME, comm);
                (void)!write(ready[1], "", 1);
                for (;;)
                        (void)pause();
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        (void)close(ready[0]);
        (void)close(ready[1]);
        return pid;
}

static void a_process_is_read_whole(void **state)
{
        pid_t pid = start_child("wri) (ter");
        _cleanup_close_ int pidfd = open_pidfd(pid);
        _cleanup_(provenance_unrefp) struct provenance *p =
                process_read(pid, pidfd, NULL, NULL, NULL);
        char self[4096] = "";

        (void)state;
        assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
        assert_non_null(p);
        assert_int_equal(p->pid, pid);
        assert_string_equal(p->comm, "wri) (ter");
        assert_string_equal(p->exe, self);
        assert_int_equal(p->uid, getuid());
        assert_int_equal(p->gid, getgid());
        assert_true(p->started > 0);
        assert_true(p->mount_namespace > 0 && p->pid_namespace > 0 && p->user_namespace > 0);
        assert_non_null(p->cgroup);
        assert_null(p->missing);
        assert_non_null(strstr(p->raw_command, "test-process"));
        assert_true(p->n_ancestors >= 1);
        assert_int_equal(p->ancestors[0].pid, getpid());
        assert_string_equal(p->ancestors[0].exe, self);
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
}

static void one_that_ended_is_known_in_part_until_it_is_waited_for(void **state)
{
        pid_t pid = start_child("ended");
        _cleanup_close_ int pidfd = open_pidfd(pid);
        siginfo_t info;

        (void)state;
        (void)kill(pid, SIGKILL);
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
        struct provenance *p = process_read(pid, pidfd, NULL, NULL, NULL);
        assert_int_equal(p->uid, getuid());
        assert_string_equal(p->comm, "ended");
        assert_null(p->exe);
        assert_non_null(strstr(p->missing, "executable"));
        (void)provenance_unref(p);
        (void)waitpid(pid, NULL, 0);
        p = process_read(pid, pidfd, NULL, NULL, NULL);
        assert_int_equal(p->pid, pid);
        assert_int_equal(p->uid, PROVENANCE_NONE);
        assert_string_equal(p->comm, "");
        assert_non_null(p->missing);
        (void)provenance_unref(p);
        p = process_read(getpid(), -1, NULL, NULL, NULL);
        assert_int_equal(p->uid, PROVENANCE_NONE);
        (void)provenance_unref(p);
}

/* The number leads to another process by now, as after a wrap: here the other way round, by the descriptor of one
 * that has gone and the number of one that lives. */
static void a_number_that_was_given_again_is_nobodys(void **state)
{
        pid_t gone = start_child("gone"), other = start_child("other");
        _cleanup_close_ int pidfd = open_pidfd(gone);

        (void)state;
        (void)kill(gone, SIGKILL);
        (void)waitpid(gone, NULL, 0);
        struct provenance *p = process_read(other, pidfd, NULL, NULL, NULL);
        assert_string_equal(p->comm, "");
        assert_int_equal(p->uid, PROVENANCE_NONE);
        assert_int_equal(p->n_ancestors, 0);
        (void)provenance_unref(p);
        (void)kill(other, SIGKILL);
        (void)waitpid(other, NULL, 0);
}

static int step_of(int fd)
{
        char byte;

        return read(fd, &byte, 1) == 1;
}

/* Writes as root, then as somebody else, then under another name, then as another program. */
static void be_many(int go, int done)
{
        char *const arguments[] = {(char[]){"sleep"}, (char[]){"60"}, NULL};

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)!write(done, "", 1);
        (void)step_of(go);
        if (setresgid(4321, 4321, 4321) < 0 || setresuid(1234, 1234, 1234) < 0)
                _exit(1);
        (void)!write(done, "", 1);
        (void)step_of(go);
        (void)prctl(PR_SET_NAME, "renamed");
        (void)!write(done, "", 1);
        (void)step_of(go);
        (void)execv("/bin/sleep", arguments);
        _exit(1);
}

static struct provenance *told(struct writers *w, pid_t pid, int pidfd, bool brief)
{
        struct process_brief b = {.uid = PROVENANCE_NONE, .gid = PROVENANCE_NONE};

        if (brief)
                process_brief_read(pidfd, &b);
        return writers_get(w, pid, pidfd, &b, writers_reading(w));
}

static void one_that_becomes_another_is_read_anew(bool brief)
{
        struct writers *w = writers_new();
        int go[2], done[2];

        assert_int_equal(pipe2(go, O_CLOEXEC), 0);
        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0)
                be_many(go[0], done[1]);
        _cleanup_close_ int pidfd = open_pidfd(pid);
        assert_true(step_of(done[0]));
        struct provenance *first = told(w, pid, pidfd, brief), *again = told(w, pid, pidfd, brief);
        assert_ptr_equal(first, again);
        assert_int_equal(first->uid, 0);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_true(step_of(done[0]));
        struct provenance *other = told(w, pid, pidfd, brief);
        assert_int_equal(other->uid, 1234);
        assert_int_equal(other->gid, 4321);
        assert_int_equal(first->uid, 0);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_true(step_of(done[0]));
        struct provenance *renamed = told(w, pid, pidfd, brief);
        assert_string_equal(renamed->comm, "renamed");
        assert_int_equal(write(go[1], "", 1), 1);
        struct provenance *program = NULL;
        for (unsigned i = 0; i < 2000; i++) {
                program = provenance_unref(program);
                program = told(w, pid, pidfd, brief);
                if (strcmp(program->comm, "sleep") == 0)
                        break;
                (void)usleep(1000);
        }
        assert_string_equal(program->comm, "sleep");
        assert_non_null(strstr(program->exe, "/sleep"));
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        /* it has gone: what it was last */
        struct provenance *last = told(w, pid, pidfd, brief);
        assert_string_equal(last->comm, "sleep");
        (void)provenance_unref(last);
        (void)provenance_unref(program);
        (void)provenance_unref(renamed);
        (void)provenance_unref(other);
        (void)provenance_unref(again);
        (void)provenance_unref(first);
        (void)writers_free(w);
        for (unsigned i = 0; i < 2; i++) {
                (void)close(go[i]);
                (void)close(done[i]);
        }
}

static void writers_are_kept_as_long_as_they_stay_the_same(void **state)
{
        (void)state;
        if (geteuid() != 0)
                skip();
        one_that_becomes_another_is_read_anew(true);
        one_that_becomes_another_is_read_anew(false);
}

/* In a mount namespace of its own: as it was made, with one mount more, back in the one it came from. */
static void be_elsewhere(int go, int done, const char *top)
{
        _cleanup_close_ int home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0)
                _exit(1);
        (void)!write(done, "", 1);
        (void)step_of(go);
        if (mount("none", top, "tmpfs", 0, "") < 0)
                _exit(1);
        (void)!write(done, "", 1);
        (void)step_of(go);
        if (setns(home, CLONE_NEWNS) < 0)
                _exit(1);
        (void)!write(done, "", 1);
        (void)step_of(go);
        _exit(0);
}

static struct provenance *look_later(struct writers *w, pid_t pid, int pidfd)
{
        (void)usleep(110000); /* a table is compared once in 100 ms */
        return told(w, pid, pidfd, true);
}

static void mounts_are_read_where_they_are_other_ones(void **state)
{
        char top[] = "/tmp/giad-process-XXXXXX";
        struct writers *w = writers_new();
        int go[2], done[2];

        (void)state;
        if (geteuid() != 0) {
                (void)writers_free(w);
                skip();
        }
        assert_non_null(mkdtemp(top));
        assert_int_equal(pipe2(go, O_CLOEXEC), 0);
        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0)
                be_elsewhere(go[0], done[1], top);
        (void)close(done[1]);
        _cleanup_close_ int pidfd = open_pidfd(pid);
        if (!step_of(done[0]))
                skip(); /* no mount namespaces here */
        struct provenance *first = told(w, pid, pidfd, true), *again = look_later(w, pid, pidfd);
        assert_true(first->elsewhere);
        assert_non_null(first->mounts);
        assert_null(first->mounts_missing);
        assert_ptr_equal(first, again);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_true(step_of(done[0]));
        struct provenance *more = look_later(w, pid, pidfd);
        assert_true(more->elsewhere);
        assert_ptr_not_equal(more->mounts, first->mounts);
        assert_int_equal(more->mount_namespace, first->mount_namespace);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_true(step_of(done[0]));
        struct provenance *back = look_later(w, pid, pidfd);
        assert_false(back->elsewhere);
        assert_null(back->mounts);
        assert_null(back->mounts_missing);
        assert_int_equal(write(go[1], "", 1), 1);
        (void)waitpid(pid, NULL, 0);
        (void)provenance_unref(back);
        (void)provenance_unref(more);
        (void)provenance_unref(again);
        (void)provenance_unref(first);
        (void)writers_free(w);
        (void)close(go[0]);
        (void)close(go[1]);
        (void)close(done[0]);
        (void)rmdir(top);
}

static void cgroups_tell_units_and_containers(void **state)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        static const struct {
                const char *cgroup, *unit, *container;
        } cases[] = {
                {"/", NULL, NULL},
                {"/system.slice/cron.service", "cron.service", NULL},
                {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", NULL},
                {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope",
                 "app-x.scope", NULL},
                {"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", ID},
                {"/docker/" ID, NULL, ID},
                {"/docker/" ID "/init.scope", "init.scope", ID},
                {"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope", ID},
                {"/kubepods/burstable/pod1/" ID, NULL, ID},
                {"/kubepods.slice/cri-containerd-" ID ".scope", "cri-containerd-" ID ".scope", ID},
                {"/docker/" ID "0", NULL, NULL},
                {"/machine.slice/machine-build.scope/init.scope", "init.scope", "build"},
                {"/machine.slice/machine-my\\x2dbox.scope/payload", "machine-my\\x2dbox.scope",
                 "my-box"},
                {"/machine.slice/machine-a\\x2.scope", "machine-a\\x2.scope", "a\\x2"},
                {"/machine.slice/machine-a\\x2fb.scope", "machine-a\\x2fb.scope", NULL},
                {"/machine.slice/machine-a\\x00b.scope", "machine-a\\x00b.scope", NULL},
                {"/machine.slice/machine-\\x2e\\x2e.scope", "machine-\\x2e\\x2e.scope", NULL},
                {"/machine.slice/machine-" ID "0.scope", "machine-" ID "0.scope", NULL},
                {"/system.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service",
                 "web"},
                {"//a//.service", NULL, NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *unit = process_unit(cases[i].cgroup),
                                    *container = process_container(cases[i].cgroup);

                if (strcmp(unit ?: "", cases[i].unit ?: "") != 0 ||
                    strcmp(container ?: "", cases[i].container ?: "") != 0)
                        fail_msg("%s: %s, %s", cases[i].cgroup, unit ?: "-", container ?: "-");
        }
}

static void control_groups_name_runtimes_and_users(void **state)
{
        static const struct {
                const char *cgroup, *runtime;
                uint32_t user;
        } cases[] = {
                {"/", NULL, PROVENANCE_NONE},
                {"/system.slice/docker-" ID ".scope", "docker", PROVENANCE_NONE},
                {"/docker/" ID "/init.scope", "docker", PROVENANCE_NONE},
                {"/machine.slice/libpod-" ID ".scope/container", "podman", PROVENANCE_NONE},
                {"/kubepods.slice/cri-containerd-" ID ".scope", "containerd", PROVENANCE_NONE},
                {"/kubepods.slice/crio-" ID ".scope", "cri-o", PROVENANCE_NONE},
                {"/kubepods/pod1/" ID, NULL, PROVENANCE_NONE},
                {"/x-docker-" ID ".scope", NULL, PROVENANCE_NONE},
                {"docker-" ID, NULL, PROVENANCE_NONE},
                {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
                 "podman", 1000},
                {"/user.slice/user-1000.slice/session-3.scope", NULL, 1000},
                {"/user.slice/user-1000.slic", NULL, PROVENANCE_NONE},
                {"/user.slice/user-.slice/x", NULL, PROVENANCE_NONE},
                {"/user.slice/user--1.slice/x", NULL, PROVENANCE_NONE},
                {"/user.slice/user-99999999999999999999.slice/x", NULL, PROVENANCE_NONE},
                {"/a/user.slice/user-5.slice/x", NULL, PROVENANCE_NONE},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *runtime = process_runtime(cases[i].cgroup);

                if (strcmp(runtime ?: "", cases[i].runtime ?: "") != 0 ||
                    process_cgroup_user(cases[i].cgroup) != cases[i].user)
                        fail_msg("%s: %s, %u", cases[i].cgroup, runtime ?: "-",
                                 process_cgroup_user(cases[i].cgroup));
        }
}

static void agents_are_known_by_programs_and_variables(void **state)
{
        static const char claude[] = "HOME=/x\0CLAUDECODE=1\0A=GEMINI_CLI",
                          none[] = "PATH=CLAUDECODE\0XCLAUDECODE=1\0CLAUDECOD=1";
        char exe[] = "/usr/lib/cursor/cursor";
        struct provenance *p = provenance_new(5);

        (void)state;
        assert_string_equal(process_agent(p, claude, sizeof(claude), NULL), "claude-code");
        assert_null(process_agent(p, none, sizeof(none), NULL));
        assert_null(process_agent(p, NULL, 0, NULL));
        /* what it works for, and what it is itself, which counts more */
        p->n_ancestors = 2;
        (void)snprintf(p->ancestors[1].comm, sizeof(p->ancestors[1].comm), "aider");
        assert_string_equal(process_agent(p, none, sizeof(none), NULL), "aider");
        assert_string_equal(process_agent(p, claude, sizeof(claude), NULL), "claude-code");
        p->exe = exe;
        assert_string_equal(process_agent(p, claude, sizeof(claude), NULL), "cursor");
        p->exe = NULL;
        (void)provenance_unref(p);
}

static void fill(struct agents *a, const char *name, const char *program, const char *variable,
                 const char *cgroup, const char *container)
{
        struct agents_entry *e = agents_add(a);

        assert_non_null(e);
        e->name = strdup(name);
        if (program)
                assert_int_equal(word_list_add(&e->programs, program), 0);
        if (variable)
                assert_int_equal(word_list_add(&e->variables, variable), 0);
        if (cgroup)
                assert_int_equal(word_list_add(&e->cgroups, cgroup), 0);
        if (container)
                assert_int_equal(word_list_add(&e->containers, container), 0);
}

static void the_configurations_agents_come_first(void **state)
{
        static const char variables[] = "CLAUDECODE=1\0OUR_AGENT=yes", none[] = "A=OUR_AGENT";
        _cleanup_(agents_unrefp) struct agents *a = agents_new();
        struct provenance *p = provenance_new(5);

        (void)state;
        fill(a, "by variable", NULL, "OUR_AGENT", NULL, NULL);
        fill(a, "by program", "a-very-long-agent-name", NULL, NULL, NULL);
        fill(a, "by cgroup", NULL, NULL, "/agents.slice/*.service", NULL);
        fill(a, "by container", NULL, NULL, NULL, "agent-?");
        assert_null(process_agent(p, none, sizeof(none), a));
        assert_string_equal(process_agent(p, variables, sizeof(variables), a), "by variable");
        assert_string_equal(process_agent(p, variables, sizeof(variables), NULL), "claude-code");
        /* the kernel keeps the beginning of a name */
        (void)snprintf(p->comm, sizeof(p->comm), "a-very-long-age");
        assert_string_equal(process_agent(p, variables, sizeof(variables), a), "by program");
        (void)snprintf(p->comm, sizeof(p->comm), "a-very-long-ag");
        assert_null(process_agent(p, none, sizeof(none), a));
        p->exe = strdup("/opt/a-very-long-agent-name");
        assert_string_equal(process_agent(p, none, sizeof(none), a), "by program");
        free(p->exe);
        p->exe = NULL;
        p->cgroup = strdup("/agents.slice/sub.slice/x.service");
        assert_string_equal(process_agent(p, none, sizeof(none), a), "by cgroup");
        p->cgroup[strlen(p->cgroup) - 1] = 'x';
        assert_null(process_agent(p, none, sizeof(none), a));
        p->container = strdup("agent-7");
        assert_string_equal(process_agent(p, none, sizeof(none), a), "by container");
        free(p->container);
        p->container = NULL;
        p->n_ancestors = 1;
        (void)snprintf(p->ancestors[0].comm, sizeof(p->ancestors[0].comm), "claude");
        assert_string_equal(process_agent(p, none, sizeof(none), a), "claude-code");
        fill(a, "by ancestor", "claude", NULL, NULL, NULL);
        assert_string_equal(process_agent(p, none, sizeof(none), a), "by ancestor");
        (void)provenance_unref(p);
}

/* A reload: the same process is asked anew, and what was told before keeps its name. */
static void a_new_table_is_asked_from_then_on(void **state)
{
        pid_t pid = start_child("some-agent");
        _cleanup_close_ int pidfd = open_pidfd(pid);
        struct writers *w = writers_new();
        struct agents *a = agents_new();

        (void)state;
        struct provenance *before = told(w, pid, pidfd, false);
        assert_null(before->agent);
        fill(a, "ours", "some-agent", NULL, NULL, NULL);
        writers_set_agents(w, a);
        struct provenance *after = told(w, pid, pidfd, false);
        assert_string_equal(after->agent, "ours");
        writers_set_agents(w, agents_new());
        struct provenance *last = told(w, pid, pidfd, false);
        assert_null(last->agent);
        assert_string_equal(after->agent, "ours");
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        (void)provenance_unref(before);
        (void)provenance_unref(after);
        (void)provenance_unref(last);
        (void)writers_free(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_process_is_read_whole),
                cmocka_unit_test(one_that_ended_is_known_in_part_until_it_is_waited_for),
                cmocka_unit_test(a_number_that_was_given_again_is_nobodys),
                cmocka_unit_test(writers_are_kept_as_long_as_they_stay_the_same),
                cmocka_unit_test(mounts_are_read_where_they_are_other_ones),
                cmocka_unit_test(cgroups_tell_units_and_containers),
                cmocka_unit_test(control_groups_name_runtimes_and_users),
                cmocka_unit_test(agents_are_known_by_programs_and_variables),
                cmocka_unit_test(the_configurations_agents_come_first),
                cmocka_unit_test(a_new_table_is_asked_from_then_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
