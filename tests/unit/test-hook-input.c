/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What agents' hooks send, as each of them writes it, and what nobody should.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/hook.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

struct input {
        struct hook_input in;
        char error[HOOK_ERROR_MAX];
};

static int read_json(struct input *i, const char *json)
{
        _cleanup_free_ char *copy = strdup(json);

        assert_non_null(copy);
        return hook_input_read(&i->in, copy, strlen(copy), i->error);
}

/* An event with one file that is written whole. */
static void assert_content(const char *json, const char *path, const char *content)
{
        struct input i;

        assert_int_equal(read_json(&i, json), 0);
        assert_int_equal(i.in.n, 1);
        assert_string_equal(i.in.proposals[0].path, path);
        assert_non_null(i.in.proposals[0].content);
        assert_string_equal(i.in.proposals[0].content, content);
        hook_input_done(&i.in);
}

static void assert_edit(const char *json, const char *path, const char *old_text,
                        const char *new_text, bool all)
{
        struct input i;

        assert_int_equal(read_json(&i, json), 0);
        assert_int_equal(i.in.n, 1);
        assert_string_equal(i.in.proposals[0].path, path);
        assert_null(i.in.proposals[0].content);
        assert_true(i.in.proposals[0].n_edits > 0);
        assert_string_equal(i.in.proposals[0].edits[0].old_text, old_text);
        assert_string_equal(i.in.proposals[0].edits[0].new_text, new_text);
        assert_int_equal(i.in.proposals[0].edits[0].all, all);
        hook_input_done(&i.in);
}

static void assert_command(const char *json, const char *command)
{
        struct input i;

        assert_int_equal(read_json(&i, json), 0);
        assert_int_equal(i.in.n, 1);
        assert_null(i.in.proposals[0].path);
        assert_string_equal(i.in.proposals[0].content, command);
        hook_input_done(&i.in);
}

static void assert_nothing(const char *json)
{
        struct input i;

        assert_int_equal(read_json(&i, json), 0);
        assert_int_equal(i.in.n, 0);
        hook_input_done(&i.in);
}

static void assert_refused(const char *json, const char *why)
{
        struct input i;

        assert_int_equal(read_json(&i, json), -EBADMSG);
        if (!strstr(i.error, why))
                fail_msg("%s", i.error);
        hook_input_done(&i.in);
}

static void claude_code_is_understood(void **state)
{
        (void)state;
        assert_content("{\"session_id\":\"s\",\"cwd\":\"/w\",\"hook_event_name\":\"PreToolUse\","
                       "\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"/w/a\",\"content\":"
                       "\"x\\ny\"}}",
                       "/w/a", "x\ny");
        assert_edit("{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Edit\",\"tool_input\":"
                    "{\"file_path\":\"/w/a\",\"old_string\":\"b\",\"new_string\":\"c\","
                    "\"replace_all\":true}}",
                    "/w/a", "b", "c", true);
        assert_edit(
                "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"MultiEdit\",\"tool_input\":"
                "{\"file_path\":\"/w/a\",\"edits\":[{\"old_string\":\"b\",\"new_string\":\"c\"},"
                "{\"old_string\":\"d\",\"new_string\":\"e\"}]}}",
                "/w/a", "b", "c", false);
        assert_content("{\"tool_name\":\"NotebookEdit\",\"tool_input\":{\"notebook_path\":"
                       "\"/w/a.ipynb\",\"new_source\":\"x\"}}",
                       "/w/a.ipynb", "x");
        assert_command("{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\","
                       "\"description\":\"d\"}}",
                       "ls");
        assert_nothing("{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Read\",\"tool_input\":"
                       "{\"file_path\":\"/w/a\"}}");
        assert_nothing("{\"hook_event_name\":\"SessionStart\",\"source\":\"startup\"}");
        assert_nothing(
                "{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"x\",\"content\":\"y\","
                "\"path\":\"z\"}");
}

