/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what goes to a scanner beside a file: the files that are read with it; its writer's command line, which only a scanner
 * may mask; the files that say in which state its repository is, and what its writer's container is, which only a scanner may
 * read.
 * Does not own: which files are read with it (siblings.c), where repositories are (repositories.c) and what runtimes keep
 * (containers.c), masking (detectors/secrets/command-line.h), telling (writer.c).
 *
 * Each writer's command line is asked for with the first of its files, until an answer has come. A repository is asked for
 * only when a file in it is told of and it has changed since the last one: that file is scanned once more, then; likewise a
 * container. All others cost no scanner anything.
 *
 * All are what somebody chose them to be. If a scanner dies of them, they are not asked for again, and the file is read
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

static void forget_questions(struct work_item *item)
{
        free(item->question);
        item->question = NULL;
        free(item->container_question);
        item->container_question = NULL;
}

void beside_fill(struct beside *b, const struct workspace *ws, struct work_item *item,
                 struct scan_beside *ret)
{
        *ret = SCAN_BESIDE_NONE;
        ask_writer(item, ret);
        forget_questions(item);
        /* a symlink is read alone */
        if (!ws || item->fd < 0)
                return;
        siblings_open(ws, item->path, &ret->peers);
        if (item->asks_repository)
                item->question =
                        repositories_open(b->repositories, ws, item->path, &ret->repository);
        if (item->asks_container)
                item->container_question =
                        containers_open(b->containers, item->writer, &ret->container);
}

/* about: what the scanner said, or NULL: it failed. */
static void learn(struct beside *b, const struct workspace *ws, struct work_item *item,
                  const struct scan_about *about)
{
        if (item->question && ws)
                repositories_learn(b->repositories, ws, item->path, item->question, about);
        if (item->container_question)
                containers_learn(b->containers, item->container_question, about);
        forget_questions(item);
}

void beside_learn(struct beside *b, const struct workspace *ws, struct work_item *item,
                  const struct scan_about *about)
{
        if (item->asked && about->command[0])
                provenance_set_command(item->asked, about->command, about->command_clean);
        else if (item->asked)
                provenance_miss_command(item->asked, "its command line could not be masked");
        item->asked = provenance_unref(item->asked);
        learn(b, ws, item, about);
}

bool beside_give_up(struct beside *b, const struct workspace *ws, struct work_item *item)
{
        bool asked = (item->asked && item->asked->raw_command) || item->question ||
                     item->container_question;

        if (item->asked)
                provenance_miss_command(item->asked,
                                        "the scanner failed that was to mask its command line");
        item->asked = provenance_unref(item->asked);
        learn(b, ws, item, NULL);
        item->asks_repository = item->asks_container = false;
        return asked;
}

bool beside_is_wanted(struct beside *b, const struct workspace *ws, struct work_item *item,
                      const struct scan_result *result)
{
        if (result->artefact == ARTEFACT_NONE && result->n_findings == 0)
                return false;
        item->repository = repository_unref(item->repository);
        bool repository = repositories_find(b->repositories, ws, item->path, &item->repository),
             container = containers_find(b->containers, item->writer);
        if ((!repository && !container) || item->fd < 0 || item->has_asked)
                return false;
        item->asks_repository = repository;
        item->asks_container = container;
        item->has_asked = true;
        return true;
}
