/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: escaping, and how numbers, times and labels are written.
 * Does not own: what a page holds (report-*.c), how it looks (the style sheets in report/).
 */
#include "daemon/ctl/html.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <string.h>

#include "common/base/text.h"

void html_text(FILE *out, const char *s)
{
        char printable[8192];

        (void)text_printable(printable, sizeof(printable), s, strlen(s));
        for (const char *c = printable; *c; c++) {
                switch (*c) {
                case '&':
                        (void)fputs("&amp;", out);
                        break;
                case '<':
                        (void)fputs("&lt;", out);
                        break;
                case '>':
                        (void)fputs("&gt;", out);
                        break;
                case '"':
                        (void)fputs("&quot;", out);
                        break;
                case '\'':
                        (void)fputs("&#39;", out);
                        break;
                default:
                        (void)fputc(*c, out);
                }
        }
}

void html_element(FILE *out, const char *name, const char *class, const char *text)
{
        if (class)
                (void)fprintf(out, "<%s class=\"%s\">", name, class);
        else
                (void)fprintf(out, "<%s>", name);
        html_text(out, text);
        (void)fprintf(out, "</%s>", name);
}

void html_number(FILE *out, double n)
{
        char digits[32];
        int len = snprintf(digits, sizeof(digits), "%.0f", n);

        for (int i = 0; i < len; i++) {
                if (i > 0 && (len - i) % 3 == 0)
                        (void)fputs("&#8239;", out);
                (void)fputc(digits[i], out);
        }
}

void html_cell_number(FILE *out, double n)
{
        (void)fprintf(out, "<td class=\"num\" data-k=\"%.0f\">", n);
        html_number(out, n);
        (void)fputs("</td>", out);
}

void html_time(FILE *out, const char *rfc3339)
{
        char text[32];

        if (strlen(rfc3339) < 16) {
                (void)fputs("&ndash;", out);
                return;
        }
        (void)fputs("<time datetime=\"", out);
        html_text(out, rfc3339);
        (void)fputs("\">", out);
        (void)snprintf(text, sizeof(text), "%.10s %.5s", rfc3339, rfc3339 + 11);
        html_text(out, text);
        (void)fputs("</time>", out);
}

void html_cell_time(FILE *out, const char *rfc3339)
{
        (void)fputs("<td class=\"time\">", out);
        html_time(out, rfc3339);
        (void)fputs("</td>", out);
}

void html_pill(FILE *out, const char *word)
{
        (void)fputs("<span class=\"pill p-", out);
        html_text(out, word);
        (void)fputs("\">", out);
        html_text(out, word);
        (void)fputs("</span>", out);
}

void html_hash(char ret[static HTML_HASH_MAX], const char *text, size_t n)
{
        uint8_t digest[SHA256_DIGEST_SIZE];
        char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1];
        struct sha256_ctx sha;

        sha256_init(&sha);
        sha256_update(&sha, n, (const uint8_t *)text);
        sha256_digest(&sha, sizeof(digest), digest);
        base64_encode_raw(base64, sizeof(digest), digest);
        base64[sizeof(base64) - 1] = '\0';
        (void)snprintf(ret, HTML_HASH_MAX, "'sha256-%s'", base64);
}
