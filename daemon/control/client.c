/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the client's side of the control socket, blocking.
 * Does not own: what is asked and how answers are shown (daemon/ctl).
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "daemon/control/control.h"
#include "daemon/control/message.h"

struct control_client {
        int fd;
        struct message_reader in;
};

struct control_client *control_client_free(struct control_client *c)
{
        if (!c)
                return NULL;
        (void)fd_close(c->fd);
        message_reader_done(&c->in);
        free(c);
        return NULL;
}

int control_client_new(struct control_client **ret, const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t n = strlen(path);

        if (n == 0 || n >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, n + 1);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        struct control_client *c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        c->fd = take_fd(&fd);
        c->in.in.max = 2 * CONTROL_OUTPUT_MAX;
        *ret = c;
        return 0;
}

int control_client_set_patience(struct control_client *c, usec_t patience)
{
        const struct timeval tv = {
                .tv_sec = (time_t)(patience / USEC_PER_SEC),
                .tv_usec = (suseconds_t)(patience % USEC_PER_SEC),
        };

        return setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ? -errno : 0;
}

static int send_all(int fd, const char *data, size_t n)
{
        while (n > 0) {
                ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);

                if (sent < 0 && errno == EINTR)
                        continue;
                if (sent < 0)
                        return -errno;
                data += sent;
                n -= (size_t)sent;
        }
        return 0;
}

int control_client_send(struct control_client *c, const char *method, cJSON *parameters, bool more)
{
        char name[256];
        cJSON *root = cJSON_CreateObject();
        bool qualified = strchr(method, '.') != NULL;

        (void)snprintf(name, sizeof(name), "%s%s", qualified ? "" : CONTROL_INTERFACE ".", method);
        bool ok = root && cJSON_AddStringToObject(root, "method", name) &&
                  (!more || cJSON_AddTrueToObject(root, "more"));
        if (ok && parameters) {
                ok = cJSON_AddItemToObject(root, "parameters", parameters);
                parameters = ok ? NULL : parameters;
        }
        _cleanup_free_ char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
        cJSON_Delete(root);
        cJSON_Delete(parameters);
        return text ? send_all(c->fd, text, strlen(text) + 1) : -ENOMEM;
}

/* The next whole message; borrowed until the next call. */
static int receive_text(struct control_client *c, const char **ret_text, size_t *ret_n)
{
        char chunk[65536];

        for (;;) {
                int r = message_reader_next(&c->in, CONTROL_OUTPUT_MAX, ret_text, ret_n);
                if (r != 0)
                        return r < 0 ? -EBADMSG : 0;
                ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 || errno == ECONNRESET ? -EPIPE : -errno;
                r = message_reader_feed(&c->in, chunk, (size_t)n);
                if (r < 0)
                        return r;
        }
}

int control_client_receive(struct control_client *c, cJSON **ret_parameters, bool *ret_continues,
                           char **ret_error)
{
        const char *text;
        size_t n;
        cJSON *root;
        int r = receive_text(c, &text, &n);

        if (r < 0)
                return r;
        r = message_parse(text, n, &root);
        if (r < 0)
                return r;
        const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "error");
        bool continues = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "continues"));
        _cleanup_free_ char *name = NULL;
        if (cJSON_IsString(error)) {
                const char *dot = strrchr(error->valuestring, '.');

                name = strdup(dot ? dot + 1 : error->valuestring);
                if (!name)
                        r = -ENOMEM;
        }
        cJSON *parameters = cJSON_DetachItemFromObjectCaseSensitive(root, "parameters");
        cJSON_Delete(root);
        if (!parameters)
                parameters = cJSON_CreateObject();
        if (r < 0 || !cJSON_IsObject(parameters)) {
                cJSON_Delete(parameters);
                return r < 0 ? r : -EBADMSG;
        }
        *ret_parameters = parameters;
        *ret_continues = continues;
        if (!name)
                return 0;
        *ret_error = take_ptr(&name);
        return -EREMOTEIO;
}
