/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: scanning without a daemon: rules from the configuration (or --rules), files from the
 * command line.
 *
 * Rules see paths as the daemon would: relative to the directory that was given. If that directory
 * is itself one that tells what is in it (.github, .claude), its name stays in front.
 */
#include "daemon/ctl/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>

#include "common/base/cache-file.h"
#include "common/base/clock.h"
#include "common/base/open.h"
#include "daemon/ctl/progress.h"

/* The host's key makes fingerprints the same as the daemon's; without the right to read it one of
 * this machine's own is used. */
static bool find_key(const struct config *config, uint8_t key[static 32])
{
        static const sd_id128_t giad =
                SD_ID128_MAKE(5b, 2d, 6c, 11, 7e, 0a, 4f, 43, 9d, 5e, 61, 0c, 98, 2f, b4, e7);
        char path[4200];
        sd_id128_t id;

        (void)snprintf(path, sizeof(path), "%s/host.key",
                       config_text(config, OPTION_STATE_DIRECTORY));
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && read(fd, key, 32) == 32)
                return true;
        memset(key, 0, 32);
        if (sd_id128_get_machine_app_specific(giad, &id) >= 0)
                memcpy(key, id.bytes, sizeof(id.bytes));
        return false;
}

void offline_tell_key(const struct offline *o, const struct config *config)
{
        if (!o->host_key)
                (void)ctl_error(
                        "note: the key of giad, %s/host.key, cannot be read, so that giad's "
                        "fingerprints are other ones than those here",
                        config_text(config, OPTION_STATE_DIRECTORY));
}

int offline_rules_error(const struct ruleset_error *error, int k)
{
        char text[INSPECT_ERROR_MAX];

        inspect_error_text(text, error);
        return ctl_error("%s", *error->message ? text : strerror(-k));
}

/* Where this user's compiled patterns are kept: $XDG_CACHE_HOME/giad/patterns. False: nowhere. */
static bool cache_path(char *dst, size_t size)
{
        const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        char parent[4000];

        if (cache && *cache == '/')
                (void)snprintf(parent, sizeof(parent), "%s", cache);
        else if (home && *home == '/')
                (void)snprintf(parent, sizeof(parent), "%s/.cache", home);
        else
                return false;
        (void)mkdir(parent, 0700);
        (void)snprintf(dst, size, "%s/giad", parent);
        (void)mkdir(dst, 0700);
        (void)snprintf(dst, size, "%s/giad/patterns", parent);
        return true;
}

static int make_detector(struct offline *o, const struct detector_options *options,
                         struct ruleset_error *reterr)
{
        char path[4200];
        int fresh = -1;
        bool kept = cache_path(path, sizeof(path));
        _cleanup_close_ int stored_fd = kept ? cache_file_open(path) : -1;
        int k = inspect_detector_new(&o->detector, o->rules, options, stored_fd, &fresh, reterr);
        _cleanup_close_ int fresh_fd = fresh;

        /* a home that cannot be written to only costs the time of compiling */
        if (kept && fresh_fd >= 0)
                (void)cache_file_store(path, fresh_fd);
        return k;
}

typedef int (*load_fn)(struct ruleset **ret, const char *dir, const char *local_dir,
                       struct ruleset_error *reterr);

static int init(struct offline *o, struct ctl *ctl, load_fn load)
{
        const struct config *config = ctl_config(ctl);
        struct detector_options options = {0};
        struct ruleset_error error = {0};

        *o = (struct offline){0};
        if (!config)
                return EXIT_ERROR;
        options.parse_max = config_number(config, OPTION_PARSE_SIZE);
        o->host_key = find_key(config, options.fingerprint_key);
        int k = ctl->value[CTL_RULES]
                        ? load(&o->rules, ctl->value[CTL_RULES], NULL, &error)
                        : load(&o->rules, config_text(config, OPTION_RULES_DIRECTORY),
                               config_text(config, OPTION_LOCAL_RULES_DIRECTORY), &error);
        if (k >= 0)
                k = make_detector(o, &options, &error);
        if (k >= 0)
                k = inspector_new(&o->inspector, o->detector,
                                  config_number(config, OPTION_FILE_SIZE));
        explicit_bzero(options.fingerprint_key, sizeof(options.fingerprint_key));
        if (k < 0) {
                offline_done(o);
                return offline_rules_error(&error, k);
        }
        return EXIT_OK;
}

int offline_init(struct offline *o, struct ctl *ctl)
{
        return init(o, ctl, inspect_load_rules);
}

int offline_init_quickly(struct offline *o, struct ctl *ctl)
{
        return init(o, ctl, inspect_load_rules_quickly);
}

void offline_done(struct offline *o)
{
        o->inspector = inspector_free(o->inspector);
        o->detector = detector_free(o->detector);
        o->rules = ruleset_free(o->rules);
}

/* --- walking ---- */

struct walk {
        struct offline *offline;
        struct ctl *ctl;
        offline_file_fn fn;
        void *userdata;
        struct scan_result *result;
        struct progress progress;
};

