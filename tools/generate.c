/* SPDX-FileCopyrightText: giad maintainers */
/*
 * generate: prints one part of a shipped file from the .def tables. Owns: the names of the parts.
 * Does not own: where they go (tools/update-generated). It is built by `make check` only: what it
 * prints is shipped.
 */
#include "tools/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

static const struct part {
        const char *name;
        int (*print)(const char *argument);
} parts[] = {
        {"catalog", generate_catalog},
        {"kinds", generate_kinds},
        {"fields", generate_fields},
        {"examples", generate_examples},
        {"schema", generate_schema},
        {"samples", generate_samples},
        {"elastic-pipeline", generate_elastic_pipeline},
        {"manual-options", generate_manual_options},
        {"manual-reasons", generate_manual_reasons},
        {"manual-artefacts", generate_manual_artefacts},
        {"manual-classes", generate_manual_classes},
        {"manual-events", generate_manual_events},
        {"manual-commands", generate_manual_commands},
        {"manual-flags", generate_manual_flags},
        {"manual-forms", generate_manual_forms},
        {"config-options", generate_config_options},
        {"completion", generate_completion},
        {"interface", generate_interface},
        {"metrics", generate_metrics},
};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < ELEMENTSOF(parts); i++) {
                if (strcmp(parts[i].name, argv[1]) != 0)
                        continue;
                int k = parts[i].print(argc > 2 ? argv[2] : "");

                if (k < 0)
                        (void)fprintf(stderr, "generate %s: %s\n", argv[1], strerror(-k));
                return k < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        (void)fputs("usage: generate PART [native|ocsf|ecs|journal]\nparts:", stderr);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                (void)fprintf(stderr, " %s", parts[i].name);
        (void)fputc('\n', stderr);
        return EXIT_FAILURE;
}
