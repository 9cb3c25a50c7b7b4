/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * giad.yaml and its drop-ins → one immutable generation. A reload makes a new one; work in flight
 * keeps the one it began with by its reference. Not thread-safe: one thread takes and drops
 * references.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "common/base/words.h"
#include "common/model/agents.h"
#include "common/model/enums.h"

enum config_option {
#define OPTION(id, ...) OPTION_##id,
#include "daemon/config/options.def"
#undef OPTION
        _OPTION_MAX,
};

enum option_type {
        TYPE_PATH,
        TYPE_BOOL,
        TYPE_COUNT,
        TYPE_BYTES,
        TYPE_TIME,
        TYPE_STRING,
        TYPE_ENUM
};

struct option_info {
        const char *path; /* "outputs.jsonl.path" */
        enum option_type type;
        const char *fallback; /* default, as it would be written */
        uint64_t min, max;    /* of numbers; both 0: any */
        const char *words;    /* ENUM: "a|b|c" */
        const char *text;
};
const struct option_info *option_info(enum config_option option);

struct config_workspace {
        char *pattern; /* absolute, with globs */
        char *agent;   /* may hold {1}…{9}: what the n-th glob component matched; NULL: none */
        enum back_end back_end;
        bool gate;                /* opens wait for a verdict */
        bool deny_late;           /* and are refused if there is none in time */
        struct word_list exclude; /* text_glob_path() patterns */
        bool inline_suppressions; /* a comment on a finding's line suppresses it */
        char *file;               /* where it was written */
        uint32_t line;
};

#define CLASS_SET_WORDS ((_CLASS_MAX + 63) / 64)

struct config_policy {
        struct word_list workspace, agent, path, rule; /* globs */
        uint64_t artefacts;                            /* bit per enum artefact_kind; 0: any */
        uint64_t classes[CLASS_SET_WORDS];             /* all 0: any */
        uint8_t kinds, severities, confidences, certainties; /* bits; 0: any */
        bool has_writer_uid;
        uint32_t writer_uid;
        enum action action;
        char *file;
        uint32_t line;
};

/* A finding that an operator has judged to be none. */
struct config_suppress {
        struct word_list rule, path,
                fingerprint; /* at least one is given; all that are must match */
        char *reason;        /* required */
        char *author;        /* may be NULL */
        usec_t expires;      /* realtime; 0: never */
        char *file;
        uint32_t line;
};

#define CONFIG_FILE_MAX ((size_t)1 << 20) /* bytes of one file */

struct config {
        unsigned refs;
        char *path; /* of the main file */
        union {
                char *text;      /* PATH, STRING, ENUM */
                uint64_t number; /* BOOL 0/1, COUNT, BYTES, TIME in microseconds */
        } values[_OPTION_MAX];
        struct config_workspace *workspaces;
        size_t n_workspaces;
        struct config_policy *
                policy; /* in order: the drop-ins' lines before the main file's; first match wins */
        size_t n_policy;
        struct config_suppress *suppress;
        size_t n_suppress;
        enum failure_action on_failure[_REASON_MAX];
        struct agents *agents; /* NULL: none are named */
};

struct config_error {
        char file[512];
        uint32_t line, column; /* from 1; 0: the file as a whole */
        char message[512];     /* printable: what is wrong and what is allowed */
};

/* Reads path, then path's drop-ins (FILE.d/NAME.yaml in the order of their names). Scalars of later
 * files override, workspaces and suppressions add up, policy lines of a drop-in go in front.
 * Returns 0; -EBADMSG with *reterr; -ENOMEM. The caller owns one reference. */
int config_load(struct config **ret, const char *path, struct config_error *reterr);
/* The same from memory, without drop-ins; path is for messages. */
int config_parse(struct config **ret, const char *path, const char *data, size_t n,
                 struct config_error *reterr);
struct config *config_ref(struct config *c);
struct config *config_unref(struct config *c); /* accepts NULL, returns NULL */
DEFINE_CLEANUP(struct config *, config_unref);

static inline const char *config_text(const struct config *c, enum config_option option)
{
        return c->values[option].text;
}

static inline uint64_t config_number(const struct config *c, enum config_option option)
{
        return c->values[option].number;
}

static inline bool config_bool(const struct config *c, enum config_option option)
{
        return c->values[option].number != 0;
}

/* A day (its begin) or a second, both UTC, as suppressions expire: "2027-01-31",
 * "2027-01-31T18:30:00Z". Returns 0 or -EINVAL. */
int config_parse_time(const char *text, usec_t *ret);

/* Writes the agent's name: captures are put in for {1}…{9}. dst is always terminated. */
void config_agent_name(const struct config_workspace *ws, const char *const *captures,
                       unsigned n_captures, char *dst, size_t size);