/* How much of a root's path rules may see: names from the first hidden one on. */
static size_t kept_prefix(const char *root)
{
        size_t n = strlen(root);

        for (size_t i = 0; i < n; i++)
                if (root[i] == '.' && (i == 0 || root[i - 1] == '/') && root[i + 1] != '\0' &&
                    root[i + 1] != '/' && root[i + 1] != '.')
                        return i;
        return n;
}

static const char *relative_path(const char *root, bool root_is_file, const char *path)
{
        size_t skip = kept_prefix(root);

        if (root_is_file && skip == strlen(root)) {
                while (path[0] == '.' && path[1] == '/')
                        path += 2;
                return path + strspn(path, "/");
        }
        path += skip;
        return path + strspn(path, "/");
}

static int scan_link(struct walk *w, const char *path, const char *relative)
{
        char target[SCAN_TEXT_MAX];
        ssize_t n = readlink(path, target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        inspector_text(w->offline->inspector, relative, S_IFLNK | 0777, target, (size_t)n,
                       w->result);
        return 0;
}

static void open_peers(const char *path, struct scan_peers *ret)
{
        size_t n = scan_peers_place(path);
        _cleanup_free_ char *directory = n > 0          ? strndup(path, n)
                                         : *path == '/' ? strdup("/")
                                                        : strdup(".");
        _cleanup_close_ int fd = directory ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

        if (fd >= 0)
                scan_peers_open(ret, fd, path);
}

int offline_scan(struct offline *o, int fd, const char *path, const char *relative,
                 const struct stat *st, struct scan_result *res)
{
        struct scan_peers peers = SCAN_PEERS_NONE;

        if (scan_peers_wanted(path))
                open_peers(path, &peers);
        int k = inspector_file(o->inspector, fd, relative, st->st_mode, (uint64_t)st->st_size,
                               &peers, res);
        scan_peers_close(&peers);
        return k;
}

static int scan_file(struct walk *w, const char *path, const char *relative, const struct stat *st)
{
        _cleanup_close_ int fd =
                open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

        if (fd < 0)
                return -errno;
        return offline_scan(w->offline, fd, path, relative, st, w->result);
}

static int visit(struct walk *w, const FTSENT *e, const char *root, bool root_is_file)
{
        const char *relative = relative_path(root, root_is_file, e->fts_path);
        int k;

        place_file(&w->offline->place, w->ctl->config, root, e->fts_path, relative);
        switch (e->fts_info) {
        case FTS_F:
                k = scan_file(w, e->fts_path, relative, e->fts_statp);
                break;
        case FTS_SL:
        case FTS_SLNONE:
                k = scan_link(w, e->fts_path, relative);
                break;
        case FTS_DEFAULT:
                /* its name alone */
                inspector_text(w->offline->inspector, relative, e->fts_statp->st_mode, "", 0,
                               w->result);
                scan_result_add_gap(w->result, REASON_NOT_REGULAR, 0);
                k = 0;
                break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
                k = -e->fts_errno;
                break;
        default:
                return 0;
        }
        progress_step(&w->progress, e->fts_info == FTS_F ? (uint64_t)e->fts_statp->st_size : 0);
        /* what is said about this file begins on a line of its own */
        if (k < 0 || w->result->n_findings > 0 || w->result->n_gaps > 0)
                progress_clear(&w->progress);
        if (k < 0 || w->result->shown[0] == '\0')
                return w->fn(w->userdata, e->fts_path, w->result, -k);
        /* a secret stands in the name: its part that was scanned is given as it may be shown */
        char shown[PATH_MAX + SCAN_SHOWN_MAX];
        (void)snprintf(shown, sizeof(shown), "%.*s%s", (int)(relative - e->fts_path), e->fts_path,
                       w->result->shown);
        return w->fn(w->userdata, shown, w->result, 0);
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk_root(struct walk *w, char *root)
{
        char *const roots[] = {root, NULL};
        struct stat st;
        int k = EXIT_OK;

        if (lstat(root, &st) < 0)
                return ctl_error("%s: %s", root, strerror(errno));
        size_t n = strlen(root);
        while (n > 1 && root[n - 1] == '/')
                root[--n] = '\0';
        place_root(&w->offline->place, root);
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
        if (!fts)
                return ctl_error("%s: %s", root, strerror(errno));
        for (FTSENT *e; k == EXIT_OK && (e = fts_read(fts));)
                k = visit(w, e, root, !S_ISDIR(st.st_mode));
        (void)fts_close(fts);
        return k;
}

int offline_walk(struct offline *o, struct ctl *ctl, offline_file_fn fn, void *userdata)
{
        struct walk w = {
                .offline = o,
                .ctl = ctl,
                .fn = fn,
                .userdata = userdata,
                .result = calloc(1, sizeof(*w.result)),
        };
        int status = EXIT_OK;

        if (!w.result)
                return ctl_error("out of memory");
        progress_begin(&w.progress, ctl->progress);
        progress_count(&w.progress, (const char *const *)ctl->args, (unsigned)ctl->n_args,
                       2 * USEC_PER_SEC);
        for (int i = 0; i < ctl->n_args; i++)
                if (walk_root(&w, ctl->args[i]) != EXIT_OK)
                        status = EXIT_ERROR;
        progress_clear(&w.progress);
        free(w.result);
        return status;
}
