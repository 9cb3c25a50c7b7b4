/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: tables whose first line names the columns (CSV and its kin): a cell below "password" is
 * assigned to that name as much as it would be in a setting, and is handed on like one, NAME: "CELL".
 *
 * Must not own: which names tell of what (detectors/secrets/name.c); here a column is only left out
 * if its name can tell of nothing.
 *
 * RFC 4180, and what else separates cells: ; | and tabs. Known by its beginning: the first lines have
 * the same number of cells, and those of the very first are names.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/decode-internal.h"

#define COLUMNS_MAX 64u
#define TELLING_MAX 8u
#define HEAD_MAX ((size_t)4096) /* bytes of the first line */
#define NAME_MAX_LENGTH 48u
#define CELL_MAX ((size_t)1000)
#define ROW_MAX (TELLING_MAX * (CELL_MAX + NAME_MAX_LENGTH + 8))

struct cell {
        size_t begin, end; /* without quotes */
        size_t next;       /* behind the separator, or of the next row */
        bool last;         /* of its row */
};

struct table {
        uint8_t separator;
        unsigned columns, n_telling;
        size_t rows; /* where the second line begins */
        struct {
                unsigned column;
                char name[NAME_MAX_LENGTH + 1];
        } telling[TELLING_MAX];
};

static size_t quoted_end(const uint8_t *s, size_t n, size_t at)
{
        while (at < n) {
                const uint8_t *quote = memchr(s + at, '"', n - at);

                if (!quote)
                        return n;
                at = (size_t)(quote - s);
                if (at + 1 == n || s[at + 1] != '"')
                        return at;
                at += 2;
        }
        return n;
}

static struct cell read_cell(const uint8_t *s, size_t n, size_t at, uint8_t separator)
{
        struct cell cell;
        bool quoted = at < n && s[at] == '"';
        size_t stop = quoted ? quoted_end(s, n, at + 1) : at;

        while (stop < n && s[stop] != separator && s[stop] != '\n')
                stop++;
        cell = (struct cell){.begin = at, .end = stop, .next = MIN_OF(stop + 1, n)};
        cell.last = stop == n || s[stop] == '\n';
        while (cell.end > cell.begin && isspace(s[cell.end - 1]))
                cell.end--;
        while (cell.begin < cell.end && isspace(s[cell.begin]))
                cell.begin++;
        if (quoted && cell.end - cell.begin >= 2 && s[cell.end - 1] == '"') {
                cell.begin++;
                cell.end--;
        }
        return cell;
}

static bool is_name(const uint8_t *s, const struct cell *cell)
{
        for (size_t i = cell->begin; i < cell->end; i++)
                if (!isalnum(s[i]) && !isspace(s[i]) && !(s[i] && strchr("_./#()-", s[i])))
                        return false;
        return cell->end - cell->begin <= NAME_MAX_LENGTH &&
               (cell->begin == cell->end || isalpha(s[cell->begin]));
}

static bool may_tell(const uint8_t *s, const struct cell *cell)
{
        static const char *const words[] = {"pass", "pwd", "pw", "secret", "token", "key", "cred"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                for (size_t at = cell->begin; at + strlen(words[i]) <= cell->end; at++)
                        if (strncasecmp((const char *)s + at, words[i], strlen(words[i])) == 0)
                                return true;
        return false;
}

static void add_telling(struct table *t, const uint8_t *s, const struct cell *cell)
{
        size_t n = 0;

        if (t->n_telling == TELLING_MAX)
                return;
        for (size_t i = cell->begin; i < cell->end; i++)
                t->telling[t->n_telling].name[n++] = isalnum(s[i]) ? (char)s[i] : '_';
        t->telling[t->n_telling].name[n] = '\0';
        t->telling[t->n_telling++].column = t->columns;
}

/* False if those are no names of columns. */
static bool read_head(const uint8_t *s, size_t n, struct table *t)
{
        struct cell cell = {0};

        do {
                cell = read_cell(s, n, cell.next, t->separator);
                if (!is_name(s, &cell) || t->columns == COLUMNS_MAX)
                        return false;
                if (may_tell(s, &cell))
                        add_telling(t, s, &cell);
                t->columns++;
        } while (!cell.last);
        t->rows = cell.next;
        return t->columns >= 2 && t->n_telling > 0;
}

static unsigned count_cells(const uint8_t *s, size_t n, size_t at, uint8_t separator)
{
        struct cell cell = {.next = at};
        unsigned columns = 0;

        do {
                cell = read_cell(s, n, cell.next, separator);
                columns++;
        } while (!cell.last && columns <= COLUMNS_MAX);
        return columns;
}

static bool read_table(const uint8_t *s, size_t n, struct table *ret)
{
        const uint8_t *newline = memchr(s, '\n', MIN_OF(n, HEAD_MAX));
        static const char separators[] = ",;\t|";

        for (const char *p = separators; newline && *p; p++) {
                *ret = (struct table){.separator = (uint8_t)*p};
                if (memchr(s, *p, (size_t)(newline - s)) && read_head(s, n, ret) && ret->rows < n &&
                    count_cells(s, n, ret->rows, ret->separator) == ret->columns)
                        return true;
        }
        return false;
}

static void put_text(struct decoder *d, const char *text, size_t from)
{
        for (; *text; text++)
                decoder_put(d, (uint8_t)*text, from);
}

/* One line of a cell is enough: what is longer is no credential but a text. */
static void put_cell(struct decoder *d, const char *name, const struct cell *cell)
{
        const uint8_t *s = d->src;
        size_t end = MIN_OF(cell->end, cell->begin + CELL_MAX);
        const uint8_t *newline = memchr(s + cell->begin, '\n', end - cell->begin);

        if (newline)
                end = (size_t)(newline - s);
        bool double_quoted = !memchr(s + cell->begin, '"', end - cell->begin);
        put_text(d, name, cell->begin);
        put_text(d, double_quoted ? ": \"" : ": '", cell->begin);
        for (size_t i = cell->begin; i < end; i++)
                decoder_put(d, s[i], i);
        put_text(d, double_quoted ? "\"\n" : "'\n", end);
}

static void put_row(struct decoder *d, const struct table *t, size_t *at)
{
        struct cell cell = {.next = *at};
        unsigned column = 0;

        do {
                cell = read_cell(d->src, d->n, cell.next, t->separator);
                for (unsigned i = 0; i < t->n_telling; i++)
                        if (t->telling[i].column == column && cell.begin < cell.end)
                                put_cell(d, t->telling[i].name, &cell);
                column++;
        } while (!cell.last);
        *at = cell.next;
}

static size_t fill_rows(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        /* a region goes on from something else: no match begins with its first byte */
        decoder_put(d, '\n', at);
        while (at < end) {
                if (!decoder_room(d, at) || d->used + ROW_MAX > DECODE_PIECE) {
                        *ret_more = true;
                        return at;
                }
                put_row(d, d->data, &at);
        }
        return at;
}

void decode_table(struct decoder *d)
{
        static const struct decode_kind rows = {
                .what = "cell of a table", .fill = fill_rows, .literal = true};
        struct table table;

        if (d->request->continued || !read_table(d->src, d->n, &table))
                return;
        d->data = &table;
        (void)decoder_run(d, &rows, table.rows, d->n);
        d->data = NULL;
}
