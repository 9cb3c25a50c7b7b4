/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the nodes of watched directories, their names and the two tables that find them.
 * Does not own: the watches themselves, nor any file descriptor.
 *
 * node --tree_drop()--> doomed list --tree_reap()--> freed, as soon as nobody holds a reference
 *
 * A directory is known by its watch descriptor, since the kernel gives the same descriptor for the
 * same inode: a rename is then seen by what lies at a name, not by pairing events. Dropping a
 * subtree takes constant time, because a node is live only if all above it are; what it held is
 * given back in slices. A node is in one table at a time (by wd, or by place while it has no
 * watch), which keeps it at about 190 bytes with its name.
 */
#include "watchers/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

static struct tree_place *place_new(struct tree_node *parent, const char *name)
{
        size_t n = strlen(name) + 1;
        struct tree_place *p = malloc(sizeof(*p) + n);

        if (p) {
                p->parent = parent;
                memcpy(p->name, name, n);
        }
        return p;
}

static unsigned place_size(const struct tree_place *p)
{
        return (unsigned)(sizeof(*p) + strlen(p->name));
}

static void link_child(struct tree_node *parent, struct tree_node *node)
{
        node->prev = NULL;
        node->next = parent ? parent->children : NULL;
        if (node->next)
                node->next->prev = node;
        if (parent)
                parent->children = node;
}

static void unlink_child(struct tree_node *node)
{
        struct tree_node *parent = node->place->parent;

        if (node->prev)
                node->prev->next = node->next;
        else if (parent && parent->children == node)
                parent->children = node->next;
        if (node->next)
                node->next->prev = node->prev;
        node->next = node->prev = NULL;
}

static int hash_by_place(struct tree *t, struct tree_node *node)
{
        HASH_ADD_KEYPTR(hh, t->by_place, node->place, place_size(node->place), node);
        if (!node->hh.tbl)
                return -ENOMEM;
        node->hashed = true;
        return 0;
}

static int hash_by_wd(struct tree *t, struct tree_node *node)
{
        HASH_ADD_INT(t->by_wd, wd, node);
        if (!node->hh.tbl)
                return -ENOMEM;
        node->hashed = true;
        return 0;
}

static void unhash(struct tree *t, struct tree_node *node)
{
        if (!node->hashed)
                return;
        if (node->wd >= 0)
                HASH_DEL(t->by_wd, node);
        else
                HASH_DEL(t->by_place, node);
        node->hashed = false;
}

int tree_add(struct tree *t, void *owner, struct tree_node *parent, const char *name,
             struct tree_node **ret)
{
        if (strlen(name) > NAME_MAX)
                return -ENAMETOOLONG;
        _cleanup_free_ struct tree_place *place = place_new(parent, name);
        _cleanup_free_ struct tree_node *node = calloc(1, sizeof(*node));
        if (!place || !node)
                return -ENOMEM;

        node->place = place;
        node->owner = owner;
        node->wd = node->fd = -1;
        int r = hash_by_place(t, node);
        if (r < 0)
                return r;
        link_child(parent, node);
        t->nodes++;
        t->unwatched++;
        (void)take_ptr(&place);
        *ret = take_ptr(&node);
        return 0;
}

int tree_set_wd(struct tree *t, struct tree_node *node, int wd)
{
        struct tree_node *first = tree_find_wd(t, wd);

        unhash(t, node);
        node->wd = wd;
        if (first) {
                node->twin = first->twin;
                first->twin = node;
        } else {
                int r = hash_by_wd(t, node);
                if (r < 0) {
                        node->wd = -1;
                        (void)hash_by_place(t, node);
                        return r;
                }
                t->watches++;
        }
        t->unwatched--;
        return 0;
}

struct tree_node *tree_find_wd(struct tree *t, int wd)
{
        struct tree_node *node;

        HASH_FIND_INT(t->by_wd, &wd, node);
        return node;
}

struct tree_node *tree_find_owned(struct tree *t, int wd, const void *owner)
{
        struct tree_node *node = tree_find_wd(t, wd);

        while (node && (node->owner != owner || node->anchor || !tree_is_live(node)))
                node = node->twin;
        return node;
}

struct tree_node *tree_find_place(struct tree *t, struct tree_node *parent, const char *name)
{
        union {
                struct tree_place place;
                char bytes[sizeof(struct tree_place) + NAME_MAX + 1];
        } key;
        size_t n = strlen(name);
        struct tree_node *node;

        if (n > NAME_MAX)
                return NULL;
        key.place.parent = parent;
        memcpy(key.bytes + sizeof(struct tree_place), name, n);
        HASH_FIND(hh, t->by_place, key.bytes, (unsigned)(sizeof(struct tree_place) + n), node);
        return node;
}

