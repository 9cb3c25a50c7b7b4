/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes (1..4) of the UTF-8 character at s, at most n bytes long; 0 if it is none
 * (overlong forms, surrogates and values past U+10FFFF are none). RFC 3629. */
size_t text_utf8_width(const char *s, size_t n);

/* Copies s into dst (size bytes, always NUL-terminated) so that it may be shown to a person or put
 * into a log line: control characters, DEL, bytes that are not UTF-8, and the bidirectional and
 * invisible format characters that can disguise text become \xNN of each byte. A text that does
 * not fit ends in "…". Returns dst. */
char *text_printable(char *dst, size_t size, const char *s, size_t n);

/* Copies s into dst (size bytes, always NUL-terminated) with "[...]" for every word that could be a
 * token: letters, digits and
 * '_' in a row, 32 of them, or 16 with both letters and digits among them. For names that nobody
 * has looked at who could tell a secret from a long name: better too few words than one too many. A
 * result that does not fit is cut. Returns dst. */
char *text_mask(char *dst, size_t size, const char *s);
/* The length of the word that s begins with: letters, digits and '_'. *ret_token: text_mask() would not show it. */
size_t text_word(const char *s, bool *ret_token);
/* True if text_printable() would leave the text as it is. */
bool text_is_printable(const char *s, size_t n);

/* Copies the NUL-terminated s into dst, cut at size - 1 bytes but never inside a UTF-8 character.
 * Returns true if all of it fit. */
bool text_copy(char *dst, size_t size, const char *s);

bool text_ends_with(const char *s, const char *tail);

/* Lower-case hex of n bytes into dst (2 n + 1 bytes). */
void text_hex(char *dst, const uint8_t *bytes, size_t n);
/* The reverse; exactly 2 n hex digits. Returns 0 or -EINVAL. */
int text_unhex(uint8_t *dst, size_t n, const char *hex);

/* Levenshtein distance of two words (each up to 64 bytes are looked at). */
unsigned text_distance(const char *a, const char *b);
/* The word of words[0..n) nearest to s, or NULL if none is near enough to be a slip of the pen. */
const char *text_nearest(const char *s, const char *const *words, size_t n);

/* Whether s[0..n) is one of the words, which are separated by spaces. */
bool text_has_word(const char *words, const char *s, size_t n);

/* Glob over a relative path: `*` and `?` stop at '/', `**` crosses it, `[...]` as in fnmatch. A
 * pattern without '/' is held against every trailing sub-path's first name, as .gitignore does:
 * `node_modules` matches a/node_modules and a/node_modules/b. A pattern with '/' matches at the
 * root or after any '/', with everything below: `.git/objects` matches x/.git/objects/ab/cd. */
bool text_glob_path(const char *pattern, const char *path);
/* The same for many patterns and one path: pairs is text_pairs(path). */
bool text_glob_path_pairs(const char *pattern, const char *path, uint64_t pairs);
/* The characters that stand side by side in the text, as a set of 64 in which several pairs share a place. */
uint64_t text_pairs(const char *s);
/* Those that stand so in every path that the glob matches. */
uint64_t text_glob_pairs(const char *pattern);
/* Glob over one name, in which upper and lower case are the same. */
bool text_glob_name(const char *pattern, const char *name);
/* The same, and they are not; in it a '/' is a character like others. */
bool text_glob_exact(const char *pattern, const char *name);

/* Glob over a word, in time linear in its length for each '*': `*` is any bytes, also '/', `?` is one. Nothing else is
 * special. */
bool text_glob_word(const char *pattern, const char *word);

/* Parses a decimal or octal (base) unsigned number that is the whole string. 0 or -EINVAL/-ERANGE.
 */
int text_to_u64(const char *s, unsigned base, uint64_t *ret);
