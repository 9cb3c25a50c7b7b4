/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What sql.c and the files beside it share. */

#include "detectors/formats/cursor.h"
#include "detectors/formats/sql-lexer.h"

#define SQL_NAME_MAX 256u

struct sql_reader {
        struct sql_lexer l;
        struct doc *doc;
        struct node *statements;
        struct cursor here,
                mark;   /* the last place that was asked for; where the statement begins */
        unsigned depth; /* of statements in strings */
};

/* The place of a byte. Asked in the order of the text, this takes time linear in it. */
struct cursor sql_place(struct sql_reader *r, size_t at);

/* A statement that begins at that byte and reaches to the token at hand. `what` is what it is called. */
struct node *sql_begin(struct sql_reader *r, const char *what, size_t begin);
/* A string or boolean of a statement that stands in these bytes. 0, or the document's error. */
int sql_text(struct sql_reader *r, struct node *to, const char *key, size_t begin, size_t end,
             const char *text, size_t n);
int sql_bool(struct sql_reader *r, struct node *to, const char *key, bool truth);
/* The container of that key, made at that byte if there is none. */
struct node *sql_container(struct sql_reader *r, struct node *to, const char *key,
                           enum node_type type, size_t begin);

/* Statements in the bytes of a string, one level deeper. */
int sql_read_inside(struct sql_reader *r, size_t from, size_t to);

/* --- names (sql-name.c) ---- */

struct sql_name {
        char text[SQL_NAME_MAX]; /* without quotes, cut */
        size_t n, begin, end;
};

/* The name at hand (a.b, "a"."b", *.*, sys:dba, {{ a }}, :a); false if there is none. */
bool sql_read_name(struct sql_lexer *l, struct sql_name *ret);
/* Words until one of `ends` or a comma, bracket or end, with one blank between them. Quoted names
 * stand as they are, words in small letters if `fold`. */
bool sql_read_words(struct sql_lexer *l, const char *const *ends, bool fold, struct sql_name *ret);
/* Over the host of a role of MySQL (a@localhost) whose name ended at that byte. */
void sql_skip_host(struct sql_lexer *l, size_t end);
/* {name, host, type}: `'a'@'%'`, `ROLE b`. False on error, or if there is none. */
bool sql_read_account(struct sql_reader *r, struct node *list);
/* Accounts with commas between them, at `key`. 0 or the document's error. */
int sql_read_accounts(struct sql_reader *r, struct node *to, const char *key);
/* Names with commas between them, in a list at `key`. */
int sql_read_names(struct sql_reader *r, struct node *to, const char *key);

/* --- statements; each begins at the token behind the words that tell it, or at its first ---- */

int sql_read_grant(struct sql_reader *r);
/* The same from its privileges on, in a statement that there is already. */
int sql_read_granted(struct sql_reader *r, struct node *statement);
/* ALTER DEFAULT PRIVILEGES; at DEFAULT. */
int sql_read_default_privileges(struct sql_reader *r, size_t begin);
/* CREATE or ALTER … ROLE, USER, LOGIN, GROUP; at that word. */
int sql_read_role(struct sql_reader *r, const char *verb, size_t begin);
/* SET PASSWORD; at PASSWORD. */
int sql_read_set_password(struct sql_reader *r, size_t begin);
/* EXEC sp_addrolemember …; at the procedure's name. */
int sql_read_member_procedure(struct sql_reader *r, size_t begin);
/* CREATE POLICY, ALTER POLICY; at POLICY. */
int sql_read_row_policy(struct sql_reader *r, const char *verb, size_t begin);
/* ALTER TABLE; at TABLE. */
int sql_read_table(struct sql_reader *r, size_t begin);
/* CREATE FUNCTION, PROCEDURE; at that word. */
int sql_read_function(struct sql_reader *r, size_t begin);
/* A grant of a role that is written otherwise: {statement, roles, grantees}. */
struct node *sql_begin_membership(struct sql_reader *r, bool granted, size_t begin,
                                  const struct sql_name *role);
