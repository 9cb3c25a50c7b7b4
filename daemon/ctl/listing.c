/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: taking a list from the daemon reply by reply, and how much of it.
 * Does not own: what is in it, and how it is shown to people.
 */
#include "daemon/ctl/listing.h"

#include <errno.h>
#include <string.h>

int listing_each(struct ctl *ctl, const char *method, cJSON *parameters, const char *name,
                 int (*fn)(void *userdata, const cJSON *item), void *userdata)
{
        struct control_client *client = ctl_connect(ctl);
        bool continues = true, ended = false;
        int status = EXIT_OK;

        if (!client) {
                cJSON_Delete(parameters);
                return EXIT_ERROR;
        }
        int k = control_client_send(client, method, parameters, true);
        if (k < 0)
                status = ctl_error("giad closed the connection: %s", strerror(-k));
        while (status == EXIT_OK && continues && !ended) {
                cJSON *reply = ctl_receive(client, &continues);
                const cJSON *item;

                if (!reply)
                        status = EXIT_ERROR;
                cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(reply, name))
                {
                        ended = fn(userdata, item) != 0;
                        if (ended)
                                break;
                }
                cJSON_Delete(reply);
        }
        (void)control_client_free(client);
        return status;
}

struct printing {
        bool lines; /* jsonl */
        size_t n;
};

static int print_item(void *userdata, const cJSON *item)
{
        struct printing *p = userdata;
        char *text = cJSON_PrintUnformatted(item);
        bool ok = text && (p->lines || p->n == 0 || putchar(',') != EOF) &&
                  fputs(text, stdout) != EOF && (!p->lines || putchar('\n') != EOF);

        cJSON_free(text);
        p->n++;
        return !ok;
}

int listing_print(struct ctl *ctl, const char *method, cJSON *parameters, const char *name)
{
        struct printing p = {.lines = ctl->output == OUTPUT_JSONL};

        if (!p.lines)
                (void)putchar('[');
        int status = listing_each(ctl, method, parameters, name, print_item, &p);
        /* what was broken off is not to look whole */
        if (!p.lines && status == EXIT_OK)
                (void)fputs("]\n", stdout);
        return ferror(stdout) ? EXIT_ERROR : status;
}

int listing_limit(const struct ctl *ctl, cJSON *parameters)
{
        const char *limit = ctl->value[CTL_LIMIT];

        if (limit)
                return ctl_add_number(parameters, "limit", limit);
        if (ctl->output == OUTPUT_HUMAN)
                (void)cJSON_AddNumberToObject(parameters, "limit", LISTING_SHOWN + 1);
        return EXIT_OK;
}

size_t listing_cut(const struct ctl *ctl, size_t n)
{
        if (ctl->value[CTL_LIMIT] || n <= LISTING_SHOWN)
                return n;
        (void)fprintf(stderr, "giactl: %u are shown, and there are more; --limit=0 shows all\n",
                      LISTING_SHOWN);
        return LISTING_SHOWN;
}
