/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/id.h"
#include "common/model/enums.h"

/* What policy says of one file, once its findings are known. */
struct verdict {
        enum action action;
        enum severity severity; /* of the worst finding that counts; INFO without one */
        bool approved;          /* an approval covers it: action is then REPORT */
        char approval[ID_SIZE]; /* which; "": none, or one without an id */
        bool rejected;          /* somebody rejected this content at this place */
        uint32_t counted;       /* findings that are not suppressed */
        uint32_t suppressed;
        uint64_t until; /* realtime in microseconds at which it may turn out otherwise (an approval
                           or a suppression ends); 0: never */
        int32_t decisive; /* index of the finding that led to the action, -1: the artefact itself */
        char policy[192]; /* "giad.yaml:12", or "default" where no line matched; printable */
};