static void others_are_understood(void **state)
{
        (void)state;
        /* Cursor */
        assert_edit(
                "{\"hook_event_name\":\"afterFileEdit\",\"workspace_roots\":[\"/w\"],"
                "\"file_path\":\"/w/a\",\"edits\":[{\"old_string\":\"b\",\"new_string\":\"c\"}]}",
                "/w/a", "b", "c", false);
        assert_command("{\"hook_event_name\":\"beforeShellExecution\",\"command\":\"ls\",\"cwd\":"
                       "\"/w\"}",
                       "ls");
        assert_nothing("{\"hook_event_name\":\"beforeReadFile\",\"file_path\":\"/w/a\",\"content\":"
                       "\"x\"}");
        /* Gemini CLI */
        assert_content("{\"hook_event_name\":\"BeforeTool\",\"tool_name\":\"write_file\","
                       "\"tool_input\":{\"file_path\":\"a\",\"content\":\"x\"}}",
                       "a", "x");
        assert_edit("{\"hook_event_name\":\"BeforeTool\",\"tool_name\":\"replace\",\"tool_input\":"
                    "{\"file_path\":\"a\",\"old_string\":\"b\",\"new_string\":\"c\","
                    "\"allow_multiple\":true}}",
                    "a", "b", "c", true);
        /* Copilot: the arguments are a text */
        assert_content("{\"timestamp\":1,\"cwd\":\"/w\",\"toolName\":\"create\",\"toolArgs\":"
                       "\"{\\\"path\\\":\\\"/w/a\\\",\\\"file_text\\\":\\\"x\\\"}\"}",
                       "/w/a", "x");
        assert_command("{\"toolName\":\"bash\",\"toolArgs\":\"{\\\"command\\\":\\\"ls\\\"}\"}",
                       "ls");
        assert_nothing("{\"toolName\":\"bash\",\"toolArgs\":\"no JSON\"}");
        /* Windsurf */
        assert_edit(
                "{\"agent_action_name\":\"pre_write_code\",\"tool_info\":{\"file_path\":\"/w/a\","
                "\"edits\":[{\"old_string\":\"\",\"new_string\":\"c\"}]}}",
                "/w/a", "", "c", false);
        assert_command("{\"agent_action_name\":\"pre_run_command\",\"tool_info\":{\"command_line\":"
                       "\"ls\",\"cwd\":\"/w\"}}",
                       "ls");
        /* Kiro: beside a path, a command is no command */
        assert_content(
                "{\"hook_event_name\":\"preToolUse\",\"tool_name\":\"fs_write\","
                "\"tool_input\":{\"command\":\"create\",\"path\":\"/w/a\",\"file_text\":\"x\"}}",
                "/w/a", "x");
        assert_edit("{\"tool_input\":{\"command\":\"append\",\"path\":\"/w/a\",\"new_str\":\"x\"}}",
                    "/w/a", "", "x", false);
        /* a server of the Model Context Protocol */
        assert_edit("{\"tool_name\":\"mcp__files__edit_file\",\"tool_input\":{\"path\":\"a\","
                    "\"edits\":[{\"oldText\":\"b\",\"newText\":\"c\"}]}}",
                    "a", "b", "c", false);
        /* Codex: a list of words */
        assert_command(
                "{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":[\"bash\",\"-lc\",\"ls\"]}}",
                "bash -lc ls");
}

static void event_and_directory_are_read(void **state)
{
        struct input i;

        (void)state;
        assert_int_equal(read_json(&i, "{\"hook_event_name\":\"PostToolUse\",\"cwd\":\"/w\"}"), 0);
        assert_string_equal(i.in.event, "PostToolUse");
        assert_string_equal(i.in.directory, "/w");
        assert_true(i.in.written);
        hook_input_done(&i.in);
        assert_int_equal(read_json(&i, "{\"agent_action_name\":\"post_write_code\"}"), 0);
        assert_true(i.in.written);
        hook_input_done(&i.in);
        assert_int_equal(read_json(&i, "{\"hook_event_name\":\"AfterTool\"}"), 0);
        assert_true(i.in.written);
        hook_input_done(&i.in);
        assert_int_equal(read_json(&i,
                                   "{\"hook_event_name\":\"BeforeTool\",\"tool_input\":{\"cwd\":"
                                   "\"/x\"}}"),
                         0);
        assert_false(i.in.written);
        assert_string_equal(i.in.directory, "/x");
        hook_input_done(&i.in);
        assert_int_equal(read_json(&i, "{}"), 0);
        assert_string_equal(i.in.event, "");
        assert_string_equal(i.in.directory, "");
        hook_input_done(&i.in);
}

/* --- patches ------------------------------------------------------------------------------------ */

static void patch_is_files_and_edits(void **state)
{
        struct input i;

        (void)state;
        assert_int_equal(
                read_json(&i,
                          "{\"tool_name\":\"apply_patch\",\"tool_input\":{\"command\":\"*** Begin "
                          "Patch\\n*** Add File: new.env\\n+A=1\\n+\\n+B=2\\n*** Update File: "
                          "src/old.py\\n*** Move to: src/moved.py\\n@@ def f():\\n a\\n-b\\n+c\\n "
                          "d\\n@@\\n-e\\n+f\\n*** End of File\\n*** Delete File: gone\\n*** End "
                          "Patch\\n\"}}"),
                0);
        assert_int_equal(i.in.n, 2);
        assert_string_equal(i.in.proposals[0].path, "new.env");
        assert_string_equal(i.in.proposals[0].content, "A=1\n\nB=2\n");
        const struct hook_proposal *p = &i.in.proposals[1];
        assert_string_equal(p->path, "src/moved.py");
        assert_null(p->content);
        assert_int_equal(p->n_edits, 2);
        assert_string_equal(p->edits[0].old_text, "a\nb\nd\n");
        assert_string_equal(p->edits[0].new_text, "a\nc\nd\n");
        assert_string_equal(p->edits[1].old_text, "e\n");
        assert_string_equal(p->edits[1].new_text, "f\n");
        hook_input_done(&i.in);
}

static void patch_within_a_command_is_a_patch(void **state)
{
        (void)state;
        assert_content("{\"tool_input\":{\"command\":[\"apply_patch\",\"*** Begin Patch\\n*** Add "
                       "File: a\\n+x\\n*** End Patch\"]}}",
                       "a", "x\n");
        assert_content(
                "{\"tool_input\":{\"input\":\"*** Begin Patch\\n*** Add File: a\\r\\n+x\\r\\n\"}}",
                "a", "x\n");
        /* but not everything that speaks of one */
        assert_command("{\"tool_input\":{\"command\":\"echo '*** Begin Patch'\"}}",
                       "echo '*** Begin Patch'");
        assert_nothing(
                "{\"tool_input\":{\"input\":\"*** Begin Patch\\n+x\\n@@\\n y\\n*** Move to: z\"}}");
}

/* --- what nobody should send -------------------------------------------------------------------- */

static void what_is_no_event_is_refused(void **state)
{
        (void)state;
        assert_refused("", "is empty");
        assert_refused("{", "is not JSON");
        assert_refused("{\"a\":\"\x01\"", "is not JSON");
        assert_refused("[]", "no object");
        assert_refused("\"x\"", "no object");
        assert_refused("null", "no object");
}

static void wrong_types_are_nothing(void **state)
{
        (void)state;
        assert_nothing("{\"tool_input\":7}");
        assert_nothing("{\"tool_input\":null}");
        assert_nothing("{\"tool_input\":{\"file_path\":7,\"content\":\"x\"}}");
        assert_nothing("{\"tool_input\":{\"file_path\":\"a\",\"content\":{}}}");
        assert_nothing("{\"tool_input\":{\"command\":{}}}");
        assert_nothing("{\"tool_input\":{\"command\":[7,{}]}}");
        assert_nothing("{\"tool_input\":{\"command\":\"\"}}");
        assert_nothing("{\"hook_event_name\":[],\"cwd\":{}}");
}

static void nul_does_not_end_what_is_looked_at(void **state)
{
        (void)state;
        assert_content("{\"tool_input\":{\"path\":\"a\",\"content\":\"x\\u0000y\"}}", "a", "x y");
        assert_content("{\"tool_input\":{\"path\":\"a\",\"content\":\"x\\\\u0000y\"}}", "a",
                       "x\\u0000y");
        assert_content("{\"tool_input\":{\"path\":\"a\",\"content\":\"x\\\\\\u0000y\"}}", "a",
                       "x\\ y");
        assert_content("{\"tool_input\":{\"path\":\"a\",\"content\":\"\\u0000\\u0000\"}}", "a",
                       "  ");
        assert_content(
                "{\"toolArgs\":\"{\\\"path\\\":\\\"a\\\",\\\"content\\\":\\\"x\\\\u0000y\\\"}\"}",
                "a", "x y");
}

static void too_much_in_one_event_is_refused(void **state)
{
        struct buffer json = BUFFER_NULL;

        (void)state;
        buffer_puts(&json, "{\"tool_input\":{\"path\":\"a\",\"edits\":[");
        for (unsigned i = 0; i <= HOOK_EDITS_MAX; i++)
                buffer_puts(&json, i ? ",{\"new_string\":\"x\"}" : "{\"new_string\":\"x\"}");
        buffer_puts(&json, "]}}");
        assert_refused(json.data, "more files or changes");
        buffer_reset(&json);
        buffer_puts(&json, "{\"tool_input\":{\"patch\":\"*** Begin Patch\\n");
        for (unsigned i = 0; i <= HOOK_PROPOSALS_MAX; i++)
                buffer_puts(&json, "*** Add File: a\\n+x\\n");
        buffer_puts(&json, "\"}}");
        assert_refused(json.data, "more files or changes");
        buffer_done(&json);
}

static void want_of_memory_is_told(void **state)
{
        static const char json[] =
                "{\"hook_event_name\":\"PreToolUse\",\"cwd\":\"/"
                "w\",\"tool_input\":{\"patch\":\"*** "
                "Begin Patch\\n*** Add File: a\\n+x\\n*** Update File: b\\n@@\\n-y\\n+z\\n\"}}";
        long n = 0;

        (void)state;
        for (;; n++) {
                char copy[sizeof(json)];
                struct input i;

                memcpy(copy, json, sizeof(json));
                fail_alloc.failed = false;
                fail_alloc.left = n;
                int k = hook_input_read(&i.in, copy, sizeof(json) - 1, i.error);
                fail_alloc.left = -1;
                bool failed = fail_alloc.failed;
                hook_input_done(&i.in);
                if (!failed) {
                        assert_int_equal(k, 0);
                        break;
                }
                /* cJSON does not tell want of memory from what it cannot read */
                assert_true(k == -ENOMEM || k == -EBADMSG);
        }
        assert_true(n > 5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(claude_code_is_understood),
                cmocka_unit_test(others_are_understood),
                cmocka_unit_test(event_and_directory_are_read),
                cmocka_unit_test(patch_is_files_and_edits),
                cmocka_unit_test(patch_within_a_command_is_a_patch),
                cmocka_unit_test(what_is_no_event_is_refused),
                cmocka_unit_test(wrong_types_are_nothing),
                cmocka_unit_test(nul_does_not_end_what_is_looked_at),
                cmocka_unit_test(too_much_in_one_event_is_refused),
                cmocka_unit_test(want_of_memory_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
