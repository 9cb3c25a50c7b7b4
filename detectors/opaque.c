/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: recognising contents that cannot be looked into, so that they are told of and not passed
 * over in silence. Does not own: what is done about it. Such a file is scanned as bytes all the
 * same.
 */
#include "detectors/opaque.h"

#include <string.h>

#include "common/base/macros.h"

static const struct {
        enum reason reason;
        size_t at; /* bytes from the beginning */
        const char *bytes;
        size_t n;
} marks[] = {
        {REASON_ARCHIVE, 0, "PK\x03\x04", 4},   /* zip, jar, docx, wheel */
        {REASON_ARCHIVE, 0, "\x1f\x8b\x08", 3}, /* gzip, tgz */
        {REASON_ARCHIVE, 0, "BZh", 3},
        {REASON_ARCHIVE, 0,
         "\xfd"
         "7zXZ\x00",
         6},
        {REASON_ARCHIVE, 0, "\x28\xb5\x2f\xfd", 4}, /* zstd */
        {REASON_ARCHIVE, 0, "7z\xbc\xaf\x27\x1c", 6},
        {REASON_ARCHIVE, 0, "Rar!\x1a\x07", 6},
        {REASON_ARCHIVE, 0, "!<arch>\n", 8},
        {REASON_ARCHIVE, 257, "ustar", 5},
        {REASON_ENCRYPTED, 0, "$ANSIBLE_VAULT;", 15},
        {REASON_ENCRYPTED, 0, "age-encryption.org/v", 20},
        {REASON_ENCRYPTED, 0, "-----BEGIN AGE ENCRYPTED FILE-----", 34},
        {REASON_ENCRYPTED, 0, "-----BEGIN PGP MESSAGE-----", 27},
        {REASON_ENCRYPTED, 0, "Salted__", 8}, /* openssl enc */
        {REASON_ENCRYPTED, 0, "LUKS\xba\xbe", 6},
};

enum reason opaque_reason(const uint8_t *data, size_t n)
{
        for (size_t i = 0; i < ELEMENTSOF(marks); i++)
                if (n >= marks[i].at + marks[i].n &&
                    memcmp(data + marks[i].at, marks[i].bytes, marks[i].n) == 0)
                        return marks[i].reason;
        return REASON_NONE;
}
