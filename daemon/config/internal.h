/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Between the files of daemon/config only. */

#include <yaml.h>

#include "daemon/config/config.h"

/* One file being read. */
struct reading {
        struct config *config;
        const char *file;
        yaml_document_t *document;
        struct config_error *error;
        bool set[_OPTION_MAX]; /* given in this file */
};

/* Fills reterr with the node's position; always returns -EBADMSG. */
int reading_error(struct reading *r, const yaml_node_t *at, const char *fmt, ...) _printf_(3, 4);
/* The scalar's text, or -EBADMSG for a mapping or sequence. `what` names it in the message. */
int reading_scalar(struct reading *r, const yaml_node_t *node, const char *what, const char **ret);
yaml_node_t *reading_node(struct reading *r, int index);
/* Error for an unknown word with the nearest allowed one and, if there are few, all of them. */
int reading_unknown(struct reading *r, const yaml_node_t *at, const char *what, const char *word,
                    const char *const *allowed, size_t n);
uint32_t reading_line(const yaml_node_t *node);

/* document.c: one file */

/* About a file as a whole (line 0), or a place in it; always returns -EBADMSG. */
int file_error(struct config_error *e, const char *file, size_t line, size_t column,
               const char *fmt, ...) _printf_(5, 6);
/* Calls fn with the root, a mapping; not for an empty file, which is none. c may be NULL: for files that are no configuration.
 * 0, -EBADMSG with *reterr, -ENOMEM, or what fn returns. */
int document_read(const char *file, const char *data, size_t n, struct config *c,
                  int (*fn)(struct reading *r, const yaml_node_t *root, void *userdata),
                  void *userdata, struct config_error *reterr);
int document_read_file(const char *file, struct config *c,
                       int (*fn)(struct reading *r, const yaml_node_t *root, void *userdata),
                       void *userdata, struct config_error *reterr);

/* reading.c: what the lists are made of */

/* Calls fn for a scalar, or for each scalar of a sequence. */
int reading_each_word(struct reading *r, const yaml_node_t *node, const char *what,
                      int (*fn)(struct reading *r, const yaml_node_t *at, const char *word,
                                void *userdata),
                      void *userdata);
/* For reading_each_word(): appends to a struct word_list. */
int reading_add_word(struct reading *r, const yaml_node_t *at, const char *word, void *userdata);
/* A copy of the scalar in the place of *ret. */
int reading_text(struct reading *r, const yaml_node_t *node, const char *what, char **ret);

struct reading_field {
        const char *key;
        int (*read)(struct reading *r, const yaml_node_t *node, void *entry);
};
/* Calls its function for each key of a mapping; an unknown key is an error with the nearest allowed one. */
int reading_fields(struct reading *r, const yaml_node_t *node, const char *what,
                   const struct reading_field *fields, size_t n, void *entry);

/* Calls fn for each item of a sequence. */
int reading_each_item(struct reading *r, const yaml_node_t *node, const char *what,
                      int (*fn)(struct reading *r, const yaml_node_t *item, void *userdata),
                      void *userdata);

/* lists-agents.c: appends to the table of agents */
int lists_agents(struct reading *r, const yaml_node_t *node);

/* values.c: one scalar as an option's value */
int value_parse(struct reading *r, enum config_option option, const yaml_node_t *node,
                const char *text);
int value_parse_time(const char *text, usec_t *ret);
int value_parse_bytes(const char *text, uint64_t *ret);
int value_parse_bool(const char *text);

/* lists.c: the sequences; each appends to the configuration */
int lists_workspaces(struct reading *r, const yaml_node_t *node);
int lists_policy(struct reading *r, const yaml_node_t *node, size_t *insert_at);
int lists_suppress(struct reading *r, const yaml_node_t *node);
int lists_on_failure(struct reading *r, const yaml_node_t *node);
