/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what {{ … }} stands for in a playbook, a role's tasks and its templates, if the files at hand say
 * so: vars of the task, of the blocks around it, of the play; its vars_files; group_vars/all; the role's
 * vars and defaults.
 * Does not own: which nodes are looked at (resolve.c), which files are at hand (common/model/peers.h).
 *
 * Of the filters only default() is understood. Facts, registered results, inventories and what a role is
 * given where it is used are not known here.
 * Source: Ansible's documentation, "Using variables", "Variable precedence: where should I put a variable?".
 */
#include "detectors/formats/resolve-ansible.h"

#include <string.h>

#include "common/base/macros.h"

static const struct resolve_marks marks = {.open = "{{", .close = "}}"};

#define NAME_MAX_LENGTH 128u
#define FOLLOW_MAX 8u

static bool begins(const char *s, const char *with)
{
        return strncmp(s, with, strlen(with)) == 0;
}

bool resolve_ansible_role(const struct resolver *r)
{
        for (size_t i = 0; i < r->n_peers; i++)
                if (begins(r->peers[i].name, "defaults/main.") ||
                    begins(r->peers[i].name, "vars/main."))
                        return true;
        return false;
}

bool resolve_ansible_fits(const struct node *root)
{
        if (root->type != NODE_SEQUENCE)
                return false;
        NODE_CHILDREN(play, root)
        {
                if (node_get(play, "hosts") || node_get(play, "vars") || node_get(play, "block"))
                        return true;
        }
        return false;
}

/* In the files that the names begin like this of; the later one counts. */
static const struct node *in_files(struct resolver *r, const char *beginning, const char *name)
{
        const struct node *found = NULL;

        for (size_t i = 0; i < r->n_peers; i++) {
                const struct resolve_peer *peer = &r->peers[i];
                const struct node *value = peer->root && begins(peer->name, beginning)
                                                   ? resolve_get(r, peer->root, name)
                                                   : NULL;

                found = value ? value : found;
        }
        return found;
}

/* In those of the play's vars_files that are at hand; the last one counts. */
static const struct node *in_named(struct resolver *r, const struct node *play, const char *name)
{
        const struct node *files = resolve_get(r, play, "vars_files"), *found = NULL;

        NODE_ITEMS(file, files)
        {
                const char *path = node_text(file);

                while (path && begins(path, "./"))
                        path += 2;
                for (size_t i = 0; path && i < r->n_peers; i++) {
                        const struct resolve_peer *peer = &r->peers[i];
                        const struct node *value =
                                peer->root && resolve_look(r, NULL) && strcmp(peer->name, path) == 0
                                        ? resolve_get(r, peer->root, name)
                                        : NULL;

                        found = value ? value : found;
                }
        }
        return found;
}

static bool is_play(const struct node *root)
{
        bool play = false;

        NODE_ITEMS(one, root)
        {
                play = play || node_get(one, "hosts");
        }
        return play;
}

/* What no task, block or play says: the role's vars, all hosts' variables, the role's defaults. A play's
 * directory has vars/ as well, but those are only read where it names them. */
static const struct node *in_others(struct resolver *r, const char *name)
{
        const struct node *value =
                is_play(doc_root(r->doc)) ? NULL : in_files(r, "vars/main.", name);

        if (!value)
                value = in_files(r, "group_vars/all", name);
        return value ? value : in_files(r, "defaults/main.", name);
}

/* The innermost that defines it. */
static const struct node *variable(struct resolver *r, const struct node *at, const char *name)
{
        for (const struct node *n = at; n; n = n->parent) {
                const struct node *named = n->type == NODE_MAPPING ? in_named(r, n, name) : NULL;

                if (named)
                        return resolve_import(r, at, named);
                const struct node *value = n->type == NODE_MAPPING
                                                   ? resolve_get(r, resolve_get(r, n, "vars"), name)
                                                   : NULL;

                if (value && value != at)
                        return value;
        }
        return resolve_import(r, at, in_others(r, name));
}

/* default('x'), d("x"): the text between the quotes; NULL if it is no such filter. */
static struct node *fallback(struct resolver *r, const struct node *at, struct resolve_rest *t)
{
        if (!resolve_take(t, "default(") && !resolve_take(t, "d("))
                return NULL;
        resolve_skip_blanks(t);
        char quote = t->s < t->end ? *t->s : '\0';
        const char *end = quote == '\'' || quote == '"'
                                  ? memchr(t->s + 1, quote, (size_t)(t->end - t->s - 1))
                                  : NULL;
        const char *close = end ? memchr(end, ')', (size_t)(t->end - end)) : NULL;
        if (!close)
                return NULL;
        struct node *value = resolve_string(r, at, t->s + 1, (size_t)(end - t->s - 1));
        t->s = close + 1;
        return value;
}

static const struct node *piece(struct resolver *r, const struct node *n, const char *s,
                                size_t size);

/* What a variable holds may have references itself. */
static const struct node *followed(struct resolver *r, const struct node *value)
{
        if (!value || !value->text || !strstr(value->text, marks.open))
                return value;
        if (r->depth >= FOLLOW_MAX)
                return NULL;
        r->depth++;
        value = resolve_text(r, value, &marks, piece);
        r->depth--;
        return value;
}

/* What stands between the braces. */
static const struct node *value_of(struct resolver *r, const struct node *at, struct resolve_rest t)
{
        char name[NAME_MAX_LENGTH];

        resolve_skip_blanks(&t);
        if (!resolve_step(r) || resolve_take_name(&t, name, sizeof(name)) == 0)
                return NULL;
        const struct node *value = followed(r, variable(r, at, name));
        while (resolve_take(&t, ".")) {
                if (resolve_take_name(&t, name, sizeof(name)) == 0)
                        return NULL;
                value = value ? followed(r, resolve_get(r, value, name)) : NULL;
        }
        if (resolve_take(&t, "|")) {
                resolve_skip_blanks(&t);
                struct node *other = fallback(r, at, &t);
                value = value ? value : other;
                if (!other)
                        return NULL;
        }
        resolve_skip_blanks(&t);
        return t.s == t.end ? value : NULL;
}

static const struct node *piece(struct resolver *r, const struct node *n, const char *s,
                                size_t size)
{
        return value_of(r, n, (struct resolve_rest){s, s + size});
}

bool resolve_ansible(struct resolver *r, struct node *n)
{
        return resolve_become(r, n, resolve_text(r, n, &marks, piece));
}
