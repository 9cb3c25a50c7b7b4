/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the scanner may still do once it holds bytes that an agent wrote.
 * Does not own: its user and inherited fds (daemon/scan/spawn.c sees to these before exec).
 *
 * Layers, each enough to stop an attacker whom another let through: no capabilities and no new
 * ones; Landlock without a single rule, so that no path can be opened (where the kernel has it);
 * rlimits, so that it can neither write files nor make processes nor grow; and a seccomp filter of
 * the calls that are used from here on, which kills on any other. Memory may be mapped, never
 * executable.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/scanner/sandbox.h"

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define SANDBOX_ARCH AUDIT_ARCH_RISCV64
#else
#error "add the audit architecture of this machine, or build --with-sandbox=none"
#endif

static int drop_capabilities(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2] = {0};

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int enter_landlock(void)
{
        struct landlock_ruleset_attr attr = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
        };
        _cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

        if (fd < 0)
                /* a kernel without it, or with it switched off: the filter below stands alone */
                return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
        return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

static uint64_t address_space(void)
{
        _cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
        unsigned long long pages = 0;

        if (!f || fscanf(f, "%llu", &pages) != 1)
                return 0;
        return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int limit_resources(uint64_t memory)
{
        const uint64_t as = address_space() + memory;
        const struct {
                __rlimit_resource_t resource;
                rlim_t value;
        } limits[] = {
                {RLIMIT_AS, as},     {RLIMIT_FSIZE, 0},    {RLIMIT_NPROC, 0},   {RLIMIT_CORE, 0},
                {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_NOFILE, 64},
        };

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                const struct rlimit l = {limits[i].value, limits[i].value};

                if (setrlimit(limits[i].resource, &l) < 0)
                        return -errno;
        }
        return 0;
}

#define LOAD(field) \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
/* low half of an argument; the architectures above are little-endian */
#define LOAD_ARG(n) \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args[n]))
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW_CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ALLOW
/* allowed unless PROT_EXEC is among the protection bits (third argument) */
#define ALLOW_WITHOUT_EXEC(name)                                            \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD_ARG(2), \
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), KILL, ALLOW

static int enter_seccomp(void)
{
        struct sock_filter filter[] = {
                LOAD(arch),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0),
                KILL,
                LOAD(nr),
                /* files arrive, are read, and are answered for */
                ALLOW_CALL(recvmsg),
                ALLOW_CALL(sendmsg),
                ALLOW_CALL(pread64),
                ALLOW_CALL(flistxattr),
                ALLOW_CALL(fgetxattr),
                ALLOW_CALL(close),
                /* memory of libraries and parsers */
                ALLOW_CALL(brk),
                ALLOW_CALL(munmap),
                ALLOW_CALL(mremap),
                ALLOW_CALL(madvise),
                /* signals' way back, and the end */
                ALLOW_CALL(rt_sigreturn),
                ALLOW_CALL(exit_group),
                ALLOW_WITHOUT_EXEC(mmap),
                LOAD(nr),
                ALLOW_WITHOUT_EXEC(mprotect),
                KILL,
        };
        struct sock_fprog program = {.len = ELEMENTSOF(filter), .filter = filter};

        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

int sandbox_enter(uint64_t memory, const char **ret_what)
{
        int k;

        *ret_what = "no_new_privs";
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
                return -errno;
        *ret_what = "resource limits"; /* while /proc/self can still be read */
        k = limit_resources(memory);
        if (k < 0)
                return k;
        *ret_what = "landlock";
        k = enter_landlock();
        if (k < 0)
                return k;
        *ret_what = "capabilities";
        k = drop_capabilities();
        if (k < 0)
                return k;
        *ret_what = "seccomp";
        return enter_seccomp();
}
