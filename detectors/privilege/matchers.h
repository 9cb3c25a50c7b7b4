/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The two matchers that rules can write without C.
 *
 * tree — a path expression and predicates over the document tree:
 *
 *   tree:
 *     format: [yaml, json]            optional: only files of these formats; without it of all but
 *                                     those with a shape of their own (format.h)
 *     select: "resource[google_project_iam_*]"
 *     where:                          all must hold for the selected node
 *       - {path: role, matches: "^roles/(owner|editor)$"}
 *       - {path: member, absent: true}
 *     at: role                        optional: the node below the selected one at which the
 *                                     finding is put
 *     detail: "{role} for {member}"   optional: reasoning; {path} is replaced by the scalar there
 *
 *   Path expressions: names separated by '/'; `*` any key or item; `**` any depth, at the end every
 *   mapping from where the path begins; `name[label]` an HCL block by its first label (glob),
 *   `name[l1][l2]` by both; a sequence met on the way is entered by itself (its items are tried), so
 *   that `spec/containers/image` reaches every container's image. Names are globs; `~name` ignores case, `-` and `_`; `a|b` is one or the
 *   other; in a key `?` stands for '/', and `\*` is a star. A value that is a JSON document in a
 *   string is entered as well. The root of a multi-document file is entered by itself.
 *
 *   Predicates of a `where` entry: path (default "."), and any of
 *     equals: SCALAR or [SCALARS]     one of these (ignoring case)
 *     not-equals: …                   there and known, and none of these
 *     matches: REGEX                  PCRE2, unanchored, on the scalar's text
 *     not-matches: REGEX              there and known, and does not match
 *     absent: true|false              there is no such node / there is one (null counts as absent)
 *     contains: SCALAR or [SCALARS]   a sequence (or scalar) that has one of these
 *     greater: NUMBER, less: NUMBER   a number (also "12h", "30d", "PT8H": seconds, with unit:
 *                                     seconds)
 *     truth: true|false               boolean in any spelling
 *     literal: true|false             written out in the file / an expression or reference
 *     any: [entries], all: [entries], none: [entries]   nested
 *   If a path reaches an UNKNOWN scalar, a predicate over it is unknown; a rule whose where is
 *   neither false nor wholly true is reported with certainty `unknown`.
 *
 * call — over calls and assignments of the lexical reader:
 *
 *   call:
 *     language: [python]              optional
 *     callee: ["jwt.encode", "*.set_cookie"]   globs (callee_matches); or
 *     assign: ["SESSION_COOKIE_SECURE", "*.config.SECRET_KEY"]
 *     where:                          all must hold; as above, with `arg:` instead of `path:`
 *       - {arg: algorithm, equals: none}       a keyword (or entry of an object argument), dotted
 *                                              for nested objects: cookie.secure
 *       - {arg: 1, string: true, min-length: 1}  a positional argument, from 0; for assign:
 *                                              arg 0 is the value
 *     also: string: true (a constant string), min-length: N,
 *           name-matches: REGEX (what is no constant: a name, a callee, an expression's source),
 *           fallback: true (x or "text", getenv("X", "text")), known: true (a constant),
 *           object: true, has-key: REGEX (an object with such a key),
 *           greater/less also for timedelta(days=3), 24 * time.Hour, …
 *           `arg:` may be a list of paths ([httponly, 2]): the first that is there counts;
 *           "2.secure": entry of an argument
 *     callee-matches/callee-not-matches: REGEX on the whole dotted name
 *     shape: call|constructor|decorator
 *     file-matches: REGEX / file-not-matches: REGEX on the whole file's text
 *     unless-called: [GLOBS]          not if the same function makes such a call, too
 *     at: ARG                         the finding is put at this argument
 *     unknown: skip                   where a name decides that is not known, nothing is reported
 */

#include "detectors/privilege/analyser.h"
#include "detectors/source/need.h"

/* Made from the rule's `tree:`/`call:` mapping. Return 0; -EBADMSG with *reterr; -ENOMEM. */
int tree_match_new(struct tree_match **ret, const struct node *config,
                   struct ruleset_error *reterr);
struct tree_match *tree_match_free(struct tree_match *m);
/* Whether it is for documents of that format. */
bool tree_match_fits(const struct tree_match *m, const char *format);
/* Names, as bits of a key_set, of which a document has one if the matcher finds anything in it; *ret_if_known: that holds only if
 * all of the document is known (tree_doc_known()). Returns their number, at most max; 0: it may find something in any. */
unsigned tree_match_names(const struct tree_match *m, uint16_t *ret, unsigned max,
                          bool *ret_if_known);
/* The document must be of a format that it fits. */
void tree_match_run(const struct tree_match *m, const struct rule *rule, const struct subject *s,
                    struct reporter *r);

int call_match_new(struct call_match **ret, const struct node *config,
                   struct ruleset_error *reterr);
struct call_match *call_match_free(struct call_match *m);
/* What a text must hold for the rule to find something in it; need_done(need) either way. Returns 0
 * or -ENOMEM. */
int call_match_need(const struct call_match *m, struct words *words, struct need *need);
void call_match_run(const struct call_match *m, const struct rule *rule, const struct subject *s,
                    struct reporter *r);
