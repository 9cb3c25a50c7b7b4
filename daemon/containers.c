/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where runtimes keep what they know of their containers; what scanners said of that, as long as those files stay what
 * they were.
 * Does not own: what is in the files: names that whoever started a container chose, and with a user's own runtime all is the
 * user's, so only a scanner reads them (detectors/container-state.h). Here names that are fixed, and the container's id, are
 * opened, and nothing else.
 *
 * A control group tells a container's id, and whether it is the system's or a user's: who runs containers without being root can
 * name a control group like any other's, and is asked for his own files only.
 *
 * They are looked at when a file is told of, and no more often than FACTS_AGE for each container. What is looked at is opened
 * beneath the runtime's directory, without following a link or a mount.
 */
#include "daemon/containers.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/open.h"
#include "common/base/text.h"
#include "watchers/process.h"

#define SLOTS 64u /* containers that are remembered */
#define FACTS_AGE (5 * USEC_PER_SEC)
#define PLACE_MAX 256u
#define PASSWD_LINE 4096u

/* Where files of one sort are. */
struct source {
        enum container_files files;
        enum config_option root; /* of the system's */
        const char *home;        /* of a user's: beneath the home directory; NULL: none has it */
        const char *names[SCAN_CONTAINER_FDS]; /* beneath that; %s is the id */
        bool by_id; /* the id is hexadecimal; otherwise it is a machine's name */
};

/* The first that is there is asked: but for Podman's they are named after the container. */
static const struct source sources[] = {
        {CONTAINER_FILES_DOCKER,
         OPTION_CONTAINERS_DOCKER,
         ".local/share/docker",
         {"containers/%s/config.v2.json"},
         true},
        {CONTAINER_FILES_CONTAINERD,
         OPTION_CONTAINERS_CONTAINERD,
         NULL,
         {"io.containerd.runtime.v2.task/k8s.io/%s/config.json"},
         true},
        {CONTAINER_FILES_STORAGE,
         OPTION_CONTAINERS_PODMAN,
         ".local/share/containers/storage",
         {"overlay-containers/containers.json", "overlay-containers/volatile-containers.json"},
         true},
        {CONTAINER_FILES_MACHINE, OPTION_CONTAINERS_MACHINES, NULL, {"%s"}, false},
};

/* What tells whether what was said still holds. */
struct stamps {
        const struct source *source;              /* NULL: no file is there */
        struct file_id files[SCAN_CONTAINER_FDS]; /* all zero: it is not there */
};

struct container_question {
        char id[CONTAINER_ID_MAX];
        uint32_t user;
        struct stamps stamps; /* from before its files were opened */
};

struct slot {
        char id[CONTAINER_ID_MAX]; /* "": free */
        uint32_t user;             /* whose it is; PROVENANCE_NONE: the system's */
        const char *runtime;       /* that its control group names, or NULL */
        usec_t until;
        struct stamps now;
        bool asked; /* facts are what was said when the files were as known says */
        struct stamps known;
        struct container_facts *facts; /* NULL: none yet */
};

struct containers {
        const char *passwd;
        struct config *config; /* a reference */
        struct slot slots[SLOTS];
};

/* --- files ----------------------------------------------------------------------------------- */

