/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What to tell who wrote something that was found: why it matters, and how it is written properly,
 * in general and in the very form that the file has, with an example. Fixed texts from the tables
 * advice-*.def; nothing in them comes from a file. What a single rule has to say is its
 * `remediation`, and not here.
 */

#include <stddef.h>

#include "common/model/enums.h"

enum advice_form {
#define FORM(id, ...) ADVICE_##id,
#define FORM_IF(...)
#include "common/model/advice-forms.def"
#undef FORM_IF
#undef FORM
        _ADVICE_FORM_MAX,
};

/* A form's static facts; never NULL for one in range. */
struct advice_form_info {
        const char *name;   /* stable: "terraform" */
        const char *title;  /* as in "In a Dockerfile." */
        const char *fence;  /* language of its examples, for Markdown; "" if it has no name */
        const char *sample; /* path of a file of that form */
};
const struct advice_form_info *advice_form_info(enum advice_form form);

/* In which form a file is written: by its kind, the format it was read as ("" or NULL: none) and its
 * path, relative or absolute. There is always one (ADVICE_TEXT). */
enum advice_form advice_form(enum artefact_kind artefact, const char *format, const char *path);

struct advice {
        const char *why;     /* why it matters; "" for a class that is not known */
        const char *how;     /* how to write it, whatever the form; "" if there is nothing to say */
        const char *text;    /* the same in this form, or "" */
        const char *example; /* some lines in this form, each with its line end; or NULL */
};

/* What is known of a class in a form: the class's own advice, or else that for its kind. finding_class:
 * enum finding_class, or a negative number for one that is not known. Equal texts are the same pointers. */
void advice_find(struct advice *ret, int finding_class, enum advice_form form);

/* The examples, for who checks them; NULL: there are no more. */
struct advice_example {
        const char *classes; /* names of classes or kinds, separated by spaces */
        enum advice_form form;
        const char *text;    /* never "" */
        const char *example; /* or NULL */
};
const struct advice_example *advice_example_at(size_t i);
/* The general advice, likewise. */
struct advice_about {
        const char *classes, *why, *how;
};
const struct advice_about *advice_about_at(size_t i);
