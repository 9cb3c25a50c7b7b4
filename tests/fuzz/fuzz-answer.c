/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A scanner that was taken over sends any bytes for an answer. What scan_answer_check() lets
 * through is used as the monitor uses it: every text ends and can be printed, every enum has a
 * name.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/scan.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_text(const char *text, size_t size)
{
        char again[8192];
        size_t n = strnlen(text, size);

        require(n < size);
        require(strcmp(text, text_printable(again, sizeof(again), text, n)) == 0);
}

static void check_finding(const struct finding *f)
{
        check_text(f->rule, sizeof(f->rule));
        check_text(f->title, sizeof(f->title));
        check_text(f->redacted, sizeof(f->redacted));
        check_text(f->detail, sizeof(f->detail));
        check_text(f->remediation, sizeof(f->remediation));
        check_text(f->fingerprint, sizeof(f->fingerprint));
        require(finding_kind_to_string(finding_kind_of(f)) && severity_to_string(f->severity) &&
                confidence_to_string(f->confidence) && certainty_to_string(f->certainty));
}

static void check_about(const struct scan_about *about)
{
        check_text(about->command, sizeof(about->command));
        check_text(about->branch, sizeof(about->branch));
        check_text(about->commit, sizeof(about->commit));
        check_text(about->url, sizeof(about->url));
        require(about->repository <= 1 && about->container <= 1 && about->command_clean <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < sizeof(uint32_t) || size > sizeof(struct scan_answer))
                return 0;
        /* as recv() leaves it: behind the message are the bytes of an earlier one */
        struct scan_answer *answer = malloc(sizeof(*answer));
        if (!answer)
                return 0;
        memset(answer, 0xa5, sizeof(*answer));
        memcpy(answer, data, size);
        if (scan_answer_check(answer, size) == 0) {
                struct scan_result *r = &answer->result;

                check_text(r->format, sizeof(r->format));
                check_text(r->evidence, sizeof(r->evidence));
                check_text(r->shown, sizeof(r->shown));
                require(artefact_kind_to_string(r->artefact) != NULL);
                if (scan_answer_about(answer))
                        check_about(scan_answer_about(answer));
                for (unsigned i = 0; i < r->n_gaps; i++)
                        require(reason_to_string(r->gaps[i].reason) != NULL);
                for (uint32_t i = 0; i < r->n_findings; i++)
                        check_finding(&r->findings[i]);
                scan_result_sort(r);
                scan_result_add_gap(r, REASON_FINDINGS_CAPPED, 0);
                (void)scan_result_add_finding(r);
                require(scan_result_size(r) <= sizeof(*r));
        }
        free(answer);
        return 0;
}
