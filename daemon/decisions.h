/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

struct control_call;
struct control_peer;

/*
 * The methods that decide: about what is in quarantine, and about artefacts. Who may is rights.h. Signatures as
 * control_method.call; userdata is the manager.
 */
void decisions_release(void *userdata, struct control_call *call, const struct control_peer *peer,
                       const cJSON *parameters, bool more);
void decisions_purge(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more);
void decisions_approve(void *userdata, struct control_call *call, const struct control_peer *peer,
                       const cJSON *parameters, bool more);
void decisions_reject(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more);
void decisions_rollback(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more);
/* Lists the approvals and rejections: () -> (approvals: []object) */
void decisions_list(void *userdata, struct control_call *call, const struct control_peer *peer,
                    const cJSON *parameters, bool more);
void decisions_revoke(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more);
