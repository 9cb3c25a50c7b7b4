/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the SARIF log of one run of giactl scan.
 * Does not own: scanning, and writing the log out.
 *
 * Each rule that found something stands once in tool.driver.rules, with what its class says;
 * results name it by index. Fingerprints have no line in them, so that a baseline survives edits.
 */
#include "daemon/ctl/sarif.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/enums.h"

struct sarif {
        cJSON *log, *run; /* the log owns all that follows */
        cJSON *rules, *results, *notifications;
};

static cJSON *add_text(cJSON *to, const char *key, const char *text)
{
        cJSON *o = cJSON_AddObjectToObject(to, key);

        (void)cJSON_AddStringToObject(o, "text", text);
        return o;
}

struct sarif *sarif_new(void)
{
        struct sarif *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->log = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(s->log, "$schema",
                                      "https://json.schemastore.org/sarif-2.1.0.json");
        (void)cJSON_AddStringToObject(s->log, "version", "2.1.0");
        s->run = cJSON_CreateObject();
        (void)cJSON_AddItemToArray(cJSON_AddArrayToObject(s->log, "runs"), s->run);
        cJSON *driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(s->run, "tool"), "driver");
        (void)cJSON_AddStringToObject(driver, "name", "giad");
        (void)cJSON_AddStringToObject(driver, "fullName", "Generated Identity Artefact Daemon");
        (void)cJSON_AddStringToObject(driver, "semanticVersion", PACKAGE_VERSION);
        s->rules = cJSON_AddArrayToObject(driver, "rules");
        (void)cJSON_AddStringToObject(s->run, "columnKind", "unicodeCodePoints");
        s->results = cJSON_AddArrayToObject(s->run, "results");
        s->notifications = cJSON_CreateArray();
        if (s->results && s->rules && s->notifications)
                return s;
        return sarif_free(s);
}

struct sarif *sarif_free(struct sarif *s)
{
        if (!s)
                return NULL;
        cJSON_Delete(s->log);
        cJSON_Delete(s->notifications);
        free(s);
        return NULL;
}

static const char *level_of(int severity)
{
        return severity >= SEVERITY_HIGH     ? "error"
               : severity == SEVERITY_MEDIUM ? "warning"
                                             : "note";
}

/* "NHI5:2025 CSF:PR.AA-05 …" → tags */
static void add_tags(cJSON *properties, const struct class_info *class)
{
        cJSON *tags = cJSON_AddArrayToObject(properties, "tags");

        (void)cJSON_AddItemToArray(tags, cJSON_CreateString("security"));
        (void)cJSON_AddItemToArray(tags,
                                   cJSON_CreateString(finding_kind_to_string((int)class->kind)));
        for (const char *s = class->refs; *s;) {
                size_t n = strcspn(s, " ");
                char tag[64];

                (void)snprintf(tag, sizeof(tag), "%.*s", (int)n, s);
                (void)cJSON_AddItemToArray(tags, cJSON_CreateString(tag));
                s += n + strspn(s + n, " ");
        }
}

static int rule_index(struct sarif *s, const struct finding *f)
{
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        const cJSON *known;
        char score[8];
        int i = 0;

        cJSON_ArrayForEach(known, s->rules)
        {
                if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(known, "id")),
                           f->rule) == 0)
                        return i;
                i++;
        }
        cJSON *rule = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(rule, "id", f->rule);
        (void)add_text(rule, "shortDescription", f->title);
        (void)add_text(rule, "fullDescription", class->meaning);
        (void)add_text(rule, "help", *f->remediation ? f->remediation : class->meaning);
        (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "defaultConfiguration"),
                                      "level", level_of(f->severity));
        cJSON *properties = cJSON_AddObjectToObject(rule, "properties");
        /* 0.0 to 10.0, as code-scanning services sort by it */
        (void)snprintf(score, sizeof(score), "%.1f", severity_score(f->severity) / 10.0);
        (void)cJSON_AddStringToObject(properties, "security-severity", score);
        add_tags(properties, class);
        (void)cJSON_AddItemToArray(s->rules, rule);
        return i;
}

