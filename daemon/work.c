/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the items, their fds, and in which class an item waits.
 * Does not own: whose turn it is (turns.c), and what is done with them (pipeline.c).
 */
#include "daemon/work.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/table.h"
#include "daemon/repositories.h"

struct key {
        uint64_t dev, ino;
};

struct node {
        struct work_item item; /* first: an item is its node */
        struct key key;
        struct turn turn;
        UT_hash_handle hh;
};

struct work {
        struct node *by_inode;
        struct turns *turns;
        size_t held;
};

static struct node *node_of(struct work_item *item)
{
        return (struct node *)item;
}

const char *work_cause_to_string(enum work_cause cause)
{
        static const char *const names[_WORK_CAUSE_MAX] = {
                [WORK_WALK] = "walk",        [WORK_CHANGED] = "event", [WORK_SWEEP] = "sweep",
                [WORK_EVENT] = "event",      [WORK_PEER] = "peer",     [WORK_GATE] = "gate",
                [WORK_DECIDED] = "decision",
        };

        return names[cause];
}

enum work_cause work_cause_of(enum candidate_why why)
{
        static const enum work_cause causes[_CANDIDATE_MAX] = {
                [CANDIDATE_WRITTEN] = WORK_EVENT,   [CANDIDATE_MOVED_IN] = WORK_EVENT,
                [CANDIDATE_LINKED] = WORK_EVENT,    [CANDIDATE_OPEN] = WORK_CHANGED,
                [CANDIDATE_CHANGED] = WORK_CHANGED, [CANDIDATE_WALK] = WORK_WALK,
                [CANDIDATE_SWEEP] = WORK_SWEEP,
        };

        return causes[why];
}

static struct node *node_of_turn(struct turn *turn)
{
        return (struct node *)(void *)((char *)turn - offsetof(struct node, turn));
}

int work_new(struct work **ret)
{
        struct work *w = calloc(1, sizeof(*w));
        int k = w ? turns_new(&w->turns) : -ENOMEM;

        if (k < 0) {
                free(w);
                return k;
        }
        *ret = w;
        return 0;
}

void work_set_fd(struct work *w, struct work_item *item, int fd)
{
        if (item->fd >= 0)
                w->held--;
        item->fd = fd_close(item->fd);
        item->fd = fd;
        if (fd >= 0)
                w->held++;
}

void work_names_free(struct work_name *names)
{
        while (names) {
                struct work_name *next = names->next;

                free(names);
                names = next;
        }
}

int work_name_add(struct work_item *item, uint32_t workspace, const char *path)
{
        size_t n = strlen(path) + 1;

        for (const struct work_name *name = item->names; name; name = name->next)
                if (name->workspace == workspace && strcmp(name->path, path) == 0)
                        return 0;
        if (item->n_names == WORK_NAMES_MAX)
                return -ENOBUFS;
        struct work_name *new = malloc(sizeof(*new) + n);
        if (!new)
                return -ENOMEM;
        new->next = item->names;
        new->workspace = workspace;
        memcpy(new->path, path, n);
        item->names = new;
        item->n_names++;
        return 0;
}

static void node_free(struct work *w, struct node *n)
{
        if (n->turn.place)
                turns_leave(w->turns, &n->turn);
        work_set_fd(w, &n->item, -1);
        free(n->item.path);
        free(n->item.target);
        n->item.writer = provenance_unref(n->item.writer);
        n->item.asked = provenance_unref(n->item.asked);
        n->item.repository = repository_unref(n->item.repository);
        free(n->item.question);
        free(n->item.container_question);
        work_names_free(take_ptr(&n->item.names));
        free(n);
}

struct work *work_free(struct work *w)
{
        struct node *n, *tmp;

        if (!w)
                return NULL;
        HASH_ITER(hh, w->by_inode, n, tmp)
        {
                HASH_DEL(w->by_inode, n);
                node_free(w, n);
        }
        w->turns = turns_free(w->turns);
        free(w);
        return NULL;
}

struct work_item *work_find(struct work *w, const struct file_id *id)
{
        const struct key key = {id->dev, id->ino};
        struct node *n = NULL;

        HASH_FIND(hh, w->by_inode, &key, sizeof(key), n);
        return n ? &n->item : NULL;
}

