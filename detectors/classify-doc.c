/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which questions are asked of a parsed document, in which order, and how several
 * documents in a file become one kind.
 * Does not own: the questions (classify-infrastructure.c, classify-identity.c, classify-xml.c); the document.
 * Every search below the top is bounded in nodes, so that a large file costs no more than a
 * small one.
 * Why so many small questions: each format is known by two or three keys that occur together;
 * one key alone ("role", "services", "on") is in many ordinary files.
 */
#include "detectors/classify-doc.h"

#include <string.h>

#include "detectors/formats/format.h"
#include "detectors/formats/host-files.h"

#define SEARCH_NODES 4000
#define SEARCH_DEPTH 9
#define EVIDENCE_MAX 96

/* --- a bounded search below the top -------------------------------------------------------- */

struct search {
        bool (*fits)(const struct node *n);
        unsigned left;
        const struct node *found;
};

static void search_below(struct search *s, const struct node *n, unsigned depth)
{
        if (s->found || s->left == 0 || depth > SEARCH_DEPTH)
                return;
        s->left--;
        if (is_map(n) && s->fits(n)) {
                s->found = n;
                return;
        }
        NODE_CHILDREN(child, n)
        {
                search_below(s, child, depth + 1);
        }
}

const struct node *classify_search(const struct node *n, bool (*fits)(const struct node *n))
{
        struct search s = {.fits = fits, .left = SEARCH_NODES};

        search_below(&s, n, 0);
        return s.found;
}

unsigned classify_count_keys(const struct node *n, const char *const *keys, size_t n_keys)
{
        unsigned found = 0;

        for (size_t i = 0; i < n_keys; i++)
                found += node_get_loose(n, keys[i]) != NULL;
        return found;
}

/* --- all of them --------------------------------------------------------------------------- */

static enum artefact_kind ask(const classify_question *questions, size_t n_questions,
                              const struct node *n, const struct evidence *e)
{
        for (size_t i = 0; i < n_questions; i++) {
                enum artefact_kind kind = questions[i](n, e);

                if (kind != ARTEFACT_NONE)
                        return kind;
        }
        return ARTEFACT_NONE;
}

static enum artefact_kind classify_data(const struct node *n, const struct evidence *e)
{
        /* what names itself first; what is known by a combination of common words last */
        static const classify_question questions[] = {
                classify_kubernetes,
                classify_api,
                classify_cloudformation,
                classify_azure,
                classify_typed_resources,
                classify_terraform,
                classify_iam,
                classify_ansible,
                classify_ci,
                classify_container,
                classify_agent,
                classify_gcp,
                classify_credentials,
                classify_policy_code,
                classify_settings,
                classify_oauth,
                classify_access_workflow,
                classify_iam_below,
        };

        return ask(questions, ELEMENTSOF(questions), n, e);
}

static enum artefact_kind classify_hcl(const struct node *n, const struct evidence *e)
{
        static const classify_question questions[] = {classify_terraform, classify_policy_code};

        return ask(questions, ELEMENTSOF(questions), n, e);
}

static enum artefact_kind classify_ini(const struct node *n, const struct evidence *e)
{
        static const classify_question questions[] = {classify_settings, classify_policy_code,
                                                      classify_credentials, classify_agent,
                                                      classify_oauth};

        return ask(questions, ELEMENTSOF(questions), n, e);
}

/* Of several Kubernetes objects in one file the most telling names it. */
static int telling(enum artefact_kind kind)
{
        switch (kind) {
        case ARTEFACT_NONE:
                return 0;
        case ARTEFACT_K8S_WORKLOAD:
                return 1;
        case ARTEFACT_K8S_SECRET:
                return 2;
        default:
                return 3;
        }
}

static enum artefact_kind classify_documents(const struct node *root, const struct evidence *e)
{
        enum artefact_kind best = ARTEFACT_NONE;
        unsigned left = SEARCH_NODES;

        NODE_CHILDREN(document, root)
        {
                char text[EVIDENCE_MAX];
                struct evidence own = {.text = text, .size = sizeof(text)};
                enum artefact_kind kind = classify_data(document, &own);

                if (telling(kind) > telling(best))
                        best = classify_say(e, kind, "%s", text);
                if (telling(best) == 3 || --left == 0)
                        break;
        }
        return best;
}

/* The reader knows the language; of SQL only what is about identity is in the tree. */
static enum artefact_kind classify_language(const char *format, const struct node *root,
                                            const struct evidence *e)
{
        const struct node *list = node_get(root, "statements");

        if (strcmp(format, "polkit") == 0)
                return classify_say(e, ARTEFACT_POLKIT, "calls of polkit");
        if (strcmp(format, "sql") != 0)
                return classify_say(e, ARTEFACT_POLICY_CODE, "%s policy", format);
        if (!list || !list->first)
                return ARTEFACT_NONE;
        return classify_say(e, ARTEFACT_SQL_GRANT, "statement %s",
                            text_at(list->first, "statement"));
}

enum artefact_kind classify_doc(const struct subject *s, const struct evidence *e)
{
        const struct node *root = s->doc ? doc_root(s->doc) : NULL;
        const char *format = s->format ? s->format : "";

        if (!root || !root->first)
                return ARTEFACT_NONE;
        enum artefact_kind host = host_file_kind(format);
        if (host != ARTEFACT_NONE || strcmp(format, "ssh") == 0)
                return classify_say(e, host, "read as %s", format);
        if (format_is_language(format))
                return classify_language(format, root, e);
        if (strcmp(format, "hcl") == 0)
                return classify_hcl(root, e);
        if (strcmp(format, "ini") == 0 || strcmp(format, "dotenv") == 0)
                return classify_ini(root, e);
        if (strcmp(format, "xml") == 0)
                return classify_xml(root, e);
        if (root->multi)
                return classify_documents(root, e);
        const struct node *items = node_get(root, "items");
        if (items && items->type == NODE_SEQUENCE && strcmp(text_at(root, "kind"), "List") == 0)
                return classify_documents(items, e);
        return classify_data(root, e);
}
