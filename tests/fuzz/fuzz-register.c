/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A damaged register. The input is a list of patches of a whole one: three bytes that say where,
 * one byte to put there; an odd number of bytes cuts the file at the last place as well. It is
 * opened as at a start: whatever is read from it must be usable (enums in range, texts that end),
 * and whatever is set aside leaves a new register that works.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "daemon/register/register.h"
#include "tests/fuzz/fuzz.h"

static char directory[64];
static struct buffer whole; /* lives as long as the program */

static void require(bool truth)
{
        if (!truth)
                abort();
}

static int on_artefact(void *userdata, const struct reg_artefact *a)
{
        (void)userdata;
        require(strlen(a->id) < sizeof(a->id) && a->workspace && a->path);
        require(a->kind < _ARTEFACT_MAX && a->state < _REG_STATE_MAX &&
                a->severity < _SEVERITY_MAX);
        return 0;
}

static int on_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        require(a != NULL && finding_valid(f));
        (void)finding_class_info((enum finding_class)f->class);
        (void)userdata;
        return 0;
}

static int on_approval(void *userdata, const struct reg_approval *a)
{
        (void)userdata;
        require(strlen(a->id) < sizeof(a->id) && a->workspace && a->path);
        return 0;
}

static int on_seen(void *userdata, const struct reg_seen *seen)
{
        (void)userdata;
        (void)seen;
        return 0;
}

static int on_event(void *userdata, uint64_t seq, const char *json)
{
        (void)userdata;
        (void)seq;
        require(json != NULL);
        return 0;
}

static void fill(struct reg *r)
{
        struct finding f = {.class = CLASS_SUDO_MISUSE, .severity = SEVERITY_HIGH, .line = 3};
        struct event e = {.kind = (enum event_kind)1};

        (void)snprintf(f.rule, sizeof(f.rule), "a-rule");
        (void)snprintf(f.title, sizeof(f.title), "a title");
        for (unsigned i = 0; i < 20; i++) {
                char path[32];

                (void)snprintf(path, sizeof(path), "a/file-%u", i);
                struct reg_artefact a = {.workspace = strdup("/srv/w"),
                                         .path = strdup(path),
                                         .agent = strdup("alice"),
                                         .kind = (enum artefact_kind)(1 + i % 5),
                                         .evidence = strdup("key roleRef")};
                struct reg_approval p = {.workspace = strdup("/srv/w"),
                                         .path = strdup(path),
                                         .operator_name = strdup("bob"),
                                         .reason = strdup("because")};
                struct reg_seen seen = {.id = {.dev = 1, .ino = i + 1, .size = 7}};

                require(reg_artefact_put(r, &a, &f, 1) == 0 && reg_approval_put(r, &p) == 0);
                require(reg_seen_put(r, &seen) == 0 && reg_event_put(r, &e, 100) == 0);
                require(reg_quarantine_put(r, a.id, "/srv/w", path, a.sha256, 1) == 0);
                reg_artefact_done(&a);
                reg_approval_done(&p);
        }
        require(reg_meta_put(r, "key", "value") == 0);
}

/* They come to an end, whatever the indexes say. */
static void read_listings(struct reg *r)
{
        struct reg_filter filters[] = {REG_FILTER_ALL, REG_FILTER_ALL, REG_FILTER_ALL,
                                       REG_FILTER_ALL, REG_FILTER_ALL};
        struct reg_finding_place place = {0};

        filters[1].path = "a/file-*";
        filters[2].class = CLASS_SUDO_MISUSE;
        filters[3].seen_since = 1;
        filters[4].severity = SEVERITY_LOW;
        for (size_t i = 0; i < ELEMENTSOF(filters); i++) {
                struct reg_listing *l = NULL;

                if (reg_listing_new(&l, r, &filters[i]) < 0)
                        continue;
                while (reg_listing_step(l, r, 7, on_artefact, NULL) > 0)
                        ;
                (void)reg_listing_free(l);
        }
        while (reg_finding_step(r, &place, 7, on_finding, NULL) > 0)
                ;
}

static void use(struct reg *r)
{
        _cleanup_free_ char *value = NULL;
        uint64_t seq;

        (void)reg_artefact_each(r, NULL, NULL, _REG_STATE_MAX, on_artefact, NULL);
        (void)reg_artefact_each(r, "/srv/w", "a/file-3", _REG_STATE_MAX, on_artefact, NULL);
        read_listings(r);
        (void)reg_approval_each(r, on_approval, NULL);
        (void)reg_seen_each(r, on_seen, NULL);
        (void)reg_event_last_seq(r, &seq);
        (void)reg_event_each(r, 0, 0, 50, on_event, NULL);
        (void)reg_meta_get(r, "key", &value);
        (void)reg_check(r);
        (void)reg_meta_put(r, "key", "other");
        (void)reg_artefact_state(r, "/srv/w", "a/file-3", REG_GONE, NULL);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
        (void)st;
        (void)type;
        return at->level > 0 ? remove(path) : 0;
}

static void clean_up(void)
{
        (void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        (void)rmdir(directory);
        buffer_done(&whole);
}

static void path_of(char *dst, size_t size)
{
        (void)snprintf(dst, size, "%s/register.db", directory);
}

static void prepare(void)
{
        struct reg *r = NULL;
        char path[96], block[4096];
        size_t n;

        (void)snprintf(directory, sizeof(directory), "%s/giad-fuzz-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        require(mkdtemp(directory) != NULL);
        path_of(path, sizeof(path));
        require(reg_open(&r, path, false, NULL) == 0);
        fill(r);
        (void)reg_free(r);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        require(f != NULL);
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&whole, block, n);
        require(whole.error == 0 && whole.len > 0);
        (void)atexit(clean_up);
}

static void write_damaged(const char *path, const uint8_t *data, size_t size)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        size_t at = 0;

        buffer_append(&b, whole.data, whole.len);
        require(b.error == 0);
        for (size_t i = 0; i + 4 <= size; i += 4) {
                at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % b.len;
                b.data[at] = (char)data[i + 3];
        }
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        size_t n = size % 2 ? at : b.len;
        require(fd >= 0 && write(fd, b.data, n) == (ssize_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct reg *r = NULL;
        bool set_aside = false;
        char path[96];

        if (!directory[0])
                prepare();
        (void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        path_of(path, sizeof(path));
        write_damaged(path, data, size);
        int k = reg_open(&r, path, false, &set_aside);
        if (k == 0) {
                use(r);
                if (set_aside)
                        require(reg_meta_put(r, "key", "value") == 0 && reg_check(r) == 0);
                if (reg_damaged(r))
                        require(reg_renew(r) == 0 && reg_meta_put(r, "key", "value") == 0 &&
                                reg_check(r) == 0);
        }
        (void)reg_free(r);
        return 0;
}
