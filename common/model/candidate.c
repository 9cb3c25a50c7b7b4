/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the names of the reasons for which a watcher hands over a file.
 */
#include "common/model/candidate.h"

static const char *const names[_CANDIDATE_MAX] = {
        [CANDIDATE_WRITTEN] = "written",        [CANDIDATE_MOVED_IN] = "moved in",
        [CANDIDATE_LINKED] = "linked",          [CANDIDATE_OPEN] = "still open",
        [CANDIDATE_CHANGED] = "changed",        [CANDIDATE_WALK] = "found by a walk",
        [CANDIDATE_SWEEP] = "found by a sweep",
};

const char *candidate_why_to_string(int why)
{
        return why >= 0 && why < _CANDIDATE_MAX ? names[why] : "?";
}
