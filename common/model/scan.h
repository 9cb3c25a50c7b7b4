/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/open.h"
#include "common/model/assertion.h"
#include "common/model/container.h"
#include "common/model/enums.h"
#include "common/model/finding.h"

/* What the scanner says of one file, and how request and answer cross the socket between giad and
 * giad-scanner. Both programs are of one build: the layout of the structs is the wire format, its
 * version is checked in the hello. */

#define SCAN_WIRE_VERSION 6u
#define SCAN_FINDINGS_MAX 64u   /* per file; more are counted in findings_dropped */
#define SCAN_ASSERTIONS_MAX 64u /* per file; more are counted in assertions_dropped */
#define SCAN_GAPS_MAX 8u
#define SCAN_EVIDENCE_MAX 96u
#define SCAN_PATH_MAX 4096u
#define SCAN_TEXT_MAX 4096u
#define SCAN_SHOWN_MAX 1024u
#define SCAN_COMMAND_MAX 4096u       /* of a command line as it is: bytes */
#define SCAN_COMMAND_SHOWN_MAX 1024u /* as it may be shown: with NUL */
#define SCAN_BRANCH_MAX 256u
#define SCAN_COMMIT_MAX 65u
#define SCAN_URL_MAX 512u

/* Something about a file that could not be looked at. */
struct scan_gap {
        uint16_t reason; /* enum reason */
        uint32_t line;   /* where, 0 if not at a line */
};

struct scan_result {
        uint16_t artefact; /* enum artefact_kind */
        uint8_t hashed; /* sha256 is valid: the artefact kind is not NONE, or there are findings */
        uint8_t n_gaps;
        uint8_t defines; /* names that other files of the directory may use (common/model/peers.h) */
        uint8_t sha256[32];
        char format[16];                  /* name of the format that was parsed, or "" */
        char evidence[SCAN_EVIDENCE_MAX]; /* why it is that kind of artefact */
        char shown[SCAN_SHOWN_MAX]; /* the path without the secrets that stand in it; "" if there
                                       are none */
        struct scan_gap gaps[SCAN_GAPS_MAX];
        uint64_t bytes;            /* bytes that were scanned */
        uint32_t n_findings;       /* valid entries of findings[] */
        uint32_t findings_dropped; /* found beyond SCAN_FINDINGS_MAX */
        uint32_t n_assertions;     /* valid entries of assertions[]; 0 unless it is an artefact */
        uint32_t assertions_dropped;
        struct finding findings[SCAN_FINDINGS_MAX];
        struct assertion assertions[SCAN_ASSERTIONS_MAX]; /* each once, in the order of
                                                             assertion_compare() */
};

/* Records a gap once; past SCAN_GAPS_MAX the last one stays. */
void scan_result_add_gap(struct scan_result *r, enum reason reason, uint32_t line);
/* Makes room for one more finding. Returns its place (zeroed), or NULL when the result is full: it
 * is then counted as dropped. */
struct finding *scan_result_add_finding(struct scan_result *r);
/* Notes an assertion; past SCAN_ASSERTIONS_MAX it is counted as dropped. text is made printable and cut. */
void scan_result_assert(struct scan_result *r, enum assertion_kind kind, const char *text,
                        enum certainty certainty, uint32_t line);
/* Sorts the assertions, and leaves each once: the one that is certain, or else the first in the file. */
void scan_result_sort_assertions(struct scan_result *r);
/* Sorts by finding_compare(). */
void scan_result_sort(struct scan_result *r);
/* Bytes of r that need to cross the socket: packed, the assertions behind the last finding. */
size_t scan_result_size(const struct scan_result *r);

enum scan_message_type {
        SCAN_SETUP = 0x67696100, /* giad → scanner, first */
        SCAN_HELLO,              /* scanner → giad, once, when it is locked down and ready */
        SCAN_REQUEST, /* giad → scanner, with the fds of a file and its peers, or none (of a text) */
        SCAN_ANSWER, /* scanner → giad, in the order of the requests */
};

/* Files of a .git directory that a scanner may be given with a file, behind its peers. */
enum scan_repository_file {
        SCAN_REPOSITORY_HEAD,
        SCAN_REPOSITORY_LOG, /* logs/HEAD */
        SCAN_REPOSITORY_CONFIG,
        SCAN_REPOSITORY_PACKED, /* packed-refs */
        _SCAN_REPOSITORY_MAX,
};

struct scan_repository {
        int fds[_SCAN_REPOSITORY_MAX]; /* read-only; -1: there is none */
        uint64_t log_size;             /* bytes of logs/HEAD: its end is what counts */
};

