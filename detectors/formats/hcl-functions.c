/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding a function of Terraform by its name; conversions, which are the value itself here.
 * Does not own: expressions (hcl-evaluate.c), the functions of lists and maps (hcl-collections.c), texts
 * (hcl-texts.c), files and encodings (hcl-files.c).
 *
 * Numbers are not computed, but for lengths.
 * Source: Terraform's documentation, "Built-in Functions".
 */
#include "detectors/formats/hcl-functions.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-functions-internal.h"

/* can(x) is true if x can be told; what cannot be told here may be one or the other. */
static const struct node *can(const struct hcl_call *c)
{
        return hcl_first_argument(c) ? hcl_truth(c, true) : NULL;
}

static const struct hcl_named conversions[] = {
        {"can", can},
        {"nonsensitive", hcl_first_argument},
        {"sensitive", hcl_first_argument},
        {"tobool", hcl_first_argument},
        {"tolist", hcl_first_argument},
        {"tomap", hcl_first_argument},
        {"tonumber", hcl_first_argument},
        {"tostring", hcl_first_argument},
        {"try", hcl_first_argument},
        {NULL, NULL},
};

const struct node *hcl_call(struct resolver *r, const struct node *at, const char *name, size_t n,
                            const struct node *const *args, unsigned n_args)
{
        const struct hcl_named *const tables[] = {conversions, hcl_collection_functions,
                                                  hcl_text_functions, hcl_file_functions};
        const struct hcl_call c = {r, at, args, n_args};

        for (size_t i = 0; i < ELEMENTSOF(tables); i++)
                for (const struct hcl_named *f = tables[i]; f->name; f++)
                        if (strlen(f->name) == n && memcmp(f->name, name, n) == 0)
                                return f->fn(&c);
        return NULL;
}
