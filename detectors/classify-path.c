/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that a path tells: files that some program reads because of where they are.
 * Why a table (classify-paths.def): products come and go; their files are one line each.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/classify-internal.h"
#include "detectors/formats/host-files.h"

static const struct path_rule {
        enum artefact_kind kind;
        const char *glob;
        const char *needs;
} path_rules[] = {
#define PATH(kind, glob, needs) {ARTEFACT_##kind, glob, needs},
#include "detectors/classify-paths.def"
#undef PATH
};

static bool glob_fits(const char *glob, const struct subject *s)
{
        if (strchr(glob, '/'))
                return text_glob_path(glob, s->path);
        const char *name = classify_name(s);
        size_t ng = strlen(glob), nn = strlen(name);
        /* nearly every glob ends otherwise than the name does */
        if (ng > 0 && nn > 0 && !strchr("*?]", glob[ng - 1]) &&
            tolower((unsigned char)glob[ng - 1]) != tolower((unsigned char)name[nn - 1]))
                return false;
        return fnmatch(glob, name, FNM_CASEFOLD) == 0;
}

enum artefact_kind classify_path(const struct subject *s, const struct evidence *e)
{
        for (size_t i = 0; i < ELEMENTSOF(path_rules); i++) {
                const struct path_rule *rule = &path_rules[i];

                if (glob_fits(rule->glob, s) && (!rule->needs || classify_has_any(s, rule->needs)))
                        return classify_say(e, rule->kind, "path %s", rule->glob);
        }
        const struct host_file *file = host_file_by_path(s->path);
        return file && file->kind != ARTEFACT_NONE
                       ? classify_say(e, file->kind, "path %s", file->glob)
                       : ARTEFACT_NONE;
}
