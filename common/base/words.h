/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A list of words or globs; n == 0: not given, matches everything. */
struct word_list {
        char **words;
        size_t n;
};

/* Appends a copy. Returns 0 or -ENOMEM. */
int word_list_add(struct word_list *list, const char *word);
/* True if it holds exactly this word. */
bool word_list_has(const struct word_list *list, const char *word);
void word_list_done(struct word_list *list);

/* Globs of the list against a word; an empty list matches. As paths (text_glob_path) or as words
 * (fnmatch). */
bool word_list_matches_path(const struct word_list *list, const char *path);
bool word_list_matches_word(const struct word_list *list, const char *word);
