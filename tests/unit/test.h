/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What every cmocka test needs, in the order that cmocka.h asks for. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */
