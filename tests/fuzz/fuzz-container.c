/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any bytes as a runtime's file about a container, of each sort, and as a mount table: what is taken from them ends, fits and can
 * be printed; a name that a mount table gives to a file ends as the file's own.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/base/text.h"
#include "common/model/mount-view.h"
#include "detectors/container-state.h"
#include "tests/fuzz/fuzz.h"

#define ID "3e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_text(const char *text, size_t size)
{
        size_t n = strnlen(text, size);

        require(n < size && text_is_printable(text, n));
}

static void read_state(const char *text, size_t size)
{
        struct container_state s;

        for (int files = 0; files <= _CONTAINER_FILES_MAX; files++) {
                const char *id = files == CONTAINER_FILES_MACHINE ? "box" : ID;
                bool is = container_state_read((enum container_files)files, id, text, size, &s);

                check_text(s.runtime, sizeof(s.runtime));
                check_text(s.name, sizeof(s.name));
                check_text(s.image, sizeof(s.image));
                require(is || (!s.runtime[0] && !s.name[0] && !s.image[0]));
        }
}

static void read_table(const char *text, size_t size)
{
        char in_fs[] = "/agents/ws", on_host[] = "/srv/ws", name[256];
        const struct mount_place place = {makedev(8, 1), in_fs, on_host};
        static const char *const paths[] = {"a", "d/a", "d/e/f"};
        struct mount_view *v = NULL;
        size_t tail;

        if (mount_view_new(&v, text, size) < 0)
                return;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                if (mount_view_find(v, &place, paths[i], name, sizeof(name), &tail))
                        require(strnlen(name, sizeof(name)) < sizeof(name) &&
                                tail <= strlen(paths[i]));
        require(mount_view_is(v, text, size));
        (void)mount_view_unref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = malloc(size ? size : 1); /* so that a byte too far is one */

        if (!text)
                return 0;
        memcpy(text, data, size);
        read_state(text, size);
        read_table(text, size);
        free(text);
        return 0;
}