struct work_item *work_add(struct work *w, const struct file_id *id, uint32_t workspace,
                           const char *path, int fd, char *target)
{
        struct node *n = calloc(1, sizeof(*n));
        char *copy = strdup(path);

        if (!n || !copy) {
                free(n);
                free(copy);
                free(target);
                (void)fd_close(fd);
                return NULL;
        }
        n->item = (struct work_item){
                .workspace = workspace, .path = copy, .target = target, .fd = -1, .id = *id};
        work_set_fd(w, &n->item, fd);
        n->key = (struct key){id->dev, id->ino};
        if (turns_enter(w->turns, &n->turn, workspace) < 0) {
                node_free(w, n);
                return NULL;
        }
        HASH_ADD(hh, w->by_inode, key, sizeof(n->key), n);
        if (!n->hh.tbl) {
                node_free(w, n);
                return NULL;
        }
        return &n->item;
}

struct work_item *work_next(struct work *w, unsigned classes)
{
        struct turn *turn = turns_next(w->turns, classes);

        return turn ? &node_of_turn(turn)->item : NULL;
}

bool work_any(const struct work *w, unsigned classes)
{
        return turns_any(w->turns, classes);
}

static enum turn_class class_of(const struct work_item *item)
{
        if (item->ticket)
                return TURN_GATE;
        if (item->fresh)
                return item->likely ? TURN_LIKELY : TURN_FRESH;
        return item->likely ? TURN_LIKELY_SWEEP : TURN_SWEEP;
}

void work_wait(struct work *w, struct work_item *item, bool head)
{
        item->scanning = false;
        turns_wait(w->turns, &node_of(item)->turn, class_of(item), item->id.size, head);
}

void work_place(struct work *w, struct work_item *item)
{
        struct turn *turn = &node_of(item)->turn;

        if (!turn->waits || turn->class == class_of(item))
                return;
        turns_cancel(w->turns, turn);
        work_wait(w, item, false);
}

bool work_waits(const struct work_item *item)
{
        return ((const struct node *)item)->turn.waits;
}

void work_rekey(struct work *w, struct work_item *item, const struct file_id *id)
{
        struct node *n = node_of(item);

        item->id = *id;
        if (n->key.dev == id->dev && n->key.ino == id->ino)
                return;
        HASH_DEL(w->by_inode, n);
        n->key = (struct key){id->dev, id->ino};
        HASH_ADD(hh, w->by_inode, key, sizeof(n->key), n);
}

void work_set_writer(struct work_item *item, struct provenance *writer)
{
        if (!writer)
                return;
        (void)provenance_unref(item->writer);
        item->writer = provenance_ref(writer);
}

void work_drop(struct work *w, struct work_item *item)
{
        struct node *n = node_of(item);

        if (n->hh.tbl) /* not in the table only if memory was out when it was rekeyed */
                HASH_DEL(w->by_inode, n);
        node_free(w, n);
}

void work_requeue_all(struct work *w)
{
        struct node *n, *tmp;

        HASH_ITER(hh, w->by_inode, n, tmp)
        {
                if (!n->turn.waits)
                        work_wait(w, &n->item, true);
        }
}

bool work_is_at(const struct work_item *item, uint32_t workspace, const char *path)
{
        return item->workspace == workspace && strcmp(item->path, path) == 0;
}

/* In its workspace it is called that now and nothing else. */
static bool rename_item(struct work_item *item, uint32_t workspace, const char *path)
{
        if (item->workspace != workspace)
                return false;
        char *copy = strdup(path);
        if (!copy)
                return false;
        free(item->path);
        item->path = copy;
        for (struct work_name **at = &item->names; *at;) {
                struct work_name *name = *at;

                if (name->workspace != workspace) {
                        at = &name->next;
                        continue;
                }
                *at = name->next;
                free(name);
                item->n_names--;
        }
        return true;
}

bool work_meet(struct work *w, struct work_item *item, uint32_t workspace, const char *path,
               const struct stat *st)
{
        struct file_id id;

        if (!work_waits(item) || item->ticket || item->target || !S_ISREG(st->st_mode))
                return false;
        file_id_from_stat(&id, st);
        work_rekey(w, item, &id);
        item->mode = st->st_mode;
        item->owner = st->st_uid;
        item->links = st->st_nlink;
        return work_is_at(item, workspace, path) ||
               (st->st_nlink == 1 && rename_item(item, workspace, path));
}

size_t work_count(const struct work *w)
{
        return HASH_COUNT(w->by_inode);
}

size_t work_of(const struct work *w, uint32_t workspace)
{
        return turns_of(w->turns, workspace);
}

size_t work_held(const struct work *w)
{
        return w->held;
}
