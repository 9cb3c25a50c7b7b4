/* SPDX-FileCopyrightText: giad maintainers */
#include "detectors/secrets/generic.h"

#include "detectors/secrets/placeholder.h"

bool generic_validate(struct judge_case *c, struct judgement *j)
{
        (void)j;
        return !placeholder(c->data + c->secret_start, c->secret_end - c->secret_start);
}

bool generic_validate_password(struct judge_case *c, struct judgement *j)
{
        return generic_validate(c, j);
}
