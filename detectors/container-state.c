/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the few fields of runtimes' files that name a container and its image.
 * Does not own: where the files are (daemon/containers.c), reading them (daemon/inspect/container.c), what may be shown.
 *
 * None of these files is an interface. They are as these programs have written them for years:
 *   Docker      /var/lib/docker/containers/ID/config.v2.json: container.Container of moby, daemon/container: ID, Name ("/x"),
 *               Config.Image (as it was asked for), Image ("sha256:…")
 *   Podman, CRI-O  <storage>/overlay-containers/containers.json and volatile-containers.json: containers/storage,
 *               containers.go: a list of id, names, image (an id), metadata (JSON in a string: image-name and more)
 *   containerd  /run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json: the OCI runtime specification, with
 *               the annotations of containerd's CRI plugin (io.kubernetes.cri.…)
 *   machined    /run/systemd/machines/NAME: machine_save() of systemd, src/machine/machine.c: NAME, SERVICE, ROOT
 */
#include "detectors/container-state.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/format.h"

DEFINE_CLEANUP(struct doc *, doc_free);

/* A text that does not fit is left out: the beginning of a name is another name. */
static bool set(char *dst, size_t size, const char *text, size_t n)
{
        if (n == 0 || n >= size || memchr(text, '\0', n) || !text_is_printable(text, n))
                return false;
        memcpy(dst, text, n);
        dst[n] = '\0';
        return true;
}

static bool set_node(char *dst, size_t size, const struct node *n)
{
        return n && n->type == NODE_STRING && set(dst, size, n->text, n->text_len);
}

static struct doc *parse(const char *data, size_t n)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        if (doc_new(&d, &DOC_LIMITS_DEFAULT) < 0 || format_json.parse(d, data, n, &error) < 0)
                return NULL;
        return take_ptr(&d);
}

static bool is_text(const struct node *n, const char *text)
{
        return n && n->type == NODE_STRING && n->text_len == strlen(text) &&
               memcmp(n->text, text, n->text_len) == 0;
}

static bool read_docker(const char *id, const char *data, size_t n, struct container_state *s)
{
        _cleanup_(doc_freep) struct doc *d = parse(data, n);
        const struct node *root = d ? doc_root(d) : NULL, *name = node_get(root, "Name");

        if (!is_text(node_get(root, "ID"), id))
                return false;
        (void)text_copy(s->runtime, sizeof(s->runtime), "docker");
        if (name && name->type == NODE_STRING && name->text_len > 1 && name->text[0] == '/')
                (void)set(s->name, sizeof(s->name), name->text + 1, name->text_len - 1);
        if (!set_node(s->image, sizeof(s->image), node_get(node_get(root, "Config"), "Image")))
                (void)set_node(s->image, sizeof(s->image), node_get(root, "Image"));
        return true;
}

/* What the runtime noted itself of a container that it has in storage. */
static void read_metadata(const struct node *metadata, struct container_state *s)
{
        _cleanup_(doc_freep) struct doc *d = metadata && metadata->type == NODE_STRING
                                                     ? parse(metadata->text, metadata->text_len)
                                                     : NULL;

        if (d)
                (void)set_node(s->image, sizeof(s->image), node_get(doc_root(d), "image-name"));
}

static bool read_storage(const char *id, const char *data, size_t n, struct container_state *s)
{
        _cleanup_(doc_freep) struct doc *d = parse(data, n);
        const struct node *root = d ? doc_root(d) : NULL;

        if (!root || root->type != NODE_SEQUENCE || root->multi)
                return false;
        NODE_CHILDREN(item, root)
        {
                const struct node *names = node_get(item, "names");

                if (!is_text(node_get(item, "id"), id))
                        continue;
                if (names && names->type == NODE_SEQUENCE)
                        (void)set_node(s->name, sizeof(s->name), names->first);
                read_metadata(node_get(item, "metadata"), s);
                if (!s->image[0])
                        (void)set_node(s->image, sizeof(s->image), node_get(item, "image"));
                return true;
        }
        return false;
}

static bool read_containerd(const char *id, const char *data, size_t n, struct container_state *s)
{
        _cleanup_(doc_freep) struct doc *d = parse(data, n);
        const struct node *root = d ? doc_root(d) : NULL, *notes = node_get(root, "annotations");

        (void)id; /* it is the directory's name, and stands nowhere in the file for sure */
        if (!node_get(root, "ociVersion"))
                return false;
        (void)text_copy(s->runtime, sizeof(s->runtime), "containerd");
        (void)set_node(s->image, sizeof(s->image), node_get(notes, "io.kubernetes.cri.image-name"));
        (void)set_node(s->name, sizeof(s->name),
                       node_get(notes, "io.kubernetes.cri.container-name"));
        return true;
}

/* The value of the line KEY=value; false: there is none. */
static bool find_line(const char *data, size_t n, const char *key, const char **ret, size_t *ret_n)
{
        size_t k = strlen(key);

        for (const char *at = data, *end = data + n; at < end;) {
                const char *newline = memchr(at, '\n', (size_t)(end - at)),
                           *stop = newline ? newline : end;

                if ((size_t)(stop - at) > k && memcmp(at, key, k) == 0 && at[k] == '=') {
                        *ret = at + k + 1;
                        *ret_n = (size_t)(stop - *ret);
                        return true;
                }
                at = stop + 1;
        }
        return false;
}

static bool read_machine(const char *id, const char *data, size_t n, struct container_state *s)
{
        const char *value;
        size_t k;

        if (!find_line(data, n, "NAME", &value, &k) || k != strlen(id) || memcmp(value, id, k) != 0)
                return false;
        (void)set(s->name, sizeof(s->name), value, k);
        if (find_line(data, n, "SERVICE", &value, &k))
                (void)set(s->runtime, sizeof(s->runtime), value, k);
        if (find_line(data, n, "ROOT", &value, &k))
                (void)set(s->image, sizeof(s->image), value, k);
        return true;
}

bool container_state_read(enum container_files files, const char *id, const char *data, size_t n,
                          struct container_state *ret)
{
        *ret = (struct container_state){0};
        switch (files) {
        case CONTAINER_FILES_DOCKER:
                return read_docker(id, data, n, ret);
        case CONTAINER_FILES_STORAGE:
                return read_storage(id, data, n, ret);
        case CONTAINER_FILES_CONTAINERD:
                return read_containerd(id, data, n, ret);
        case CONTAINER_FILES_MACHINE:
                return read_machine(id, data, n, ret);
        case CONTAINER_FILES_NONE:
        case _CONTAINER_FILES_MAX:
                break;
        }
        return false;
}
