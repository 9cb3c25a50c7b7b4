/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What a scanner is given with a file, and what it says of that. */

#include "daemon/containers.h"
#include "daemon/repositories.h"
#include "daemon/scan/pool.h"
#include "daemon/work.h"
#include "daemon/workspace.h"

/* Who knows what a scanner has said before; borrowed. */
struct beside {
        struct repositories *repositories;
        struct containers *containers;
};

/* For scan_pool_handler.beside; ws may be NULL: it has gone. */
void beside_fill(struct beside *b, const struct workspace *ws, struct work_item *item,
                 struct scan_beside *ret);
/* For scan_pool_handler.about; ws may be NULL. */
void beside_learn(struct beside *b, const struct workspace *ws, struct work_item *item,
                  const struct scan_about *about);
/* A scanner failed at the item. True if it had been given anything that it will not be given again, which may be why. */
bool beside_give_up(struct beside *b, const struct workspace *ws, struct work_item *item);
/* The item was scanned: notes in which repository it lies and what its writer's container is, if that will be told. True: it is to go to a scanner once more, with
 * their files. */
bool beside_is_wanted(struct beside *b, const struct workspace *ws, struct work_item *item,
                      const struct scan_result *result);
