/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The shared-identity analyser: one role or account for several workloads of a file. What one of them
 * needs all of them may do, and who takes over one is all of them (OWASP NHI9:2025, NHI reuse).
 *
 * Workloads are told by their type: Terraform, CloudFormation and SAM, Serverless, Kubernetes. Two have
 * the same identity if it is written the same, as a value or as a reference. Owns, while it runs, the
 * list of the file's workloads.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

#define WORKLOADS_MAX 1024u /* of one file; those beyond are not compared */
#define IDENTITY_MAX 256u   /* bytes of a name; a longer one is not compared */

static const char *const checks[] = {
        "shared",
        "task-and-execution",
        NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_shared_identity = {
        .name = "shared-identity", .checks = checks, .run = run};

/* Where a workload says who it is; names are taken as '-', '_' and capitals allow. */
static const struct {
        const char *type, *path;
} workload_types[] = {
        {"aws_lambda_function", "role"},
        {"aws_ecs_task_definition", "task_role_arn"},
        {"aws_instance", "iam_instance_profile"},
        {"aws_apprunner_service", "instance_configuration.instance_role_arn"},
        {"aws_batch_job_definition", "job_role_arn"},
        {"aws_codebuild_project", "service_role"},
        {"aws_sfn_state_machine", "role_arn"},
        {"google_cloud_run_service", "template.spec.service_account_name"},
        {"google_cloud_run_v2_service", "template.service_account"},
        {"google_cloud_run_v2_job", "template.template.service_account"},
        {"google_cloudfunctions_function", "service_account_email"},
        {"google_cloudfunctions2_function", "service_config.service_account_email"},
        {"google_compute_instance", "service_account.email"},
        {"google_cloudbuild_trigger", "service_account"},
        {"azurerm_linux_function_app", "identity.identity_ids"},
        {"azurerm_linux_web_app", "identity.identity_ids"},
        {"azurerm_container_app", "identity.identity_ids"},
        {"azurerm_container_group", "identity.identity_ids"},
        {"azurerm_linux_virtual_machine", "identity.identity_ids"},
        {"AWS::Lambda::Function", "Role"},
        {"AWS::Serverless::Function", "Role"},
        {"AWS::ECS::TaskDefinition", "TaskRoleArn"},
        {"AWS::EC2::Instance", "IamInstanceProfile"},
        {"AWS::CodeBuild::Project", "ServiceRole"},
        {"AWS::StepFunctions::StateMachine", "RoleArn"},
        {"AWS::Serverless::StateMachine", "Role"},
        {"Pod", "spec.serviceAccountName"},
        {"kubernetes_pod", "spec.serviceAccountName"},
        {"Deployment", "spec.template.spec.serviceAccountName"},
        {"kubernetes_deployment", "spec.template.spec.serviceAccountName"},
        {"StatefulSet", "spec.template.spec.serviceAccountName"},
        {"kubernetes_stateful_set", "spec.template.spec.serviceAccountName"},
        {"DaemonSet", "spec.template.spec.serviceAccountName"},
        {"kubernetes_daemonset", "spec.template.spec.serviceAccountName"},
        {"CronJob", "spec.jobTemplate.spec.template.spec.serviceAccountName"},
        {"kubernetes_cron_job", "spec.jobTemplate.spec.template.spec.serviceAccountName"},
};

struct workload {
        const struct node *at;
        const char *name;
        const char *scope;           /* namespace of Kubernetes, or "" */
        char identity[IDENTITY_MAX]; /* as it is written */
        unsigned index;              /* in the file */
};

struct search {
        struct reporter *reporter;
        struct workload *list;
        size_t n, alloc;
};

/* --- what a workload is -------------------------------------------------------------------- */

/* "kubernetes_deployment_v1" is a kubernetes_deployment. */
static bool type_is(const char *type, const char *wanted)
{
        size_t n = strlen(wanted);

        return strncmp(type, wanted, n) == 0 && (type[n] == '\0' || strcmp(type + n, "_v1") == 0);
}

static const struct node *below(const struct node *n, const char *path)
{
        char name[32];

        while (n && *path) {
                size_t length = strcspn(path, ".");

                if (length >= sizeof(name))
                        return NULL;
                memcpy(name, path, length);
                name[length] = '\0';
                n = node_get_loose(node_item_first(n), name);
                path += length + (path[length] == '.');
        }
        return n;
}

/* The type of the resource that n is, and where its settings are; NULL: it is none. */
static const char *type_of(const struct node *n, const struct node **ret_settings)
{
        *ret_settings = n;
        if (n->type != NODE_MAPPING)
                return NULL;
        if (n->block)
                return n->label[0] && n->label[1] ? n->label[0] : NULL;
        const char *type = node_text(node_get(n, "Type"));
        if (type && strncmp(type, "AWS::", 5) == 0) {
                *ret_settings = node_get(n, "Properties");
                return type;
        }
        return node_get(n, "spec") ? node_text(node_get(n, "kind")) : NULL;
}

static const char *name_of(const struct node *n)
{
        const char *name = node_text(below(n, "metadata.name"));

        if (n->block)
                return n->label[1];
        return name ? name : n->key ? n->key : "workload";
}

/* How the identity is written: a value, an expression, or a function of CloudFormation. */
static bool write_identity(const struct node *n, char *dst, size_t size)
{
        const struct node *first = node_item_first(n);
        int length = -1;

        if (!first)
                return false;
        if (first->type == NODE_MAPPING && first->first && first->count == 1) {
                const struct node *argument = node_item_first(first->first);

                if (argument && argument->text)
                        length = snprintf(dst, size, "%s", argument->text);
        } else if (first->text && first->type != NODE_NULL) {
                length = snprintf(dst, size, "%s", first->text);
        }
        return length > 0 && (size_t)length < size;
}

static void add(struct search *s, const struct node *workload, const struct node *identity)
{
        struct workload w = {.at = identity, .name = name_of(workload), .index = (unsigned)s->n};
        const char *scope = node_text(below(workload, "metadata.namespace"));

        w.scope = scope ? scope : "";
        if (!write_identity(identity, w.identity, sizeof(w.identity)) ||
            strcmp(w.identity, "default") == 0)
                return; /* the default account is another finding */
        if (s->n == s->alloc) {
                size_t alloc = s->alloc ? s->alloc * 2 : 8;
                struct workload *grown =
                        alloc <= WORKLOADS_MAX ? realloc(s->list, alloc * sizeof(*grown)) : NULL;

                if (!grown)
                        return;
                s->list = grown;
                s->alloc = alloc;
        }
        s->list[s->n++] = w;
}

/* A task has a role for what it does and one for its start: pulling the image, reading its secrets. */
static void judge_task(struct search *s, const struct node *n, const struct node *settings)
{
        const struct node *task = below(settings, "task_role_arn"),
                          *start = below(settings, "execution_role_arn");
        char a[IDENTITY_MAX], b[IDENTITY_MAX];

        if (!task)
                task = below(settings, "TaskRoleArn");
        if (!start)
                start = below(settings, "ExecutionRoleArn");
        if (task && start && write_identity(task, a, sizeof(a)) &&
            write_identity(start, b, sizeof(b)) && strcmp(a, b) == 0)
                report_check(s->reporter, &analyser_shared_identity, "task-and-execution",
                             spot_of_node(task), CERTAINTY_YES, 0, name_of(n),
                             "%s runs with the role that starts it, which may read its secrets and "
                             "images",
                             name_of(n));
}

/* Functions of Serverless without a role of their own share that of the provider. */
static void visit_functions(struct search *s, const struct node *n)
{
        const struct node *provider = node_get(n, "provider"),
                          *functions = node_get(n, "functions");
        const struct node *role = below(provider, "iam.role");

        if (!provider || !functions || functions->type != NODE_MAPPING ||
            !node_get(provider, "runtime"))
                return;
        if (!role)
                role = node_get(provider, "role");
        NODE_CHILDREN(function, functions)
        {
                const struct node *own = node_get(function, "role");

                if (own || role)
                        add(s, function, own ? own : role);
        }
}

static int visit(struct node *n, void *userdata)
{
        struct search *s = userdata;
        const struct node *settings;
        const char *type = type_of(n, &settings);

        if (!n->parent || n->parent->multi)
                visit_functions(s, n);
        for (size_t i = 0; type && settings && i < ELEMENTSOF(workload_types); i++) {
                if (!type_is(type, workload_types[i].type))
                        continue;
                const struct node *identity = below(settings, workload_types[i].path);

                if (identity)
                        add(s, n, identity);
                if (strcasestr(type, "task"))
                        judge_task(s, n, settings);
                break;
        }
        return 0;
}

/* --- comparing ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
        const struct workload *x = a, *y = b;
        int r = strcmp(x->identity, y->identity);

        if (r == 0)
                r = strcmp(x->scope, y->scope);
        if (r != 0)
                return r;
        return x->index < y->index ? -1 : x->index > y->index;
}

static bool same_identity(const struct workload *a, const struct workload *b)
{
        return strcmp(a->identity, b->identity) == 0 && strcmp(a->scope, b->scope) == 0;
}

static void judge(struct search *s)
{
        const struct workload *first = NULL;

        if (s->n > 1)
                qsort(s->list, s->n, sizeof(*s->list), compare);
        for (size_t i = 0; i < s->n; i++) {
                const struct workload *w = &s->list[i];

                if (!first || !same_identity(first, w)) {
                        first = w;
                        continue;
                }
                report_check(s->reporter, &analyser_shared_identity, "shared", spot_of_node(w->at),
                             CERTAINTY_YES, 0, w->name, "%s has the identity of %s (line %u): %s",
                             w->name, first->name, first->at->line, w->identity);
        }
}

static void run(const struct subject *s, struct reporter *r)
{
        struct search search = {.reporter = r};

        if (!s->doc || !doc_root(s->doc))
                return;
        (void)node_walk(doc_root(s->doc), visit, &search);
        judge(&search);
        free(search.list);
}
