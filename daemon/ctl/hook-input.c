/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding in an agent's JSON what it is about to write.
 * Does not own: what then stands in the file (hook-content.c), and the answer (hook-answer.c).
 *
 * Agents name the same things differently, and add tools with each version. So nothing is asked of a
 * tool's name: arguments that name a file and say what is to be in it are a file that is written,
 * whichever tool takes them, also one of an MCP server.
 */
#include <cjson/cJSON.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "daemon/ctl/hook.h"

/* each list in the order in which it is tried */
static const char *const event_keys[] = {"hook_event_name", "hookEventName", "agent_action_name",
                                         "hookName", NULL};
static const char *const argument_keys[] = {"tool_input", "toolInput", "toolArgs", "tool_args",
                                            "tool_info",  "toolInfo",  NULL};
static const char *const directory_keys[] = {"cwd", "workingDirectory", "working_directory", NULL};
static const char *const path_keys[] = {"file_path",   "filePath",      "path", "notebook_path",
                                        "target_file", "absolute_path", NULL};
static const char *const content_keys[] = {"content",    "contents",  "file_text", "fileText",
                                           "new_source", "newSource", NULL};
static const char *const old_keys[] = {"old_string", "oldString", "old_str", "oldStr",
                                       "old_text",   "oldText",   NULL};
static const char *const new_keys[] = {"new_string", "newString", "new_str", "newStr",
                                       "new_text",   "newText",   NULL};
static const char *const all_keys[] = {"replace_all", "replaceAll", "allow_multiple", NULL};
static const char *const command_keys[] = {"command", "command_line", "commandLine", "cmd", NULL};
static const char *const patch_keys[] = {"patch", "input", "patchText", NULL};

#define PATCH_BEGIN "*** Begin Patch"

/* --- the list ----------------------------------------------------------------------------------- */

struct hook_proposal *hook_input_add(struct hook_input *in)
{
        struct hook_proposal *list = in->n < HOOK_PROPOSALS_MAX
                                             ? reallocarray(in->proposals, in->n + 1, sizeof(*list))
                                             : NULL;

        if (!list)
                return NULL;
        in->proposals = list;
        list[in->n] = (struct hook_proposal){0};
        return &list[in->n++];
}

struct hook_edit *hook_proposal_add_edit(struct hook_proposal *p)
{
        struct hook_edit *list = p->n_edits < HOOK_EDITS_MAX
                                         ? reallocarray(p->edits, p->n_edits + 1, sizeof(*list))
                                         : NULL;

        if (!list)
                return NULL;
        p->edits = list;
        list[p->n_edits] = (struct hook_edit){0};
        return &list[p->n_edits++];
}

void hook_input_done(struct hook_input *in)
{
        for (size_t i = 0; i < in->n; i++) {
                struct hook_proposal *p = &in->proposals[i];

                for (size_t k = 0; k < p->n_edits; k++) {
                        free(p->edits[k].old_text);
                        free(p->edits[k].new_text);
                }
                free(p->edits);
                free(p->path);
                free(p->content);
        }
        free(in->proposals);
        free(in->event);
        free(in->directory);
        *in = (struct hook_input){0};
}

/* --- JSON --------------------------------------------------------------------------------------- */

/* The first of these members that is there, or NULL. */
static const cJSON *member(const cJSON *object, const char *const *keys)
{
        const cJSON *found = NULL;

        for (; !found && *keys; keys++)
                found = cJSON_GetObjectItemCaseSensitive(object, *keys);
        return found;
}

static const char *text(const cJSON *object, const char *const *keys)
{
        return cJSON_GetStringValue(member(object, keys));
}

/* NUL would end a text before its end, and hide what stands behind it: it becomes a space. */
static void replace_nuls(char *json, size_t n)
{
        static const char nul[] = "\\u0000";
        size_t backslashes = 0;

        for (size_t i = 0; i + sizeof(nul) - 1 <= n; i++) {
                /* a backslash that another one escapes begins nothing */
                if (json[i] == '\\' && backslashes % 2 == 0 &&
                    memcmp(json + i, nul, sizeof(nul) - 1) == 0)
                        json[i + 4] = '2';
                backslashes = json[i] == '\\' ? backslashes + 1 : 0;
        }
}

static int fail(char error[static HOOK_ERROR_MAX], const char *why)
{
        (void)snprintf(error, HOOK_ERROR_MAX, "%s", why);
        return -EBADMSG;
}

static int take_text(char **dst, const char *s)
{
        *dst = strdup(s ? s : "");
        return *dst ? 0 : -ENOMEM;
}

/* A command may be one text, or a list of words. */
static int join_words(char **ret, const cJSON *command)
{
        _cleanup_buffer_ struct buffer line = BUFFER_NULL;
        const cJSON *word;

        if (cJSON_IsString(command))
                return take_text(ret, command->valuestring);
        cJSON_ArrayForEach(word, command)
        {
                if (!cJSON_IsString(word))
                        continue;
                if (line.len > 0)
                        buffer_putc(&line, ' ');
                buffer_puts(&line, word->valuestring);
        }
        return buffer_take(&line, ret);
}

