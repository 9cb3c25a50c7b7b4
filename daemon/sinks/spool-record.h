/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Records of a spool's file, one behind the other:
 *
 *      bytes  what                              all numbers in the host's byte order
 *      4      SPOOL_RECORD_MAGIC
 *      4      size of the payload in bytes
 *      8      number: counts all records of the spool
 *      8      sequence number of the event
 *      4      index: counts the records of this file, from 0
 *      4      0
 *      8      checksum of the payload
 *      8      checksum of the 40 bytes before
 *      size   payload: the event's native JSON and a newline
 *
 * The checksum is FNV-1a of 64 bits: it tells what was damaged, not what was forged.
 */

#include <stdint.h>

#include "common/base/buffer.h"
#include "common/model/event.h"

#define SPOOL_RECORD_MAGIC UINT32_C(0x31525347) /* "GSR1" in the bytes of a little-endian host */
#define SPOOL_RECORD_HEAD ((size_t)48)
/* a payload is never larger; an event with every field at its longest is not */
#define SPOOL_PAYLOAD_MAX ((size_t)1 << 20)

struct spool_record {
        uint64_t number, seq;
        uint32_t index;
        uint32_t size; /* of the payload */
};

uint64_t spool_checksum(const void *data, size_t n);

/* Puts the payload of an event behind room for its head into out, which is emptied first. Returns 0,
 * -ENOMEM or -ENOBUFS. */
int spool_record_make(struct buffer *out, const struct event *e);
/* Fills the head in; the size is taken from out, the rest from r. */
void spool_record_seal(struct buffer *out, const struct spool_record *r);

/* Reads a file of records. */
struct spool_scan {
        int fd;         /* borrowed */
        uint64_t at;    /* where the next record is looked for, in bytes */
        uint64_t end;   /* of what has been written */
        uint32_t index; /* that the next one should have */
        char *payload;  /* of the record that was read last, with a NUL behind it */
        size_t alloc;
};
#define SPOOL_SCAN_NULL ((struct spool_scan){.fd = -1})
void spool_scan_done(struct spool_scan *s);

/* The next good record. *ret_damaged: how many were lost before it, or before the end, because they
 * were damaged (at least so many, at the end). Returns 1; 0: there are no more; negative errno: the
 * file cannot be read, or memory is out; then the same record is read by the next call. */
int spool_scan_next(struct spool_scan *s, struct spool_record *ret, uint32_t *ret_damaged);
