/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that a path tells: files that some program reads because of where they are.
 * Why a table (common/model/artefact-paths.def): products come and go; their files are one line each.
 */
#include "common/base/glob.h"
#include "common/base/macros.h"
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

static struct glob_hint hints[ELEMENTSOF(path_rules)];
static struct glob_table path_globs = GLOB_TABLE(path_rules, glob, hints);

enum artefact_kind classify_path(const struct subject *s, const struct evidence *e)
{
        const struct glob_path p = glob_path(s->path);

        for (size_t i = 0; (i = glob_table_next(&path_globs, &p, i)) < ELEMENTSOF(path_rules);
             i++) {
                const struct path_rule *rule = &path_rules[i];

                if (glob_fits(rule->glob, &hints[i], &p) &&
                    (!rule->needs || classify_has_any(s, rule->needs)))
                        return classify_say(e, rule->kind, "path %s", rule->glob);
        }
        const struct host_file *file = host_file_by_path(s->path);
        return file && file->kind != ARTEFACT_NONE
                       ? classify_say(e, file->kind, "path %s", file->glob)
                       : ARTEFACT_NONE;
}
