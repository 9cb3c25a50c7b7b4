/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Signed approvals (daemon/signed/) come into force: at the start, before anything is judged, and at each reload. */

struct manager;

/* Reads them now, and waits for it. */
void signatures_load(struct manager *m);
/* Reads them in the storer's thread, then changes over, and looks again at what that may change. */
void signatures_reload(struct manager *m);
