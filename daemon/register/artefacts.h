/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* How artefacts and findings are read from a row. Only for daemon/register. */

#include "daemon/register/query.h"

/* of `artefacts a` */
#define ARTEFACT_COLUMNS                                                                     \
        "a.id, a.workspace, a.path, a.agent, a.kind, a.evidence, a.sha256, a.size, a.owner," \
        " a.state, a.severity, a.n_findings, a.first_seen, a.last_seen"
enum artefact_column {
        ARTEFACT_ID,
        ARTEFACT_WORKSPACE,
        ARTEFACT_PATH,
        ARTEFACT_AGENT,
        ARTEFACT_KIND,
        ARTEFACT_EVIDENCE,
        ARTEFACT_SHA256,
        ARTEFACT_SIZE,
        ARTEFACT_OWNER,
        ARTEFACT_STATE,
        ARTEFACT_SEVERITY,
        ARTEFACT_FINDINGS,
        ARTEFACT_FIRST_SEEN,
        ARTEFACT_LAST_SEEN,
        ARTEFACT_N_COLUMNS
};
/* of `findings f`; in a row they follow those of its artefact */
#define FINDING_COLUMNS                                                                  \
        "f.rule, f.title, f.redacted, f.detail, f.remediation, f.fingerprint, f.class, " \
        "f.severity,"                                                                    \
        " f.confidence, f.certainty, f.line, f.col, f.end_line, f.offset, f.length, f.comment"
#define FINDING_N_COLUMNS 16

/* 0 or -ENOMEM. To be freed with reg_artefact_done(), also on failure. */
int artefact_read(struct query *q, struct reg_artefact *a);

/* Those of the artefact in that row. 0 or negative errno. */
int findings_write(struct reg *r, uint64_t artefact, const struct finding *findings, size_t n);
int findings_clear(struct reg *r, uint64_t artefact);
