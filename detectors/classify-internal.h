/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/macros.h"
#include "detectors/classify.h"

/* The parts of classify(): each looks at one side of a file and returns ARTEFACT_NONE if that side
 * does not tell. Each writes evidence only when it names a kind. */

struct evidence {
        char *text;
        size_t size;
};

/* Content is looked at up to here. */
#define CLASSIFY_TEXT_MAX ((size_t)64 * 1024)

/* Writes the reason, made printable. Returns kind, so that a rule reads `return classify_say(…)`.
 */
enum artefact_kind classify_say(const struct evidence *e, enum artefact_kind kind, const char *fmt,
                                ...) _printf_(3, 4);

enum artefact_kind classify_path(const struct subject *s, const struct evidence *e);
enum artefact_kind classify_doc(const struct subject *s, const struct evidence *e);
enum artefact_kind classify_source(const struct subject *s, const struct evidence *e);
enum artefact_kind classify_text(const struct subject *s, const struct evidence *e);

/* The kind of a Kubernetes object by its apiVersion and kind. */
enum artefact_kind classify_k8s_kind(const char *api, const char *kind);

/* The name of the file, without its directories. */
const char *classify_name(const struct subject *s);
bool classify_name_ends(const struct subject *s, const char *suffix);
/* Bytes of content that are looked at. */
size_t classify_text_size(const struct subject *s);
/* True if word occurs in the first CLASSIFY_TEXT_MAX bytes; `_any`: one of the words separated by
 * '|', ignoring case. */
bool classify_has(const struct subject *s, const char *word);
bool classify_has_any(const struct subject *s, const char *words);
