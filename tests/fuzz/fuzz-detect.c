/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The whole detector with the shipped rules over any bytes: what it says must be valid, and must
 * not depend on the pieces in which the bytes come. The first byte names the file, the second the
 * size of the pieces.
 *
 * Reads the rules once (fuzz_rules()).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "detectors/detect.h"
#include "tests/fuzz/fuzz.h"

static struct detector *make_detector(void)
{
        /* the smallest buffer there is, so that pieces matter */
        struct detector_options options = {.parse_max = 1 << 16, .matches_per_rule = 50};
        struct ruleset_error error;
        struct detector *d = NULL;

        /* both live as long as the program */
        if (detector_new(&d, fuzz_rules(), &options, &error) < 0)
                abort();
        return d;
}

static void check(const struct scan_result *res)
{
        if (res->n_findings > SCAN_FINDINGS_MAX || res->n_gaps > SCAN_GAPS_MAX)
                abort();
        for (uint32_t i = 0; i < res->n_findings; i++)
                if (!finding_valid(&res->findings[i]))
                        abort();
}

static struct detector *d;

/* Compiling the patterns takes seconds with sanitizers: no input is to be blamed for it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc;
        (void)argv;
        d = make_detector();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct scan_result whole, pieces;

        if (size < 2)
                return 0;
        const char *name = fuzz_names[data[0] % fuzz_n_names];
        size_t piece = (size_t)data[1] * 7 + 1;
        data += 2;
        size -= 2;
        detector_scan(d, name, S_IFREG, data, size, &whole);
        check(&whole);
        detector_begin(d, name, S_IFREG, size, &pieces);
        for (size_t i = 0; i < size; i += piece)
                detector_feed(d, data + i, MIN_OF(piece, size - i));
        detector_feed_aside(d, "name", data, MIN_OF(size, 200u));
        detector_end(d);
        check(&pieces);
        if (pieces.findings_dropped == 0 && whole.n_findings > pieces.n_findings)
                abort();
        return 0;
}
