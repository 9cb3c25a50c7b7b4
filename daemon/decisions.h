/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

struct control_call;
struct control_peer;

/*
 * The methods that decide: release and purge. Who may is DESIGN §10: root or a member of the
 * deciding group, and never the writer: not a peer with the writer's uid or login uid. Where no
 * login uid is set, only root. Signatures as control_method.call; userdata is the manager.
 */
void decisions_release(void *userdata, struct control_call *call, const struct control_peer *peer,
                       const cJSON *parameters, bool more);
void decisions_purge(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more);
