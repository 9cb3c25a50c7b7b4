/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading a runtime's files about a container, each within a bound, and what may be shown of what they say.
 * Does not own: what is in them (detectors/container-state.h), the fds.
 */
#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/inspect/internal.h"
#include "detectors/container-state.h"

#define FILE_BYTES ((size_t)4 << 20) /* Podman has all containers in one file */

static void show(struct inspector *i, const char *name, char *dst, size_t size)
{
        if (detector_name(i->detector, name, dst, size) < 0)
                dst[0] = '\0';
}

void inspector_container(struct inspector *i, const struct scan_container *container,
                         struct scan_about *about)
{
        struct container_state state;

        for (unsigned k = 0; k < SCAN_CONTAINER_FDS; k++) {
                size_t want = MIN_OF(FILE_BYTES + 1, i->piece);
                ssize_t n =
                        container->fds[k] >= 0 ? inspector_read(i, container->fds[k], 0, want) : -1;

                /* cut: what it says of which container cannot be known */
                if (n <= 0 || (size_t)n == want ||
                    !container_state_read(container->files, container->id, (const char *)i->buffer,
                                          (size_t)n, &state))
                        continue;
                about->container = 1;
                (void)text_copy(about->container_runtime, sizeof(about->container_runtime),
                                state.runtime);
                show(i, state.name, about->container_name, sizeof(about->container_name));
                show(i, state.image, about->container_image, sizeof(about->container_image));
                return;
        }
}
