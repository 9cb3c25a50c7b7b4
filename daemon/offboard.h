/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What nobody answers for any more (OWASP NHI1, improper offboarding) is told, once: approvals that have ended, and artefacts that are
 * there while their workspace or their owner's account is not. An account is gone if its uid is below 60001 and has no name: those above
 * are given to services and containers while they run (systemd's and Debian's ranges). All from the loop.
 */

struct manager;
struct workspace;

/* Approvals that have ended and were not told of; those that ended longer ago than entries are kept (quarantine.retention) go. */
void offboard_approvals(struct manager *m);
/* Artefacts of workspaces and owners that are gone; copies that no version refers to. */
void offboard_artefacts(struct manager *m);
/* It was looked through just now: what the register has of it and is not there is gone. */
void offboard_workspace(struct manager *m, const struct workspace *ws);
