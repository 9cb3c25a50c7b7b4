/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The directories a back end knows: where each lies (parent and name), which watch descriptor
 * stands on it, and which generation of walk has listed it. Renaming a directory moves one node;
 * all below follow. No path is stored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/table.h"

struct tree_node;

/* Where a directory lies. One block, so that it serves as a hash key as it is. */
struct tree_place {
        struct tree_node *parent; /* NULL: the root of a workspace */
        char name[];              /* "" for a root */
};

struct tree_node {
        UT_hash_handle hh;        /* by wd; by place while there is no watch */
        struct tree_place *place; /* owned */
        struct tree_node *children;
        struct tree_node *next; /* siblings; the next doomed node after tree_drop() */
        struct tree_node *prev;
        struct tree_node *twin;       /* another workspace's node on the same watch */
        struct tree_node *queue_next; /* for the back end's queues */
        void *owner;                  /* the workspace */
        int wd;                       /* -1: no watch */
        int fd;                       /* for the back end's queues; -1: closed */
        uint32_t refs;                /* held from outside: queues and unsettled files */
        uint32_t walked;              /* generation of the last listing */
        uint32_t wanted;              /* generation that a listing is wanted for */
        bool hashed : 1;              /* in one of the two tables (the first of its twins only) */
        bool dead : 1;                /* dropped: waits to be reaped, then to be let go of */
        bool reaped : 1;              /* its watch is gone; freed with the last reference */
        bool queued : 1;
        bool deferred : 1;
        bool ahead : 1;  /* for the back end's queues: somebody lists it before its turn */
        bool seen : 1;   /* met by the listing that goes on */
        bool anchor : 1; /* the directory above a workspace, watched for the root's deletion only */
};

struct tree {
        struct tree_node *by_wd;
        struct tree_node *by_place;
        struct tree_node *doomed;
        size_t nodes;
        size_t watches;                                        /* watch descriptors in use */
        size_t unwatched;                                      /* nodes without one */
        void (*unwatch)(void *userdata, int wd);               /* the last node on wd went */
        void (*freed)(void *userdata, struct tree_node *node); /* node is about to be freed */
        void *userdata;
};

/* A node without a watch. parent NULL makes a root. Returns 0, -ENAMETOOLONG or -ENOMEM; the tree
 * owns the node. */
int tree_add(struct tree *t, void *owner, struct tree_node *parent, const char *name,
             struct tree_node **ret);

/* The watch wd stands on the node's directory from now on. Returns 0 or -ENOMEM. */
int tree_set_wd(struct tree *t, struct tree_node *node, int wd);

/* The first node on the watch (others follow by ->twin), or NULL. Dead ones are among them. */
struct tree_node *tree_find_wd(struct tree *t, int wd);
/* The live node of that owner on the watch, or NULL. */
struct tree_node *tree_find_owned(struct tree *t, int wd, const void *owner);
/* The node without a watch that lies there, or NULL. */
struct tree_node *tree_find_place(struct tree *t, struct tree_node *parent, const char *name);

/* Moves the node with all below it. Returns 0, -ELOOP if parent lies below node (the tree is behind
 * the file system), -ENAMETOOLONG or -ENOMEM. */
int tree_move(struct tree *t, struct tree_node *node, struct tree_node *parent, const char *name);

/* Takes the node with all below it out of the tree at once; what it held is given back by later
 * calls of tree_reap(). */
void tree_drop(struct tree *t, struct tree_node *node);
/* The kernel says that this watch is gone: drops its nodes without calling unwatch. */
void tree_forget_wd(struct tree *t, int wd);
/* Gives back at most n dropped nodes. Returns true when none is left. */
bool tree_reap(struct tree *t, size_t n);

void tree_ref(struct tree_node *node);
void tree_unref(struct tree *t, struct tree_node *node);

/* Not dropped, and neither is any node above it. */
bool tree_is_live(const struct tree_node *node);
bool tree_lies_at(const struct tree_node *node, const struct tree_node *parent, const char *name);

/* The path relative to the root ("" for the root itself) into buf. Returns its length, -ESTALE if
 * the node is not live, or -ENAMETOOLONG. ret_depth (may be NULL): directories below the root. */
int tree_path(const struct tree_node *node, char *buf, size_t size, unsigned *ret_depth);
