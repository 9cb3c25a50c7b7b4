/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the container runtimes of this host say of containers in which somebody wrote, as far as it was asked for. */

#include "common/model/container.h"
#include "common/model/provenance.h"
#include "common/model/scan.h"
#include "daemon/config/config.h"

struct containers;

/* passwd: where users' homes are looked up, /etc/passwd but for tests; borrowed. NULL: out of memory. */
struct containers *containers_new(const char *passwd);
struct containers *containers_free(struct containers *c);
DEFINE_CLEANUP(struct containers *, containers_free);
/* Says where the runtimes keep their state from now on, and has to before anything is asked; a reference is taken. */
void containers_set_config(struct containers *c, struct config *config);
/* Gives the writer (may be NULL) what is known of its container, if it is in one. Returns whether a scanner should be given that
 * container's files: nothing is known of their present state. */
bool containers_find(struct containers *c, struct provenance *writer);

/* What a scanner is asked; free(3) forgets it. */
struct container_question;

/* Opens what a scanner is to be given, and no more than that. NULL: there is nothing. */
struct container_question *containers_open(struct containers *c, const struct provenance *writer,
                                           struct scan_container *ret);
/* What a scanner said of that; about may be NULL: it failed. */
void containers_learn(struct containers *c, const struct container_question *question,
                      const struct scan_about *about);
