/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what goes to a scanner beside a file: the files that are read with it, and its writer's command line, which only a
 * scanner may mask. Each writer's is asked for with the first of its files, until an answer has come.
 * Does not own: which files are read with it (siblings.c), masking (detectors/secrets/command-line.h), telling (writer.c).
 *
 * A command line is what somebody chose it to be. If a scanner dies of it, that writer's is not asked for again, and the file
 * is read without it: a writer cannot keep its files from being looked at.
 */
#include "daemon/beside.h"

#include "daemon/siblings.h"

_Static_assert(PROVENANCE_COMMAND_MAX <= SCAN_COMMAND_MAX, "it fits a request");

static void ask(struct work_item *item, struct scan_beside *ret)
{
        struct provenance *writer = item->writer;

        item->asked = provenance_unref(item->asked);
        if (!writer || !writer->raw_command)
                return;
        ret->command = writer->raw_command;
        ret->command_size = writer->raw_command_size;
        ret->command_cut = writer->raw_command_cut;
        item->asked = provenance_ref(writer);
}

void beside_fill(const struct workspace *ws, struct work_item *item, struct scan_beside *ret)
{
        *ret = SCAN_BESIDE_NONE;
        ask(item, ret);
        /* a symlink is read alone */
        if (ws && item->fd >= 0)
                siblings_open(ws, item->path, &ret->peers);
}

void beside_learn(struct work_item *item, const struct scan_about *about)
{
        if (item->asked)
                provenance_set_command(item->asked, about->command[0] ? about->command : NULL,
                                       "its command line could not be masked");
        item->asked = provenance_unref(item->asked);
}

bool beside_give_up(struct work_item *item)
{
        bool asked = item->asked && item->asked->raw_command;

        if (asked)
                provenance_set_command(item->asked, NULL,
                                       "the scanner failed that was to mask its command line");
        item->asked = provenance_unref(item->asked);
        return asked;
}
