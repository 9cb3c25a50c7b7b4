/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the answers that agents understand, and which exit status goes with each.
 *
 * Nothing is said of what may be written: in several agents an explicit yes would also answer the
 * question that they ask the person.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "daemon/ctl/hook.h"

#define EXIT_BLOCK 2 /* "do not go on, and show the agent what stands on standard error" */

static const struct hook_agent agents[] = {
#define HOOK_AGENT(name, answer, asks, told, failed) {name, HOOK_##answer, asks, told, failed},
#include "daemon/ctl/hook-agents.def"
#undef HOOK_AGENT
};

const struct hook_agent *hook_agent_at(size_t i)
{
        return i < ELEMENTSOF(agents) ? &agents[i] : NULL;
}

enum hook_decision hook_decision_of(const struct verdict *v)
{
        switch (v->action) {
        case ACTION_QUARANTINE:
        case ACTION_ROLLBACK:
                return HOOK_DENY;
        case ACTION_REQUIRE_APPROVAL:
                return HOOK_ASK;
        default:
                return HOOK_ALLOW;
        }
}

const char *hook_decision_name(enum hook_decision decision)
{
        static const char *const names[] = {"allow", "ask", "deny"};

        return names[decision];
}

static int print(cJSON *answer)
{
        ctl_print_json(answer);
        cJSON_Delete(answer);
        return EXIT_OK;
}

static int answer_claude(const struct hook_input *in, enum hook_decision decision,
                         const char *message)
{
        cJSON *o = cJSON_CreateObject();

        if (in->written && decision != HOOK_ALLOW) {
                (void)cJSON_AddStringToObject(o, "decision", "block");
                (void)cJSON_AddStringToObject(o, "reason", message);
                return print(o);
        }
        cJSON *out = cJSON_AddObjectToObject(o, "hookSpecificOutput");
        (void)cJSON_AddStringToObject(out, "hookEventName",
                                      in->event && *in->event ? in->event : "PreToolUse");
        if (decision == HOOK_ALLOW) {
                (void)cJSON_AddStringToObject(out, "additionalContext", message);
        } else {
                (void)cJSON_AddStringToObject(out, "permissionDecision",
                                              hook_decision_name(decision));
                (void)cJSON_AddStringToObject(out, "permissionDecisionReason", message);
        }
        return print(o);
}

static int answer_copilot(enum hook_decision decision, const char *message)
{
        cJSON *o = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(o, "permissionDecision", hook_decision_name(decision));
        (void)cJSON_AddStringToObject(o, "permissionDecisionReason", message);
        return print(o);
}

static int answer_cursor(const struct hook_input *in, enum hook_decision decision,
                         const char *message)
{
        cJSON *o = cJSON_CreateObject();

        if (in->written) {
                (void)cJSON_AddStringToObject(o, "additional_context", message);
                return print(o);
        }
        /* before a tool is used it asks nobody */
        if (in->event && strcmp(in->event, "preToolUse") == 0)
                decision = HOOK_DENY;
        (void)cJSON_AddStringToObject(o, "permission", hook_decision_name(decision));
        (void)cJSON_AddStringToObject(o, "user_message",
                                      "giad: policy does not let this stay as it is");
        (void)cJSON_AddStringToObject(o, "agent_message", message);
        return print(o);
}

static int answer_gemini(enum hook_decision decision, const char *message)
{
        cJSON *o = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(o, "decision", hook_decision_name(decision));
        (void)cJSON_AddStringToObject(o, "reason", message);
        return print(o);
}

int hook_answer(const struct hook_agent *agent, const struct hook_input *in,
                enum hook_decision decision, const char *message)
{
        if (decision == HOOK_ALLOW && (!agent->told || *message == '\0'))
                return EXIT_OK;
        if (decision == HOOK_ASK && !agent->asks)
                decision = HOOK_DENY;
        switch (agent->answer) {
        case HOOK_CLAUDE:
                return answer_claude(in, decision, message);
        case HOOK_COPILOT:
                return answer_copilot(decision, message);
        case HOOK_CURSOR:
                return answer_cursor(in, decision, message);
        case HOOK_GEMINI:
                return answer_gemini(decision, message);
        default:
                (void)fputs(message, stderr);
                return EXIT_BLOCK;
        }
}
