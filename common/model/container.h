/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What is known of a container beside its id. Nobody changes it; shared by reference. */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/macros.h"

#define CONTAINER_ID_MAX 65u /* with NUL: 64 hexadecimal digits, or the name of a machine */
#define CONTAINER_RUNTIME_MAX 32u
#define CONTAINER_NAME_MAX 256u
#define CONTAINER_IMAGE_MAX 512u

/* What sort of file a runtime keeps of its containers; detectors/container-state.c says where each is defined. */
enum container_files {
        CONTAINER_FILES_NONE,
        CONTAINER_FILES_DOCKER,     /* config.v2.json of one container */
        CONTAINER_FILES_STORAGE,    /* containers.json of all that Podman, CRI-O or Buildah have */
        CONTAINER_FILES_CONTAINERD, /* config.json of one container, as runc gets it */
        CONTAINER_FILES_MACHINE,    /* systemd-machined's of one machine */
        _CONTAINER_FILES_MAX,
};

struct container_facts {
        _Atomic unsigned refs;
        char runtime[CONTAINER_RUNTIME_MAX]; /* "" each: not known */
        char name[CONTAINER_NAME_MAX];
        char image[CONTAINER_IMAGE_MAX];
        const char *missing; /* why something is not known: static text, or NULL */
};

/* With one reference and nothing known. NULL: out of memory. */
struct container_facts *container_facts_new(void);
struct container_facts *container_facts_ref(struct container_facts *c); /* accepts NULL */
struct container_facts *
container_facts_unref(struct container_facts *c); /* accepts NULL, returns NULL */
DEFINE_CLEANUP(struct container_facts *, container_facts_unref);
