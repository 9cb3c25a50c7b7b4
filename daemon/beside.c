/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what goes to a scanner beside a file: the files that are read with it; its writer's command line, which only a scanner
 * may mask; the files that say in which state its repository is, which only a scanner may read.
 * Does not own: which files are read with it (siblings.c), where repositories are (repositories.c), masking
 * (detectors/secrets/command-line.h), telling (writer.c).
 *
 * Each writer's command line is asked for with the first of its files, until an answer has come. A repository is asked for
 * only when a file in it is told of and it has changed since the last one: that file is scanned once more, then. All others
 * cost no scanner anything.
 *
 * Both are what somebody chose them to be. If a scanner dies of them, they are not asked for again, and the file is read
 * without them: nobody can keep files from being looked at in this way.
 */
#include "daemon/beside.h"

#include "daemon/siblings.h"

_Static_assert(PROVENANCE_COMMAND_MAX <= SCAN_COMMAND_MAX, "it fits a request");

static void ask_writer(struct work_item *item, struct scan_beside *ret)
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

static void forget_question(struct work_item *item)
{
        free(item->question);
        item->question = NULL;
}

void beside_fill(struct repositories *r, const struct workspace *ws, struct work_item *item,
                 struct scan_beside *ret)
{
        *ret = SCAN_BESIDE_NONE;
        ask_writer(item, ret);
        forget_question(item);
        /* a symlink is read alone */
        if (!ws || item->fd < 0)
                return;
        siblings_open(ws, item->path, &ret->peers);
        if (item->asks_repository)
                item->question = repositories_open(r, ws, item->path, &ret->repository);
}

void beside_learn(struct repositories *r, const struct workspace *ws, struct work_item *item,
                  const struct scan_about *about)
{
        if (item->asked)
                provenance_set_command(item->asked, about->command[0] ? about->command : NULL,
                                       "its command line could not be masked");
        item->asked = provenance_unref(item->asked);
        if (item->question && ws)
                repositories_learn(r, ws, item->path, item->question, about);
        forget_question(item);
}

bool beside_give_up(struct repositories *r, const struct workspace *ws, struct work_item *item)
{
        bool asked = (item->asked && item->asked->raw_command) || item->question;

        if (item->asked)
                provenance_set_command(item->asked, NULL,
                                       "the scanner failed that was to mask its command line");
        item->asked = provenance_unref(item->asked);
        if (item->question && ws)
                repositories_learn(r, ws, item->path, item->question, NULL);
        forget_question(item);
        item->asks_repository = false;
        return asked;
}

bool beside_is_wanted(struct repositories *r, const struct workspace *ws, struct work_item *item,
                      const struct scan_result *result)
{
        if (result->artefact == ARTEFACT_NONE && result->n_findings == 0)
                return false;
        item->repository = repository_unref(item->repository);
        if (!repositories_find(r, ws, item->path, &item->repository))
                return false;
        if (item->fd < 0 || item->has_asked)
                return false;
        item->asks_repository = item->has_asked = true;
        return true;
}
