/* SPDX-FileCopyrightText: giad maintainers */
/* The source tree's rules, for tests that try all of them. */
#include "tests/property/shipped-rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/inspect/inspect.h"

struct ruleset *shipped_rules(void)
{
        const char *top = getenv("top_srcdir");
        struct ruleset_error error = {0};
        struct ruleset *rules = NULL;
        char directory[4096];

        (void)snprintf(directory, sizeof(directory), "%s/detectors/rules", top ? top : ".");
        if (inspect_load_rules(&rules, directory, NULL, &error) < 0) {
                (void)fprintf(stderr, "%s: %s\n", error.pack, error.message);
                exit(1);
        }
        return rules;
}
