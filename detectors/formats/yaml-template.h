/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * YAML that a template language makes (Helm, Jinja, ERB). Such a file is no YAML, but most of its
 * lines are: with the templates painted over it can be read, and what is painted over is unknown.
 */

#include <stdbool.h>
#include <stddef.h>

/* A template: `{{ … }}`, `{% … %}`, `{# … #}` or `<% … %>`. */
struct yaml_template {
        size_t begin, end; /* bytes */
        bool alone;        /* nothing else is on its lines: they are blank then */
};

struct yaml_templates {
        struct yaml_template *items;
        size_t n, alloc;
};

/* Finds all templates of the text, in order. Returns 0 or -ENOMEM. */
int yaml_templates_find(struct yaml_templates *t, const char *data, size_t n);
void yaml_templates_done(struct yaml_templates *t);

/* The template that ends behind `at` first, or NULL. */
const struct yaml_template *yaml_templates_next(const struct yaml_templates *t, size_t at);
/* True if [begin, end) and a template meet. */
bool yaml_templates_touch(const struct yaml_templates *t, size_t begin, size_t end);
