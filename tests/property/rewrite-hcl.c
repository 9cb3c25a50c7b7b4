/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/property/rewriting.h"
const struct rewriting rewritings_of_hcl[] = {{NULL}};
