/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding the advice for a class and a form. Does not own: the words (advice-*.def), and how
 * they are put into a note (note-text.c).
 *
 * Of each table the first row that names the class counts; where none does, the first that names its
 * kind. So a credential in a Dockerfile is advised on as any credential there, unless its class has
 * a row of its own for Dockerfiles.
 */
#include "common/model/advice.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

static const struct advice_form_info forms[] = {
#define FORM(id, name, title, fence, sample) {name, title, fence, sample},
#define FORM_IF(...)
#include "common/model/advice-forms.def"
#undef FORM_IF
#undef FORM
};
_Static_assert(ELEMENTSOF(forms) == _ADVICE_FORM_MAX, "one row for each form");

static const struct {
        enum advice_form form;
        const char *artefacts, *formats, *names;
} tests[] = {
#define FORM(...)
#define FORM_IF(id, artefacts, formats, names) {ADVICE_##id, artefacts, formats, names},
#include "common/model/advice-forms.def"
#undef FORM_IF
#undef FORM
};

static const struct advice_about abouts[] = {
#define ABOUT(classes, why, how) {classes, why, how},
#include "common/model/advice-about.def"
#undef ABOUT
};

static const struct advice_example examples[] = {
#define ADVICE(classes, form, text, example) {classes, ADVICE_##form, text, example},
#include "common/model/advice.def"
#undef ADVICE
};

const struct advice_form_info *advice_form_info(enum advice_form form)
{
        return &forms[form];
}

static bool has_word(const char *words, const char *word)
{
        return *words == '\0' || text_has_word(words, word, strlen(word));
}

static bool has_name(const char *globs, const char *path)
{
        char glob[64];

        if (*globs == '\0')
                return true;
        for (; *globs; globs += strspn(globs, " ")) {
                size_t n = strcspn(globs, " ");

                if (n >= sizeof(glob))
                        return false;
                memcpy(glob, globs, n);
                glob[n] = '\0';
                if (text_glob_path(glob, path))
                        return true;
                globs += n;
        }
        return false;
}

enum advice_form advice_form(enum artefact_kind artefact, const char *format, const char *path)
{
        const char *kind = artefact_kind_to_string((int)artefact);

        for (size_t i = 0; i < ELEMENTSOF(tests); i++)
                if (has_word(tests[i].artefacts, kind) &&
                    has_word(tests[i].formats, format ? format : "") &&
                    has_name(tests[i].names, path))
                        return tests[i].form;
        return ADVICE_TEXT;
}

static const struct advice_about *find_about(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(abouts); i++)
                if (text_has_word(abouts[i].classes, name, strlen(name)))
                        return &abouts[i];
        return NULL;
}

static const struct advice_example *find_example(const char *name, enum advice_form form)
{
        for (size_t i = 0; i < ELEMENTSOF(examples); i++)
                if (examples[i].form == form &&
                    text_has_word(examples[i].classes, name, strlen(name)))
                        return &examples[i];
        return NULL;
}

void advice_find(struct advice *ret, int finding_class, enum advice_form form)
{
        *ret = (struct advice){"", "", "", NULL};
        if (finding_class < 0 || finding_class >= _CLASS_MAX)
                return;
        const struct class_info *class = finding_class_info((enum finding_class)finding_class);
        const char *kind = finding_kind_to_string((int)class->kind);
        const struct advice_about *about = find_about(class->name);
        const struct advice_example *example = find_example(class->name, form);
        if (!about)
                about = find_about(kind);
        if (!example)
                example = find_example(kind, form);
        if (about) {
                ret->why = about->why;
                ret->how = about->how;
        }
        if (example) {
                ret->text = example->text;
                ret->example = example->example;
        }
}

const struct advice_example *advice_example_at(size_t i)
{
        return i < ELEMENTSOF(examples) ? &examples[i] : NULL;
}

const struct advice_about *advice_about_at(size_t i)
{
        return i < ELEMENTSOF(abouts) ? &abouts[i] : NULL;
}
