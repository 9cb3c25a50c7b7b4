/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what OpenPGP packets say of a secret key: there, encrypted, or left out.
 *
 * Must not own: the armour around them (validate-key.c).
 */
#include <string.h>

#include "detectors/secrets/der.h"
#include "detectors/secrets/key-info.h"

#define PACKETS_MAX 64u
#define S2K_GNU 101u /* GnuPG's own: the secret part is elsewhere or on a card */

enum { PACKET_SECRET_KEY = 5, PACKET_PUBLIC_KEY = 6, PACKET_SECRET_SUBKEY = 7 };

struct packet {
        unsigned tag;
        struct der body;
        bool cut;
};

static size_t number(struct der *d, size_t bytes)
{
        size_t value = 0;

        for (; bytes > 0 && d->n > 0; bytes--, d->p++, d->n--)
                value = value << 8 | *d->p;
        return value;
}

static size_t new_length(struct der *d)
{
        size_t first = number(d, 1);

        if (first < 192)
                return first;
        if (first < 224)
                return ((first - 192) << 8) + number(d, 1) + 192;
        /* lengths in parts are for data, not for keys */
        return first == 255 ? number(d, 4) : SIZE_MAX;
}

static bool next_packet(struct der *d, struct packet *ret)
{
        static const uint8_t old_bytes[] = {1, 2, 4};

        if (d->n < 2 || !(d->p[0] & 0x80))
                return false;
        uint8_t head = (uint8_t)number(d, 1);
        bool is_new = head & 0x40;
        size_t length = is_new            ? new_length(d)
                        : (head & 3) == 3 ? d->n
                                          : number(d, old_bytes[head & 3]);
        ret->tag = is_new ? head & 0x3fu : (head >> 2) & 0xfu;
        ret->cut = length > d->n;
        ret->body = (struct der){.p = d->p, .n = ret->cut ? d->n : length};
        d->p += ret->body.n;
        d->n -= ret->body.n;
        return true;
}

static void skip(struct der *d, size_t n)
{
        n = n > d->n ? d->n : n;
        d->p += n;
        d->n -= n;
}

/* Returns the bits of the first. */
static unsigned skip_numbers(struct der *d, unsigned count)
{
        unsigned first = 0;

        for (unsigned i = 0; i < count; i++) {
                size_t bits = number(d, 2);

                if (i == 0)
                        first = (unsigned)bits;
                skip(d, (bits + 7) / 8);
        }
        return first;
}

/* Passes the public part. Returns false if its algorithm is not known. */
static bool skip_public(struct der *d, unsigned algorithm, struct key_info *ret)
{
        switch (algorithm) {
        case 1:
        case 2:
        case 3:
                ret->type = "RSA";
                ret->bits = skip_numbers(d, 2);
                return true;
        case 16:
                (void)skip_numbers(d, 3);
                return true;
        case 17:
                ret->type = "DSA";
                ret->bits = skip_numbers(d, 4);
                return true;
        case 18:
        case 19:
        case 22:
                ret->type = ret->type ?: algorithm == 22 ? "EdDSA" : "EC";
                skip(d, number(d, 1)); /* the curve */
                (void)skip_numbers(d, 1);
                if (algorithm == 18)
                        skip(d, number(d, 1)); /* parameters of key derivation */
                return true;
        case 25:
        case 27:
                ret->type = ret->type ?: algorithm == 27 ? "Ed25519" : "X25519";
                skip(d, 32);
                return true;
        case 26:
        case 28:
                ret->type = ret->type ?: algorithm == 28 ? "Ed448" : "X448";
                skip(d, algorithm == 26 ? 56 : 57);
                return true;
        default:
                return false;
        }
}

static enum key_state secret_state(struct der *d)
{
        if (d->n == 0)
                return KEY_UNREADABLE;
        size_t usage = number(d, 1);
        if (usage == 0)
                return KEY_PRIVATE;
        if (usage < 253)
                return KEY_ENCRYPTED;
        (void)number(d, 1); /* cipher */
        return d->n > 0 && d->p[0] == S2K_GNU ? KEY_PUBLIC : KEY_ENCRYPTED;
}

static enum key_state read_secret_key(struct der d, struct key_info *ret)
{
        unsigned version = (unsigned)number(&d, 1);

        if (version < 3 || version > 6)
                return KEY_UNREADABLE;
        skip(&d, version == 3 ? 6 : 4);
        unsigned algorithm = (unsigned)number(&d, 1);
        if (version >= 5)
                skip(&d, 4);
        if (!skip_public(&d, algorithm, ret))
                return KEY_PRIVATE;
        return secret_state(&d);
}

void key_info_pgp(const uint8_t *packets, size_t n, struct key_info *ret)
{
        struct der d = {.p = packets, .n = n};
        struct packet packet;

        *ret = (struct key_info){.state = KEY_UNREADABLE};
        for (unsigned i = 0; i < PACKETS_MAX && next_packet(&d, &packet); i++) {
                struct key_info here = {.type = ret->type, .bits = ret->bits};
                enum key_state state = KEY_UNREADABLE;

                if (packet.tag == PACKET_SECRET_KEY || packet.tag == PACKET_SECRET_SUBKEY)
                        state = read_secret_key(packet.body, &here);
                else if (packet.tag == PACKET_PUBLIC_KEY)
                        state = KEY_PUBLIC;
                /* the primary key tells type and bits, the barest part the state */
                if (i == 0) {
                        ret->type = here.type;
                        ret->bits = here.bits;
                }
                if (state > ret->state)
                        ret->state = state;
                ret->cut |= packet.cut;
        }
        /* "nothing private in it" is said of all the bytes or not at all */
        if (ret->state == KEY_PUBLIC && (d.n > 0 || ret->cut))
                ret->state = KEY_UNREADABLE;
}
