/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Metrics for Prometheus: as the method Metrics answers them, and written to a file for a textfile
 * collector.
 */

#include "common/base/buffer.h"
#include "daemon/manager.h"

struct control_call;

/* Appends all metrics in the text exposition format. states: artefacts in the register by state. */
void metrics_describe(const struct manager *m, const uint64_t states[static _REG_STATE_MAX],
                      struct buffer *out);

/* metrics-output.c: the numbers of the register are asked for in the storer, then all are taken. */

/* Answers a call of Metrics, later. */
void metrics_answer(struct manager *m, struct control_call *call);
/* The configuration says whether and how often a file is written: the first one soon. Called again
 * after a reload. What cannot be written is told like an output that is down. */
int metrics_output_apply(struct manager *m);
/* Nothing is written any more, and the file goes: what is in it would be taken for the present. */
void metrics_output_stop(struct manager *m);
