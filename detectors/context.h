/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

/* A language or a text in which an unquoted word is a name. */
bool context_is_code(const char *path);
/* Written to be read: manuals, read-me files, change logs. */
bool context_is_document(const char *path);
/* A test, a fixture or an example: values are made up more often than not. */
bool context_is_sample(const char *path);
/* Texts of a user interface: what is called a password is a label. */
bool context_is_messages(const char *path);