bool tree_lies_at(const struct tree_node *node, const struct tree_node *parent, const char *name)
{
        return node->place->parent == parent && strcmp(node->place->name, name) == 0;
}

static bool lies_below(const struct tree_node *node, const struct tree_node *above)
{
        while (node && node != above)
                node = node->place->parent;
        return node == above;
}

int tree_move(struct tree *t, struct tree_node *node, struct tree_node *parent, const char *name)
{
        if (strlen(name) > NAME_MAX)
                return -ENAMETOOLONG;
        if (lies_below(parent, node))
                return -ELOOP;
        struct tree_place *place = place_new(parent, name);
        if (!place)
                return -ENOMEM;

        bool by_place = node->hashed && node->wd < 0;
        if (by_place)
                unhash(t, node);
        unlink_child(node);
        free(node->place);
        node->place = place;
        link_child(parent, node);
        return by_place ? hash_by_place(t, node) : 0;
}

void tree_drop(struct tree *t, struct tree_node *node)
{
        if (node->dead)
                return;
        unlink_child(node);
        /* a successor may take the place while this one waits to be reaped */
        if (node->wd < 0)
                unhash(t, node);
        node->dead = true;
        node->next = t->doomed;
        t->doomed = node;
}

/* Takes the node out of its chain of twins; true if it was the last on its watch. */
static bool leave_wd(struct tree *t, struct tree_node *node)
{
        struct tree_node *first = tree_find_wd(t, node->wd);

        if (first != node) {
                while (first && first->twin != node)
                        first = first->twin;
                if (first)
                        first->twin = node->twin;
                node->twin = NULL;
                return false;
        }
        unhash(t, node);
        if (!node->twin) {
                t->watches--;
                return true;
        }
        /* cannot fail: the table has just lost an element */
        (void)hash_by_wd(t, node->twin);
        node->twin = NULL;
        return false;
}

static void let_go(struct tree *t, struct tree_node *node)
{
        if (node->refs > 0 || !node->reaped)
                return;
        t->nodes--;
        t->freed(t->userdata, node);
        free(node->place);
        free(node);
}

static void reap_one(struct tree *t, struct tree_node *node)
{
        if (node->wd < 0) {
                unhash(t, node);
                t->unwatched--;
        } else {
                int wd = node->wd;
                bool last = leave_wd(t, node);

                node->wd = -1;
                if (last)
                        t->unwatch(t->userdata, wd);
        }
        node->reaped = true;
        /* the parent may be freed before this one is */
        node->place->parent = NULL;
        let_go(t, node);
}

bool tree_reap(struct tree *t, size_t n)
{
        while (t->doomed && n-- > 0) {
                struct tree_node *node = t->doomed, *child = node->children;

                if (child) {
                        tree_drop(t, child);
                        continue;
                }
                t->doomed = node->next;
                node->next = NULL;
                reap_one(t, node);
        }
        return !t->doomed;
}

void tree_forget_wd(struct tree *t, int wd)
{
        struct tree_node *node = tree_find_wd(t, wd);

        if (!node)
                return;
        unhash(t, node);
        t->watches--;
        while (node) {
                struct tree_node *twin = take_ptr(&node->twin);

                node->wd = -1;
                t->unwatched++;
                tree_drop(t, node);
                node = twin;
        }
}

void tree_ref(struct tree_node *node)
{
        node->refs++;
}

void tree_unref(struct tree *t, struct tree_node *node)
{
        node->refs--;
        let_go(t, node);
}

bool tree_is_live(const struct tree_node *node)
{
        for (; node; node = node->place->parent)
                if (node->dead)
                        return false;
        return true;
}

int tree_path(const struct tree_node *node, char *buf, size_t size, unsigned *ret_depth)
{
        const struct tree_node *n;
        unsigned depth = 0;
        size_t len = 0;

        for (n = node; n; n = n->place->parent) {
                if (n->dead)
                        return -ESTALE;
                if (!n->place->parent)
                        break;
                len += strlen(n->place->name) + 1;
                depth++;
        }
        if (len > size || size == 0 || len > INT_MAX)
                return -ENAMETOOLONG;
        if (len > 0)
                len--;
        buf[len] = '\0';
        size_t at = len;
        for (n = node; n->place->parent; n = n->place->parent) {
                size_t part = strlen(n->place->name);

                at -= part;
                memcpy(buf + at, n->place->name, part);
                if (at > 0)
                        buf[--at] = '/';
        }
        if (ret_depth)
                *ret_depth = depth;
        return (int)len;
}
