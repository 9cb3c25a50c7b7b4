/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the bytes of a spool's records, and finding the next good one behind damage.
 * Does not own: files, their order and their bound (spool.c).
 *
 * A head has a checksum of its own, so that a record with a damaged payload is passed over by its
 * size. Where a head is damaged the next one is looked for by its magic number. The index in it then
 * says how many records are missing.
 */
#include "daemon/sinks/spool-record.h"

#include <string.h>

#include "common/base/fnv.h"

/* of a file that are searched at a time */
#define SEARCH_BLOCK ((size_t)16384)

struct head {
        uint32_t magic, size;
        uint64_t number, seq;
        uint32_t index, zero;
        uint64_t payload_check;
        uint64_t check;
};
_Static_assert(sizeof(struct head) == SPOOL_RECORD_HEAD, "no padding");

uint64_t spool_checksum(const void *data, size_t n)
{
        return fnv_add(FNV_BEGIN, data, n);
}

int spool_record_make(struct buffer *out, const struct event *e)
{
        static const struct head empty;

        buffer_reset(out);
        buffer_append(out, &empty, sizeof(empty));
        event_to_json(e, out);
        buffer_putc(out, '\n');
        if (out->error)
                return out->error;
        return out->len - sizeof(empty) > SPOOL_PAYLOAD_MAX ? -ENOBUFS : 0;
}

void spool_record_seal(struct buffer *out, const struct spool_record *r)
{
        size_t size = out->len - sizeof(struct head);
        struct head head = {
                .magic = SPOOL_RECORD_MAGIC,
                .size = (uint32_t)size,
                .number = r->number,
                .seq = r->seq,
                .index = r->index,
                .payload_check = spool_checksum(out->data + sizeof(head), size),
        };

        head.check = spool_checksum(&head, offsetof(struct head, check));
        memcpy(out->data, &head, sizeof(head));
}

static bool head_is_good(const struct head *h)
{
        return h->magic == SPOOL_RECORD_MAGIC && h->size > 0 && h->size <= SPOOL_PAYLOAD_MAX &&
               h->check == spool_checksum(h, offsetof(struct head, check));
}

void spool_scan_done(struct spool_scan *s)
{
        free(s->payload);
        *s = SPOOL_SCAN_NULL;
}

/* Reads n bytes. 1; 0: the file ends before; negative errno. */
static int read_at(int fd, void *data, size_t n, uint64_t at)
{
        for (size_t done = 0; done < n;) {
                ssize_t k = pread(fd, (char *)data + done, n - done, (off_t)(at + done));

                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        return k < 0 ? -errno : 0;
                done += (size_t)k;
        }
        return 1;
}

/* Moves s->at to the next good head behind it. 1; 0: there is none; negative errno. */
static int search_head(struct spool_scan *s)
{
        static const uint32_t magic = SPOOL_RECORD_MAGIC;
        char block[SEARCH_BLOCK];

        s->at++;
        while (s->at + sizeof(struct head) <= s->end) {
                size_t n = (size_t)MIN_OF(s->end - s->at, (uint64_t)sizeof(block));
                int k = read_at(s->fd, block, n, s->at);
                const char *found = block;

                if (k <= 0)
                        return k;
                while ((found = memmem(found, n - (size_t)(found - block), &magic,
                                       sizeof(magic)))) {
                        struct head head;

                        if ((size_t)(found - block) + sizeof(head) > n)
                                break; /* whole in the next block */
                        memcpy(&head, found, sizeof(head));
                        if (head_is_good(&head)) {
                                s->at += (uint64_t)(found - block);
                                return 1;
                        }
                        found++;
                }
                s->at += n - sizeof(struct head) + 1;
        }
        return 0;
}

/* The head at s->at, or the next good one behind. 1; 0: there is none; negative errno. */
static int find_head(struct spool_scan *s, struct head *ret, bool *ret_damage)
{
        if (s->at >= s->end)
                return 0;
        int k = s->at + sizeof(*ret) <= s->end ? read_at(s->fd, ret, sizeof(*ret), s->at) : 0;
        if (k > 0 && head_is_good(ret))
                return 1;
        if (k < 0)
                return k;
        *ret_damage = true;
        k = search_head(s);
        return k > 0 ? read_at(s->fd, ret, sizeof(*ret), s->at) : k;
}

/* The payload behind a head. 1; 0: it is damaged or cut off; negative errno. */
static int read_payload(struct spool_scan *s, const struct head *head)
{
        uint64_t at = s->at + sizeof(*head);

        if (at + head->size > s->end)
                return 0;
        if (s->alloc <= head->size) {
                char *payload = realloc(s->payload, head->size + 1);

                if (!payload)
                        return -ENOMEM;
                s->payload = payload;
                s->alloc = head->size + 1;
        }
        int k = read_at(s->fd, s->payload, head->size, at);
        if (k <= 0)
                return k;
        s->payload[head->size] = '\0';
        return spool_checksum(s->payload, head->size) == head->payload_check;
}

int spool_scan_next(struct spool_scan *s, struct spool_record *ret, uint32_t *ret_damaged)
{
        bool damage = false;
        struct head head;
        int k;

        *ret_damaged = 0;
        while ((k = find_head(s, &head, &damage)) > 0) {
                k = head.index < s->index ? 0 : read_payload(s, &head);
                if (k < 0)
                        return k;
                if (k > 0) {
                        *ret_damaged = head.index - s->index;
                        *ret = (struct spool_record){head.number, head.seq, head.index, head.size};
                        s->at += sizeof(head) + head.size;
                        s->index = head.index + 1;
                        return 1;
                }
                damage = true;
                /* what claims to reach behind the end may hide good ones */
                if (s->at + sizeof(head) + head.size > s->end)
                        s->at++;
                else
                        s->at += sizeof(head) + head.size;
        }
        if (k < 0)
                return k;
        s->at = s->end;
        *ret_damaged = damage;
        return 0;
}