static int open_home(const struct containers *c, uint32_t user)
{
        _cleanup_fclose_ FILE *f = fopen(c->passwd, "re");
        char line[PASSWD_LINE];
        struct passwd entry, *found;

        while (f && fgetpwent_r(f, &entry, line, sizeof(line), &found) == 0)
                if (found->pw_uid == user)
                        return open(found->pw_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return -1;
}

/* The directory of the runtime: the system's, or the user's own. home: open, or -1. */
static int open_root(const struct containers *c, const struct source *s, uint32_t user, int home)
{
        if (user == PROVENANCE_NONE)
                return open(config_text(c->config, s->root), O_PATH | O_DIRECTORY | O_CLOEXEC);
        return s->home && home >= 0 ? open_beneath(home, s->home, O_PATH | O_DIRECTORY) : -1;
}

/* A file of it, as O_PATH; -1: none. */
static int open_file(int root, const struct source *s, unsigned i, const char *id)
{
        char name[PLACE_MAX];

        if (root < 0 || !s->names[i])
                return -1;
        /* the ids hold no '%' where there is nothing to put in, and are never the format */
        const char *gap = strstr(s->names[i], "%s");
        int n = gap ? snprintf(name, sizeof(name), "%.*s%s%s", (int)(gap - s->names[i]),
                               s->names[i], id, gap + 2)
                    : snprintf(name, sizeof(name), "%s", s->names[i]);
        return n > 0 && (size_t)n < sizeof(name) ? open_beneath(root, name, O_PATH) : -1;
}

static bool is_hex_id(const char *id)
{
        return strlen(id) == CONTAINER_ID_MAX - 1 && strspn(id, "0123456789abcdef") == strlen(id);
}

/* Opens the files of the first source that has any: fds are O_PATH. */
static void find_files(const struct containers *c, const char *id, uint32_t user,
                       struct stamps *ret, int fds[static SCAN_CONTAINER_FDS])
{
        _cleanup_close_ int home = user != PROVENANCE_NONE ? open_home(c, user) : -1;
        struct stat st;

        *ret = (struct stamps){0};
        for (size_t k = 0; k < ELEMENTSOF(sources) && !ret->source; k++) {
                const struct source *s = &sources[k];
                bool fits = s->by_id == is_hex_id(id) && !strchr(id, '/');
                _cleanup_close_ int root = fits ? open_root(c, s, user, home) : -1;

                for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++) {
                        fds[i] = open_file(root, s, i, id);
                        if (fds[i] >= 0 && (fstat(fds[i], &st) < 0 || !S_ISREG(st.st_mode)))
                                fds[i] = fd_close(fds[i]);
                        if (fds[i] < 0)
                                continue;
                        file_id_from_stat(&ret->files[i], &st);
                        ret->source = s;
                }
        }
}

static void close_files(int fds[static SCAN_CONTAINER_FDS])
{
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++)
                fds[i] = fd_close(fds[i]);
}

static bool same_stamps(const struct stamps *a, const struct stamps *b)
{
        if (a->source != b->source)
                return false;
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++)
                if (!file_id_equal(&a->files[i], &b->files[i]))
                        return false;
        return true;
}

/* --- what is known --------------------------------------------------------------------------- */

static void clear(struct slot *s)
{
        (void)container_facts_unref(s->facts);
        *s = (struct slot){0};
}

/* The container's, made anew in the place of the one that was looked at longest ago if there is none. */
static struct slot *slot_of(struct containers *c, const char *id, uint32_t user)
{
        struct slot *oldest = &c->slots[0];

        for (struct slot *s = c->slots; s < c->slots + SLOTS; s++) {
                if (strcmp(s->id, id) == 0 && s->user == user)
                        return s;
                if (s->until < oldest->until)
                        oldest = s;
        }
        clear(oldest);
        (void)text_copy(oldest->id, sizeof(oldest->id), id);
        oldest->user = user;
        return oldest;
}

/* Its container's, or NULL: it is in none. */
static struct slot *slot_of_writer(struct containers *c, const struct provenance *writer)
{
        if (!writer || !writer->container || !writer->cgroup ||
            strlen(writer->container) >= CONTAINER_ID_MAX)
                return NULL;
        struct slot *s = slot_of(c, writer->container, process_cgroup_user(writer->cgroup));
        s->runtime = process_runtime(writer->cgroup);
        return s;
}

static bool same_facts(const struct container_facts *a, const struct container_facts *b)
{
        return strcmp(a->runtime, b->runtime) == 0 && strcmp(a->name, b->name) == 0 &&
               strcmp(a->image, b->image) == 0 && a->missing == b->missing;
}

