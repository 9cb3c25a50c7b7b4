/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What is written down from the .def tables. Each prints one part of a shipped file to standard
 * output; tools/update-generated puts it into its place. Returns 0 or negative errno. Only samples
 * takes an argument (native, ocsf, ecs or journal); the others get "".
 */

/* generate-events.c: the catalogue, tables of docs/EVENTS.md, the native schema */
int generate_catalog(const char *argument);
int generate_kinds(const char *argument);
int generate_fields(const char *argument);
int generate_schema(const char *argument);

/* generate-examples.c: docs/EVENTS-examples.md (-EOPNOTSUPP in a build without libaudit), and
 * examples for the tests of the schemas */
int generate_examples(const char *argument);
int generate_samples(const char *shape);

/* generate-siem.c: etc/siem/elastic/ingest-pipeline.json */
int generate_elastic_pipeline(const char *argument);

/* generate-manual.c: lists of the manual pages, in mdoc(7) */
int generate_manual_options(const char *argument); /* keys of giad.yaml */
int generate_manual_reasons(const char *argument);
int generate_manual_artefacts(const char *argument);
int generate_manual_classes(const char *argument);
int generate_manual_events(const char *argument);
int generate_manual_commands(const char *argument); /* of giactl */
int generate_manual_flags(const char *argument);    /* options of giactl */
int generate_manual_forms(const char *argument);    /* of notes */

/* generate-config.c: the commented reference in etc/giad.yaml */
int generate_config_options(const char *argument);

/* generate-completion.c: the words of giactl, for bash */
int generate_completion(const char *argument);

/* generate-interface.c: io.giad.Control.varlink */
int generate_interface(const char *argument);

/* generate-metrics.c: the table of docs/METRICS.md */
int generate_metrics(const char *argument);
