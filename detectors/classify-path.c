/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that a path tells: files that some program reads because of where they are.
 * Why a table (common/model/artefact-paths.def): products come and go; their files are one line each.
 */
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
#include "common/model/artefact-paths.def"
#undef PATH
};

enum artefact_kind classify_path(const struct subject *s, const struct evidence *e)
{
        const char *name = classify_name(s);
        uint64_t pairs = text_pairs(s->path);

        for (size_t i = 0; i < ELEMENTSOF(path_rules); i++) {
                const struct path_rule *rule = &path_rules[i];
                bool fits = strchr(rule->glob, '/')
                                    ? text_glob_path_pairs(rule->glob, s->path, pairs)
                                    : text_glob_name(rule->glob, name);

                if (fits && (!rule->needs || classify_has_any(s, rule->needs)))
                        return classify_say(e, rule->kind, "path %s", rule->glob);
        }
        const struct host_file *file = host_file_by_path(s->path);
        return file && file->kind != ARTEFACT_NONE
                       ? classify_say(e, file->kind, "path %s", file->glob)
                       : ARTEFACT_NONE;
}