/* about: what a scanner said, or NULL. */
static void set_facts(struct slot *s, const struct scan_about *about, const char *missing)
{
        struct container_facts *f = container_facts_new();

        if (!f)
                return;
        f->missing = missing;
        if (about && about->container) {
                (void)text_copy(f->runtime, sizeof(f->runtime), about->container_runtime);
                (void)text_copy(f->name, sizeof(f->name), about->container_name);
                (void)text_copy(f->image, sizeof(f->image), about->container_image);
        }
        if (!f->runtime[0] && s->runtime)
                (void)text_copy(f->runtime, sizeof(f->runtime), s->runtime);
        else if (!f->runtime[0] && s->known.source &&
                 s->known.source->files == CONTAINER_FILES_STORAGE)
                (void)text_copy(f->runtime, sizeof(f->runtime), "podman");
        /* what was said before need not be said anew */
        if (s->facts && same_facts(s->facts, f)) {
                (void)container_facts_unref(f);
                return;
        }
        (void)container_facts_unref(s->facts);
        s->facts = f;
}

bool containers_find(struct containers *c, struct provenance *writer)
{
        struct slot *s = slot_of_writer(c, writer);
        usec_t now = clock_monotonic();
        int fds[SCAN_CONTAINER_FDS];

        if (!s)
                return false;
        if (now >= s->until) {
                find_files(c, s->id, s->user, &s->now, fds);
                close_files(fds);
                s->until = now + FACTS_AGE;
                if (!s->now.source) {
                        s->asked = true;
                        s->known = s->now;
                        set_facts(s, NULL, "no file of its runtime was found that speaks of it");
                }
        }
        provenance_set_container(writer, s->facts);
        return !s->asked || !same_stamps(&s->now, &s->known);
}

/* --- asking ---------------------------------------------------------------------------------- */

struct container_question *containers_open(struct containers *c, const struct provenance *writer,
                                           struct scan_container *ret)
{
        struct slot *s = slot_of_writer(c, writer);
        struct container_question *question = s ? calloc(1, sizeof(*question)) : NULL;
        int fds[SCAN_CONTAINER_FDS];

        *ret = SCAN_CONTAINER_NONE;
        if (!question)
                return NULL;
        find_files(c, s->id, s->user, &question->stamps, fds);
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++)
                if (fds[i] >= 0)
                        ret->fds[i] = open_again(fds[i], O_RDONLY | O_NONBLOCK);
        close_files(fds);
        if (!question->stamps.source) {
                free(question);
                return NULL;
        }
        ret->files = question->stamps.source->files;
        (void)text_copy(ret->id, sizeof(ret->id), s->id);
        (void)text_copy(question->id, sizeof(question->id), s->id);
        question->user = s->user;
        return question;
}

void containers_learn(struct containers *c, const struct container_question *question,
                      const struct scan_about *about)
{
        struct slot *s = slot_of(c, question->id, question->user);
        const char *missing = about ? "its runtime's files do not speak of it"
                                    : "the scanner failed that was to read its runtime's files";

        s->asked = true;
        s->known = s->now = question->stamps;
        s->until = clock_monotonic() + FACTS_AGE;
        set_facts(s, about, about && about->container ? NULL : missing);
}

/* --- all of them ----------------------------------------------------------------------------- */

struct containers *containers_new(const char *passwd)
{
        struct containers *c = calloc(1, sizeof(*c));

        if (c)
                c->passwd = passwd;
        return c;
}

static void forget_all(struct containers *c)
{
        for (size_t i = 0; i < SLOTS; i++)
                clear(&c->slots[i]);
}

void containers_set_config(struct containers *c, struct config *config)
{
        struct config *old = c->config;

        c->config = config_ref(config);
        (void)config_unref(old);
        forget_all(c);
}

struct containers *containers_free(struct containers *c)
{
        if (!c)
                return NULL;
        forget_all(c);
        (void)config_unref(c->config);
        free(c);
        return NULL;
}
