/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the key of places, giad's own files, and the batch on its way to the register.
 * Does not own: the table of inodes (seen.c), and deciding what is put in.
 */
#include "daemon/known.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>

#include "daemon/seen.h"

#define BATCH 512
#define KNOWN_MAX ((size_t)1000000) /* inodes, 24 to 64 bytes each */
#define OWN_KEPT 1024u
#define ANSWERS_KEPT 4096u

struct known {
        struct storer *storer;
        struct seen *seen;
        uint8_t generation[32]; /* zeros: not known yet */
        uint8_t key[32];        /* of the places */
        struct {
                uint64_t place, answer;
        } answers[ANSWERS_KEPT];
        struct file_id own[OWN_KEPT];
        size_t n_own;
        struct reg_seen *batch; /* to be written to the register */
        size_t n_batch;
        sd_event_source *flush;
};

struct seen_job {
        struct storer_job job;
        struct reg_seen *seen;
        size_t n;
};

static int write_seen(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct seen_job *s = (struct seen_job *)job;
        int r = 0;

        (void)quarantine;
        for (size_t i = 0; i < s->n && r >= 0; i++)
                r = reg_seen_put(reg, &s->seen[i]);
        return r;
}

static void seen_written(struct storer_job *job, void *userdata)
{
        (void)userdata;
        free(((struct seen_job *)job)->seen);
        free(job);
}

void known_flush(struct known *k)
{
        struct seen_job *job = k->n_batch > 0 ? calloc(1, sizeof(*job)) : NULL;

        if (!job)
                return;
        job->seen = take_ptr(&k->batch);
        job->n = k->n_batch;
        k->n_batch = 0;
        job->job.run = write_seen;
        job->job.done = seen_written;
        job->job.patient = true;
        storer_submit(k->storer, &job->job);
}

static int on_flush(sd_event_source *s, uint64_t usec, void *userdata)
{
        (void)s;
        (void)usec;
        known_flush(userdata);
        return 0;
}

/* What a file is, and what policy says of it, depends on where it lies: a directory may be renamed,
 * or moved to another workspace, and its files with it, which changes nothing about them. Keyed, so
 * that nobody can look for two places that are one here. */
static uint64_t place_of(const struct known *k, const struct workspace *ws, const char *path)
{
        struct sha256_ctx sha;
        uint64_t place;

        sha256_init(&sha);
        sha256_update(&sha, sizeof(k->key), k->key);
        sha256_update(&sha, strlen(ws->path) + 1, (const uint8_t *)ws->path);
        sha256_update(&sha, strlen(path), (const uint8_t *)path);
        sha256_digest(&sha, sizeof(place), (uint8_t *)&place);
        return place;
}

/* What was scanned under other rules, or another policy, was scanned in another place. */
static uint64_t place_under(const uint8_t generation[static sizeof(uint64_t)], uint64_t place)
{
        uint64_t rules;

        memcpy(&rules, generation, sizeof(rules));
        return place ^ rules;
}

bool known_same(const struct known *k, const struct workspace *ws, const char *path,
                const struct file_id *id)
{
        return seen_known(k->seen, id) &&
               seen_same(k->seen, id, place_under(k->generation, place_of(k, ws, path)));
}

static uint64_t answer_of(const struct scan_result *result)
{
        struct sha256_ctx sha;
        uint64_t answer;

        sha256_init(&sha);
        sha256_update(&sha, sizeof(result->sha256), result->sha256);
        for (uint32_t i = 0; i < result->n_findings; i++) {
                const struct finding *f = &result->findings[i];
                const uint8_t graded[] = {f->severity, f->confidence, f->certainty};

                sha256_update(&sha, strlen(f->rule) + 1, (const uint8_t *)f->rule);
                sha256_update(&sha, strlen(f->fingerprint) + 1, (const uint8_t *)f->fingerprint);
                sha256_update(&sha, sizeof(graded), graded);
        }
        sha256_digest(&sha, sizeof(answer), (uint8_t *)&answer);
        return answer;
}

bool known_answer_same(struct known *k, const struct workspace *ws, const char *path,
                       const struct scan_result *result)
{
        uint64_t place = place_of(k, ws, path), answer = answer_of(result);
        size_t at = place % ANSWERS_KEPT;
        bool same = k->answers[at].place == place && k->answers[at].answer == answer;

        k->answers[at].place = place;
        k->answers[at].answer = answer;
        return same;
}

void known_put(struct known *k, const struct workspace *ws, const char *path,
               const struct file_id *id)
{
        uint64_t place = place_of(k, ws, path);

        (void)seen_put(k->seen, id, place_under(k->generation, place));
        if (!k->batch)
                k->batch = calloc(BATCH, sizeof(*k->batch));
        if (!k->batch)
                return; /* only costs a scan after the next start */
        if (k->n_batch == 0) {
                (void)sd_event_source_set_time_relative(k->flush, USEC_PER_SEC);
                (void)sd_event_source_set_enabled(k->flush, SD_EVENT_ONESHOT);
        }
        struct reg_seen *s = &k->batch[k->n_batch++];
        s->id = *id;
        s->place = place;
        memcpy(s->generation, k->generation, sizeof(s->generation));
        if (k->n_batch == BATCH)
                known_flush(k);
}

bool known_is_own(const struct known *k, const struct file_id *id)
{
        for (size_t i = 0; i < MIN_OF(k->n_own, (size_t)OWN_KEPT); i++)
                if (file_id_equal(&k->own[i], id))
                        return true;
        return false;
}

void known_own(struct known *k, const struct file_id *id)
{
        k->own[k->n_own++ % OWN_KEPT] = *id;
}

bool known_set_generation(struct known *k, const uint8_t generation[static 32])
{
        static const uint8_t none[sizeof(k->generation)];

        if (memcmp(k->generation, generation, sizeof(k->generation)) == 0)
                return false;
        known_flush(k);
        /* what the register brought before the scanners had read their rules stays */
        if (memcmp(k->generation, none, sizeof(none)) != 0)
                seen_clear(k->seen);
        memcpy(k->generation, generation, sizeof(k->generation));
        return true;
}

void known_forget(struct known *k)
{
        k->n_batch = 0;
        seen_clear(k->seen);
        memset(k->answers, 0, sizeof(k->answers));
}

void known_add(struct known *k, const struct reg_seen *seen)
{
        (void)seen_put(k->seen, &seen->id, place_under(seen->generation, seen->place));
}

size_t known_count(const struct known *k)
{
        return seen_count(k->seen);
}

int known_new(struct known **ret, sd_event *event, struct storer *storer,
              const uint8_t key[static 32])
{
        struct known *k = calloc(1, sizeof(*k));

        if (!k)
                return -ENOMEM;
        k->storer = storer;
        memcpy(k->key, key, sizeof(k->key));
        int r = seen_new(&k->seen, KNOWN_MAX);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &k->flush, CLOCK_MONOTONIC, 0, 0, on_flush,
                                               k);
        if (r >= 0)
                r = sd_event_source_set_enabled(k->flush, SD_EVENT_OFF);
        if (r < 0) {
                (void)known_free(k);
                return r;
        }
        *ret = k;
        return 0;
}

struct known *known_free(struct known *k)
{
        if (!k)
                return NULL;
        k->flush = sd_event_source_disable_unref(k->flush);
        k->seen = seen_free(k->seen);
        free(k->batch);
        explicit_bzero(k->key, sizeof(k->key));
        free(k);
        return NULL;
}