#define SCAN_REPOSITORY_NONE ((struct scan_repository){.fds = {-1, -1, -1, -1}})
void scan_repository_close(struct scan_repository *r);

#define SCAN_CONTAINER_FDS 2u

/* The files of a runtime that may speak of the container of who wrote the file. */
struct scan_container {
        enum container_files files; /* NONE: not asked for */
        char id[CONTAINER_ID_MAX];
        int fds[SCAN_CONTAINER_FDS]; /* read-only; -1: there is none */
};

#define SCAN_CONTAINER_NONE ((struct scan_container){.fds = {-1, -1}})
void scan_container_close(struct scan_container *c);

/* What a scanner needs to know before it locks itself down. */
struct scan_setup {
        uint32_t type; /* SCAN_SETUP */
        uint32_t version;
        uint64_t memory;    /* bytes of address space beyond what it has at start */
        uint64_t parse_max; /* bytes: larger files are scanned as text only */
        uint64_t file_max;  /* bytes of a file that are read */
        uint8_t key[32];    /* of the fingerprints */
};

struct scan_hello {
        uint32_t type; /* SCAN_HELLO */
        uint32_t version;
        uint32_t rules; /* number of rules loaded */
        uint32_t pid;
        uint8_t generation[32]; /* SHA-256 over rules and engine: a verdict is valid for one
                                   generation */
};

struct scan_request {
        uint32_t type; /* SCAN_REQUEST */
        uint32_t mode; /* st_mode */
        uint64_t id;
        uint64_t size;      /* bytes of the file when it was opened */
        uint32_t path_size; /* bytes with the NUL, at most SCAN_PATH_MAX */
        uint32_t text_size; /* a symlink's target: bytes, at most SCAN_TEXT_MAX; 0: the content is
                               in the first fd */
        uint32_t
                peers_size; /* names of the files in the other fds (peers.h), each with its NUL: bytes */
        uint32_t command_size; /* of the command line of who wrote the file: bytes, at most
                                  SCAN_COMMAND_MAX; 0: not asked for */
        uint8_t command_cut;   /* it is longer */
        uint8_t repository; /* bit per enum scan_repository_file whose fd comes; 0: not asked for */
        uint8_t container;  /* enum container_files; NONE: not asked for */
        uint8_t container_fds;  /* how many of them come, behind all others */
        uint8_t container_size; /* of the container's id: bytes, with NUL */
        uint8_t unused[3];
        uint64_t log_size; /* scan_repository.log_size */
        char data[];       /* path, text, names, command line, the container's id */
};

/* What is sent is the structure and what follows it. */
static_assert(offsetof(struct scan_request, data) == sizeof(struct scan_request), "no padding");

/* What was asked for beside the file. */
struct scan_about {
        char command[SCAN_COMMAND_SHOWN_MAX]; /* the command line, secrets masked; "": it could not
                                                 be masked */
        char branch
                [SCAN_BRANCH_MAX]; /* of the repository, secrets masked; "": none, or not known */
        char commit[SCAN_COMMIT_MAX]; /* in hex; likewise */
        char url[SCAN_URL_MAX];       /* of origin, secrets masked; likewise */
        char container_runtime
                [CONTAINER_RUNTIME_MAX]; /* of the container, secrets masked; "" each: not said */
        char container_name[CONTAINER_NAME_MAX];
        char container_image[CONTAINER_IMAGE_MAX];
        uint8_t repository;    /* 1: its HEAD could be read */
        uint8_t container;     /* 1: one of its runtime's files speaks of it */
        uint8_t command_clean; /* 1: nothing in the command line had to be masked */
};

struct scan_answer {
        uint32_t type;  /* SCAN_ANSWER */
        uint32_t error; /* errno of reading, 0 if it went well */
        uint64_t id;
        uint32_t about_size; /* of what follows the result: of a struct scan_about, or 0 */
        uint32_t unused;
        struct scan_result result; /* packed and cut at scan_result_size() */
        char room[sizeof(struct scan_about)];
};

/* Moves the assertions behind the last finding, where they are on the socket, and back to their place. */
void scan_answer_pack(struct scan_answer *answer);
void scan_answer_unpack(struct scan_answer *answer);
/* Bytes of a packed answer. */
size_t scan_answer_size(const struct scan_answer *answer);
/* Where what follows the result is in a packed answer; NULL: nothing does. scan_answer_unpack() may overwrite it. */
struct scan_about *scan_answer_about(struct scan_answer *answer);
/* Checks a packed answer of n bytes: type, sizes, enums, texts. Returns 0 or -EBADMSG. */
int scan_answer_check(const struct scan_answer *answer, size_t n);