/* RFC 3986: what is not unreserved is percent-encoded, but for the slashes. */
static void path_to_uri(const char *path, char *uri, size_t size)
{
        static const char unreserved[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
        size_t n = 0;

        if (*path == '/')
                n = (size_t)snprintf(uri, size, "file://");
        for (; *path && n + 4 < size; path++) {
                if (strchr(unreserved, *path))
                        uri[n++] = *path;
                else
                        n += (size_t)snprintf(uri + n, size - n, "%%%02X", (unsigned char)*path);
        }
        uri[n] = '\0';
}

static void add_location(cJSON *to, const char *path, const struct finding *f)
{
        cJSON *physical, *location = cJSON_CreateObject();
        char uri[8192];

        path_to_uri(path, uri, sizeof(uri));
        physical = cJSON_AddObjectToObject(location, "physicalLocation");
        (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(physical, "artifactLocation"), "uri",
                                      uri);
        if (f && f->line > 0) {
                cJSON *region = cJSON_AddObjectToObject(physical, "region");

                (void)cJSON_AddNumberToObject(region, "startLine", f->line);
                if (f->column > 0)
                        (void)cJSON_AddNumberToObject(region, "startColumn", f->column);
        }
        (void)cJSON_AddItemToArray(cJSON_AddArrayToObject(to, "locations"), location);
}

/* The list stands in every result: where it is missing, nobody knows whether it is suppressed. */
static void add_suppressions(cJSON *to, const char *suppressed, bool in_source)
{
        cJSON *list = cJSON_AddArrayToObject(to, "suppressions");

        if (!suppressed)
                return;
        cJSON *o = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(o, "kind", in_source ? "inSource" : "external");
        (void)cJSON_AddStringToObject(o, "status", "accepted");
        (void)cJSON_AddStringToObject(o, "justification", suppressed);
        (void)cJSON_AddItemToArray(list, o);
}

void sarif_add(struct sarif *s, const char *path, const struct scan_result *result,
               const struct finding *f, const char *suppressed, bool in_source)
{
        char said[FINDING_SAID_MAX];
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        cJSON *o = cJSON_CreateObject();
        char text[1024];

        (void)cJSON_AddStringToObject(o, "ruleId", f->rule);
        (void)cJSON_AddNumberToObject(o, "ruleIndex", rule_index(s, f));
        (void)cJSON_AddStringToObject(o, "level", level_of(f->severity));
        (void)snprintf(text, sizeof(text), "%s%s%s%s%s", f->title, *f->redacted ? ": " : "",
                       f->redacted, *finding_said(f, in_source, said) ? ": " : "", said);
        (void)add_text(o, "message", text);
        add_location(o, path, f);
        (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "partialFingerprints"),
                                      "giadFingerprint/v1", f->fingerprint);
        cJSON *properties = cJSON_AddObjectToObject(o, "properties");
        (void)cJSON_AddStringToObject(properties, "class", class->name);
        (void)cJSON_AddStringToObject(properties, "artefact",
                                      artefact_kind_to_string(result->artefact));
        (void)cJSON_AddStringToObject(properties, "severity", severity_to_string(f->severity));
        (void)cJSON_AddStringToObject(properties, "confidence",
                                      confidence_to_string(f->confidence));
        (void)cJSON_AddStringToObject(properties, "certainty", certainty_to_string(f->certainty));
        add_suppressions(o, suppressed, in_source);
        (void)cJSON_AddItemToArray(s->results, o);
}

void sarif_add_unread(struct sarif *s, const char *path, const char *why)
{
        cJSON *o = cJSON_CreateObject();
        char text[8448];

        (void)snprintf(text, sizeof(text), "%s: %s", path, why);
        (void)cJSON_AddStringToObject(o, "level", "error");
        (void)add_text(o, "message", text);
        add_location(o, path, NULL);
        (void)cJSON_AddItemToArray(s->notifications, o);
}

const cJSON *sarif_log(struct sarif *s, bool success)
{
        cJSON *invocation;

        if (s->notifications) {
                invocation = cJSON_CreateObject();
                (void)cJSON_AddBoolToObject(invocation, "executionSuccessful", success);
                (void)cJSON_AddItemToObject(invocation, "toolExecutionNotifications",
                                            take_ptr(&s->notifications));
                (void)cJSON_AddItemToArray(cJSON_AddArrayToObject(s->run, "invocations"),
                                           invocation);
        }
        return s->log;
}
