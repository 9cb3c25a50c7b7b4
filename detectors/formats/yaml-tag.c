/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the names of YAML's tags.
 * Does not own: what a value is (scalar.c).
 */
#include "detectors/formats/yaml-tag.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"

#define STANDARD "tag:yaml.org,2002:"

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

/* The name of a standard tag, or NULL. */
static const char *standard_name(const char *tag)
{
        return strncmp(tag, STANDARD, strlen(STANDARD)) == 0 ? tag + strlen(STANDARD) : NULL;
}

int yaml_tag_read(struct doc *d, const char *tag, const char **ret)
{
        static const char *const usual[] = {"str", "null", "bool", "int", "float", "seq", "map"};
        const char *name = tag ? standard_name(tag) : NULL;

        if (!tag || strcmp(tag, "!") == 0 || (name && is_one_of(name, usual, ELEMENTSOF(usual))))
                return 0;

        size_t prefix = name ? 2 : 0, size = strlen(name ? name : tag);
        char *text = doc_text_reserve(d, prefix + size);
        if (!text)
                return doc_error(d);
        memcpy(text, "!!", prefix);
        memcpy(text + prefix, name ? name : tag, size + 1);
        *ret = text;
        return 0;
}

bool yaml_tag_is_plain(const char *tag)
{
        static const char *const plain[] = {"null", "bool", "int", "float"};
        const char *name = standard_name(tag);

        return name && is_one_of(name, plain, ELEMENTSOF(plain));
}