/* --- proposals ---------------------------------------------------------------------------------- */

static int add_edit(struct hook_proposal *p, const cJSON *edit)
{
        const cJSON *all = member(edit, all_keys);
        const char *new_text = text(edit, new_keys);

        if (!new_text)
                return 0;
        struct hook_edit *e = hook_proposal_add_edit(p);
        if (!e)
                return p->n_edits >= HOOK_EDITS_MAX ? -E2BIG : -ENOMEM;
        e->all = cJSON_IsTrue(all);
        int k = take_text(&e->old_text, text(edit, old_keys));
        return k < 0 ? k : take_text(&e->new_text, new_text);
}

/* Whether these arguments say what is to be in a file. */
static bool writes(const cJSON *arguments)
{
        return text(arguments, content_keys) || text(arguments, new_keys) ||
               cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(arguments, "edits"));
}

static int add_file(struct hook_input *in, const char *path, const cJSON *arguments)
{
        const char *content = text(arguments, content_keys);
        const cJSON *edit;
        struct hook_proposal *p = hook_input_add(in);

        if (!p)
                return in->n >= HOOK_PROPOSALS_MAX ? -E2BIG : -ENOMEM;
        int k = take_text(&p->path, path);
        if (k == 0 && content)
                return take_text(&p->content, content);
        if (k == 0)
                k = add_edit(p, arguments);
        cJSON_ArrayForEach(edit, cJSON_GetObjectItemCaseSensitive(arguments, "edits")) if (k == 0)
                k = add_edit(p, edit);
        return k;
}

static int add_command(struct hook_input *in, const cJSON *command)
{
        _cleanup_free_ char *line = NULL;
        int k = join_words(&line, command);

        if (k < 0 || *line == '\0')
                return k;
        const char *patch = strstr(line, PATCH_BEGIN);
        if (patch && (patch == line || strncmp(line, "apply_patch", 11) == 0))
                return hook_patch_read(in, patch);
        struct hook_proposal *p = hook_input_add(in);
        if (!p)
                return in->n >= HOOK_PROPOSALS_MAX ? -E2BIG : -ENOMEM;
        p->content = take_ptr(&line);
        return 0;
}

static int add_proposals(struct hook_input *in, const cJSON *arguments)
{
        const char *path = text(arguments, path_keys), *patch = text(arguments, patch_keys);
        const cJSON *command = member(arguments, command_keys);

        /* beside a path `command` is what is done to the file */
        if (path)
                return writes(arguments) ? add_file(in, path, arguments) : 0;
        if (patch && strncmp(patch, PATCH_BEGIN, strlen(PATCH_BEGIN)) == 0)
                return hook_patch_read(in, patch);
        return command ? add_command(in, command) : 0;
}

static bool has_word(const char *event, const char *word)
{
        return strcasestr(event, word);
}

/* Some send the arguments as the text of another JSON: that one, owned by the caller, or NULL. */
static cJSON *parse_inner(const cJSON *arguments)
{
        _cleanup_free_ char *json =
                cJSON_IsString(arguments) ? strdup(arguments->valuestring) : NULL;

        if (!json)
                return NULL;
        replace_nuls(json, strlen(json));
        return cJSON_Parse(json);
}

static int read_event(struct hook_input *ret, const cJSON *root)
{
        const cJSON *arguments = member(root, argument_keys);
        const char *directory = text(root, directory_keys);
        int k = take_text(&ret->event, text(root, event_keys));

        if (!arguments)
                arguments = root;
        cJSON *inner = parse_inner(arguments);
        if (inner)
                arguments = inner;
        if (!directory)
                directory = text(arguments, directory_keys);
        if (k == 0)
                k = take_text(&ret->directory, directory);
        if (k == 0) {
                ret->written = strncasecmp(ret->event, "post", 4) == 0 ||
                               strncasecmp(ret->event, "after", 5) == 0;
                /* what is read, and what a person types, is not written */
                if (!has_word(ret->event, "read") && !has_word(ret->event, "prompt"))
                        k = add_proposals(ret, arguments);
        }
        cJSON_Delete(inner);
        return k;
}

int hook_input_read(struct hook_input *ret, char *json, size_t n, char error[static HOOK_ERROR_MAX])
{
        *ret = (struct hook_input){0};
        *error = '\0';
        replace_nuls(json, n);
        cJSON *root = cJSON_ParseWithLength(json, n);
        if (!root)
                return fail(error, n == 0 ? "standard input is empty; the agent sends JSON there"
                                          : "standard input is not JSON");
        if (!cJSON_IsObject(root)) {
                cJSON_Delete(root);
                return fail(error, "standard input is JSON, but no object");
        }
        int k = read_event(ret, root);
        cJSON_Delete(root);
        if (k == -E2BIG)
                return fail(error, "more files or changes in one event than are looked at");
        return k;
}
