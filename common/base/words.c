/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: lists of words that somebody configured, and holding them against one.
 */
#include "common/base/words.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

int word_list_add(struct word_list *list, const char *word)
{
        char **words = reallocarray(list->words, list->n + 1, sizeof(*words));

        if (!words)
                return -ENOMEM;
        list->words = words;
        list->words[list->n] = strdup(word);
        if (!list->words[list->n])
                return -ENOMEM;
        list->n++;
        return 0;
}

bool word_list_has(const struct word_list *list, const char *word)
{
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->words[i], word) == 0)
                        return true;
        return false;
}

void word_list_done(struct word_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->words[i]);
        free(list->words);
        *list = (struct word_list){0};
}

bool word_list_matches_path(const struct word_list *list, const char *path)
{
        if (list->n == 0)
                return true;
        for (size_t i = 0; i < list->n; i++)
                if (text_glob_path(list->words[i], path))
                        return true;
        return false;
}

bool word_list_matches_word(const struct word_list *list, const char *word)
{
        if (list->n == 0)
                return true;
        for (size_t i = 0; i < list->n; i++)
                if (fnmatch(list->words[i], word ? word : "", 0) == 0)
                        return true;
        return false;
}
