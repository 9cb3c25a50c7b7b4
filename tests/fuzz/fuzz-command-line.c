/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any bytes as the arguments of a process: what is shown can be printed and has its bounds, and a password behind its option is
 * not shown, whatever stands before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/secrets/command-line.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void mask(const char *raw, size_t n, bool cut, size_t size, const char *secret)
{
        char *shown = malloc(size), again[4096];

        if (!shown)
                return;
        int k = command_line_mask(NULL, raw, n, cut, shown, size);
        require(k == 0 || k == 1 || k == -ENOMEM || k == -ENOBUFS);
        require(k != 1 || !cut);
        require(strnlen(shown, size) < size);
        require(strcmp(shown, text_printable(again, sizeof(again), shown, strlen(shown))) == 0);
        require(!secret || (!strstr(shown, secret) && k != 1));
        free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char behind[] = "\0--password\0"
                                     "Qz7pv!xW";
        const char *secret = behind + sizeof("\0--password");
        char *raw = malloc(size + sizeof(behind));

        if (!raw)
                return 0;
        memcpy(raw, data, size);
        mask(raw, size, false, 1024, NULL);
        mask(raw, size, true, 16, NULL);
        if (!memmem(raw, size, secret, 4)) {
                memcpy(raw + size, behind, sizeof(behind));
                mask(raw, size + sizeof(behind), false, 1024, secret);
        }
        free(raw);
        return 0;
}
