/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>

#include "detectors/privilege/aws-iam.h"
#include "tests/unit/analyse.h"
#include "tests/unit/test.h"

extern const struct analyser analyser_aws_iam;

static void iam(const char *statement, const char *expected)
{
        char text[2048];

        (void)snprintf(text, sizeof(text), "{\"Version\": \"2012-10-17\", \"Statement\": [\n{%s}]}",
                       statement);
        analyse_assert(&analyser_aws_iam, "json", text, expected);
}

static void cfn(const char *text, const char *expected)
{
        analyse_assert(&analyser_aws_iam, "yaml", text, expected);
}

#define ALLOW(action, resource) \
        "\"Effect\": \"Allow\", \"Action\": " action ", \"Resource\": " resource

static void globs_ignore_case_and_match_wildcards(void **state)
{
        (void)state;
        assert_true(aws_glob("s3:Get*", "s3:getobject"));
        assert_true(aws_glob("*", ""));
        assert_true(aws_glob("a*b*c", "aXXbYYc"));
        assert_true(aws_glob("iam:Put?serPolicy", "iam:PutUserPolicy"));
        assert_false(aws_glob("s3:Get*", "s3:PutObject"));
        assert_false(aws_glob("s3:Get", "s3:GetObject"));
}

static void narrow_policy_is_silent(void **state)
{
        (void)state;
        iam(ALLOW("\"s3:GetObject\"", "\"arn:aws:s3:::reports/*\""), "");
        iam(ALLOW("[\"ec2:Describe*\"]", "\"*\""), "");
        iam("\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"", "");
}

static void everything_on_everything_is_admin(void **state)
{
        (void)state;
        iam(ALLOW("\"*\"", "\"*\""), "wildcard-action:2 admin-policy:2");
        iam(ALLOW("[\"s3:GetObject\", \"*\"]", "[\"arn:aws:s3:::b\", \"*\"]"),
            "wildcard-action:2 admin-policy:2");
        iam(ALLOW("\"iam:*\"", "\"*\""), "wildcard-action:2 admin-policy:2");
}

static void condition_lowers_and_does_not_erase(void **state)
{
        (void)state;
        iam(ALLOW("\"*\"", "\"*\"") ", \"Condition\": {\"StringEquals\": {\"aws:RequestedRegion\": "
                                    "\"eu-west-1\"}}",
            "wildcard-action:2-1 admin-policy:2-1");
}

static void wildcard_in_an_arns_tail_is_no_wildcard_grant(void **state)
{
        (void)state;
        iam(ALLOW("\"dynamodb:PutItem\"",
                  "\"arn:aws:dynamodb:eu-west-1:210987654321:table/orders-*\""),
            "");
        iam(ALLOW("\"iam:PassRole\"", "\"arn:aws:iam::210987654321:role/app-*\""), "");
        iam(ALLOW("\"iam:PassRole\"", "\"arn:aws:iam::210987654321:role/*\""),
            "permissions-management:2 privesc-passrole:2");
}

static void service_wildcard_is_lower_on_a_named_resource(void **state)
{
        (void)state;
        iam(ALLOW("\"s3:*\"", "\"arn:aws:s3:::reports/*\""), "wildcard-action:2-1");
        iam(ALLOW("\"s3:*\"", "\"*\""), "wildcard-action:2 wildcard-resource:2");
}

static void escalation_spans_statements(void **state)
{
        static const char *const split =
                "{\"Statement\": [\n"
                "{\"Effect\": \"Allow\", \"Action\": \"cloudformation:CreateChangeSet\", "
                "\"Resource\": \"*\"},\n"
                "{\"Effect\": \"Allow\", \"Action\": \"cloudformation:Execute*\", \"Resource\": "
                "\"*\"}]}";
        (void)state;
        analyse_assert_has(&analyser_aws_iam, "json", split, "privesc-action");
}

static void deny_takes_an_escalation_away(void **state)
{
        static const char *const denied =
                "{\"Statement\": [\n"
                "{\"Effect\": \"Allow\", \"Action\": \"iam:Put*\", \"Resource\": \"*\"},\n"
                "{\"Effect\": \"Deny\", \"Action\": [\"iam:Put*Policy\", \"iam:Put*Boundary\"], "
                "\"Resource\": \"*\"}]}";
        (void)state;
        analyse_assert_not(&analyser_aws_iam, "json", denied, "privesc-action");
}

static void passing_a_role_to_one_service_is_lower(void **state)
{
        (void)state;
        iam(ALLOW("\"iam:PassRole\"",
                  "\"*\"") ", \"Condition\": {\"StringEquals\": {\"iam:PassedToService\": "
                           "\"ecs-tasks.amazonaws.com\"}}",
            "wildcard-resource:2-1 permissions-management:2-1 unconstrained-write:2-1 "
            "privesc-passrole:2-2");
}

static void not_action_allows_what_is_not_named(void **state)
{
        (void)state;
        iam("\"Effect\": \"Allow\", \"NotAction\": \"iam:*\", \"Resource\": \"*\"",
            "notaction-allow:2");
        iam("\"Effect\": \"Allow\", \"NotAction\": \"s3:DeleteBucket\", \"Resource\": "
            "\"arn:aws:s3:::b\"",
            "notaction-allow:2-1");
        iam("\"Effect\": \"Deny\", \"NotAction\": \"iam:*\", \"Resource\": \"*\"", "");
}

static void trust_in_strangers_is_found(void **state)
{
        (void)state;
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": "
            "\"sts:AssumeRole\"",
            "trust-any:2");
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": "
            "\"sts:AssumeRole\", "
            "\"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-1\"}}",
            "");
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"210987654321\"}, \"Action\": "
            "\"sts:AssumeRole\"",
            "trust-account-root:2 trust-no-external-id:2");
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"210987654321\"}, \"Action\": "
            "\"sts:AssumeRole\", "
            "\"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"x7\"}}",
            "");
        iam("\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"lambda.amazonaws.com\"}, "
            "\"Action\": \"sts:AssumeRole\"",
            "");
}

static void oidc(const char *condition, const char *expected)
{
        char statement[1024];
        (void)snprintf(statement, sizeof(statement),
                       "\"Effect\": \"Allow\", \"Principal\": {\"Federated\": "
                       "\"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com\"}, "
                       "\"Action\": \"sts:AssumeRoleWithWebIdentity\"%s%s%s",
                       condition ? ", \"Condition\": {\"StringLike\": "
                                   "{\"token.actions.githubusercontent.com:"
                                 : "",
                       condition ? condition : "", condition ? "}}" : "");
        iam(statement, expected);
}

static void github_subject_must_be_bound(void **state)
{
        (void)state;
        oidc(NULL, "oidc-no-subject:2");
        oidc("aud\": \"sts.amazonaws.com\"", "oidc-no-subject:2");
        oidc("sub\": \"repo:*\"", "oidc-no-subject:2");
        oidc("sub\": \"repo:acme*\"", "oidc-no-subject:2");
        oidc("sub\": \"workflow:x:repo:acme/shop:ref:refs/heads/main\"", "oidc-no-subject:2");
        oidc("sub\": \"repo:acme/*\"", "ci-role-broad:2");
        oidc("sub\": \"repo:acme/shop:*\"", "ci-role-broad:2");
        oidc("sub\": \"repo:acme/shop:pull_request\"", "ci-role-broad:2");
        oidc("sub\": \"repo:acme/shop:ref:refs/heads/main\"", "");
        oidc("sub\": \"repo:acme/shop:environment:prod\"", "");
}

static void resource_policies_open_to_all_are_found(void **state)
{
        (void)state;
        iam("\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sqs:SendMessage\", "
            "\"Resource\": \"*\"",
            "resource-public:2");
        iam("\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sqs:*\", \"Resource\": "
            "\"*\"",
            "resource-public:2 resource-wildcard-action:2");
        iam("\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sqs:SendMessage\", "
            "\"Resource\": \"*\", "
            "\"Condition\": {\"ArnLike\": {\"aws:SourceArn\": \"arn:aws:sns:eu-west-1:1:x\"}}",
            "");
        iam("\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", "
            "\"Resource\": \"*\", "
            "\"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"0.0.0.0/0\"}}",
            "resource-public:2");
        iam("\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", "
            "\"Resource\": \"*\", "
            "\"Condition\": {\"IpAddress\": {\"aws:SourceIp\": \"192.0.2.7/32\"}}",
            "resource-public:2-1");
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::*:role/app\"}, "
            "\"Action\": \"sqs:SendMessage\"",
            "resource-public:2");
        iam("\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\"",
            "");
        /* what KMS makes by default */
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::210987654321:root\"}, "
            "\"Action\": \"kms:*\", "
            "\"Resource\": \"*\"",
            "");
}

static void policies_are_found_in_cloudformation(void **state)
{
        (void)state;
        cfn("Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
            "      ManagedPolicyArns:\n      - arn:aws:iam::aws:policy/AdministratorAccess\n"
            "      AssumeRolePolicyDocument:\n        Statement:\n"
            "        - {Effect: Allow, Principal: {AWS: '*'}, Action: 'sts:AssumeRole'}\n"
            "      Policies:\n      - PolicyDocument:\n          Statement:\n"
            "          - Effect: Allow\n            Action: ['iam:CreateAccessKey']\n            "
            "Resource: '*'\n",
            "trust-any:9 wildcard-resource:15 credentials-exposure:14 permissions-management:14 "
            "unconstrained-write:14 "
            "privesc-action:14 admin-attached:6");
}

static void policies_are_found_in_strings(void **state)
{
        (void)state;
        cfn("Resources:\n  Repo:\n    Type: AWS::ECR::Repository\n    Properties:\n"
            "      RepositoryPolicyText: '{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": "
            "\"*\", "
            "\"Action\": \"ecr:BatchGetImage\"}]}'\n",
            "resource-public:5");
}

static void tf(const char *text, const char *expected)
{
        analyse_assert(&analyser_aws_iam, "hcl", text, expected);
}

static void statement_blocks_of_terraform_are_statements(void **state)
{
        (void)state;
        tf("data \"aws_iam_policy_document\" \"a\" {\n statement {\n  actions = [\"*\"]\n  "
           "resources = [\"*\"]\n }\n}\n",
           "wildcard-action:3 admin-policy:3");
        tf("data \"aws_iam_policy_document\" \"a\" {\n statement {\n  effect = \"Deny\"\n  actions "
           "= [\"*\"]\n"
           "  resources = [\"*\"]\n }\n}\n",
           "");
        tf("data \"aws_iam_policy_document\" \"a\" {\n statement {\n  actions = "
           "[\"sqs:SendMessage\"]\n  principals {\n"
           "   type = \"AWS\"\n   identifiers = [\"*\"]\n  }\n  condition {\n   test = "
           "\"StringEquals\"\n"
           "   variable = \"aws:PrincipalOrgID\"\n   values = [\"o-1\"]\n  }\n }\n}\n",
           "");
}

static void variables_and_locals_of_the_file_are_followed(void **state)
{
        (void)state;
        tf("variable \"all\" {\n default = [\"*\"]\n}\nlocals {\n what = [\"*\"]\n}\n"
           "data \"aws_iam_policy_document\" \"a\" {\n statement {\n  actions = local.what\n  "
           "resources = var.all\n }\n}\n",
           "wildcard-action:5 admin-policy:5");
        tf("data \"aws_iam_policy_document\" \"a\" {\n statement {\n  actions = var.actions\n  "
           "resources = [\"*\"]\n }\n}\n",
           "wildcard-resource:4?");
        /* a variable that is its own default ends */
        tf("variable \"a\" {\n default = var.a\n}\ndata \"aws_iam_policy_document\" \"a\" {\n "
           "statement {\n"
           "  actions = var.a\n  resources = [\"arn:aws:s3:::b\"]\n }\n}\n",
           "");
}

static void policies_of_terraform_are_found_in_every_spelling(void **state)
{
        (void)state;
        tf("resource \"aws_iam_role_policy\" \"a\" {\n policy = jsonencode({\n  Statement = [{ "
           "Effect = \"Allow\",\n"
           "   Action = \"iam:PassRole\", Resource = aws_iam_role.b.arn }]\n })\n}\n",
           "");
        tf("resource \"aws_iam_role\" \"a\" {\n assume_role_policy = <<EOT\n{\"Statement\": [\n"
           "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": "
           "\"sts:AssumeRole\"}]}\nEOT\n}\n",
           "trust-any:4");
        tf("resource \"aws_iam_role_policy_attachment\" \"a\" {\n"
           " policy_arn = \"arn:aws:iam::aws:policy/PowerUserAccess\"\n}\n",
           "admin-attached:2-1");
        tf("resource \"aws_sqs_queue_policy\" \"a\" {\n policy = jsonencode({ Statement = [{\n  "
           "Effect = \"Allow\",\n"
           "  NotAction = \"sqs:DeleteQueue\", Principal = { AWS = \"arn:aws:iam::1:role/x\" } }] "
           "})\n}\n",
           "notaction-allow:4");
}

static void empty_external_id_is_none(void **state)
{
        (void)state;
        iam("\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"210987654321\"}, \"Action\": "
            "\"sts:AssumeRole\", "
            "\"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"\"}}",
            "trust-account-root:2 trust-no-external-id:2");
}

static void condition_that_leaves_nothing_out_lowers_nothing(void **state)
{
        (void)state;
        /* true of a request without the key as well */
        iam(ALLOW("\"*\"", "\"*\"") ", \"Condition\": {\"ForAllValues:StringEquals\": "
                                    "{\"aws:PrincipalOrgID\": \"o-1\"}}",
            "wildcard-action:2 admin-policy:2");
        iam(ALLOW("\"*\"",
                  "\"*\"") ", \"Condition\": {\"StringLike\": {\"aws:PrincipalArn\": \"*\"}}",
            "wildcard-action:2 admin-policy:2");
        iam(ALLOW("\"*\"", "\"*\"") ", \"Condition\": {\"Bool\": {\"aws:MultiFactorAuthPresent\": "
                                    "\"false\"}}",
            "mfa-if-exists:2 wildcard-action:2 admin-policy:2");
        iam(ALLOW("\"*\"", "\"*\"") ", \"Condition\": {\"ForAnyValue:StringEquals\": "
                                    "{\"aws:PrincipalOrgID\": \"o-1\"}}",
            "wildcard-action:2-1 admin-policy:2-1");
}

static void what_only_limits_grants_nothing(void **state)
{
        (void)state;
        cfn("Resources:\n  Scp:\n    Type: AWS::Organizations::Policy\n    Properties:\n      "
            "Content:\n"
            "        Statement: [{Effect: Allow, Action: '*', Resource: '*'}]\n",
            "");
}

static void mfa_that_may_be_absent_is_no_mfa(void **state)
{
        (void)state;
        analyse_assert_has(&analyser_aws_iam, "yaml",
                           "Statement:\n- Effect: Allow\n  Action: 's3:DeleteBucket'\n  Resource: "
                           "'arn:aws:s3:::x'\n"
                           "  Condition: {Bool: {'aws:MultiFactorAuthPresent': 'false'}}\n",
                           "mfa-if-exists");
        analyse_assert_has(&analyser_aws_iam, "yaml",
                           "Statement:\n- Effect: Allow\n  Action: 's3:DeleteBucket'\n  Resource: "
                           "'arn:aws:s3:::x'\n"
                           "  Condition: {BoolIfExists: {'aws:MultiFactorAuthPresent': 'true'}}\n",
                           "mfa-if-exists");
        analyse_assert_not(&analyser_aws_iam, "yaml",
                           "Statement:\n- Effect: Deny\n  Action: 's3:DeleteBucket'\n  Resource: "
                           "'arn:aws:s3:::x'\n"
                           "  Condition: {BoolIfExists: {'aws:MultiFactorAuthPresent': 'false'}}\n",
                           "mfa-if-exists");
}

static void hcl(const char *text, const char *expected)
{
        analyse_assert(&analyser_aws_iam, "hcl", text, expected);
}

/* what one policy allows is shown where its holder is, if the file has it */
static void way_is_shown_at_its_holder(void **state)
{
        (void)state;
        hcl("resource \"aws_iam_user\" \"bob\" {\n  name = \"bob\"\n}\n"
            "resource \"aws_iam_user_policy\" \"keys\" {\n"
            "  user   = aws_iam_user.bob.name\n"
            "  policy = jsonencode({Statement = [{Effect = \"Allow\",\n"
            "    Action = \"iam:AttachUserPolicy\", Resource = \"*\"}]})\n}\n",
            "wildcard-resource:7 permissions-management:7 unconstrained-write:7 privesc-action:1");
        hcl("resource \"aws_iam_user_policy\" \"keys\" {\n  user   = \"bob\"\n"
            "  policy = jsonencode({Statement = [{Effect = \"Allow\",\n"
            "    Action = \"iam:AttachUserPolicy\", Resource = \"*\"}]})\n}\n",
            "wildcard-resource:4 permissions-management:4 unconstrained-write:4 privesc-action:4");
        /* by its name */
        hcl("resource \"aws_iam_user\" \"b\" {\n  name = \"bob\"\n}\n"
            "resource \"aws_iam_user_policy\" \"keys\" {\n  user   = \"bob\"\n"
            "  policy = jsonencode({Statement = [{Effect = \"Allow\",\n"
            "    Action = \"iam:AttachUserPolicy\", Resource = \"*\"}]})\n}\n",
            "wildcard-resource:7 permissions-management:7 unconstrained-write:7 privesc-action:1");
}

static void attached_to(const char *role, const char *expected)
{
        char text[2048];

        (void)snprintf(text, sizeof(text),
                       "resource \"aws_iam_role\" \"a\" { name = \"a\" }\n"
                       "resource \"aws_iam_role\" \"b\" { name = \"b\" }\n"
                       "resource \"aws_iam_policy\" \"pass\" {\n"
                       "  policy = jsonencode({Statement = [{Effect = \"Allow\",\n"
                       "    Action = \"ec2:ModifyLaunchTemplate\", Resource = \"*\"}]})\n}\n"
                       "data \"aws_iam_policy_document\" \"run\" {\n"
                       "  statement {\n    actions   = [\"ec2:CreateLaunchTemplateVersion\"]\n"
                       "    resources = [\"*\"]\n  }\n}\n"
                       "resource \"aws_iam_role_policy\" \"run\" {\n  role   = aws_iam_role.a.id\n"
                       "  policy = data.aws_iam_policy_document.run.json\n}\n"
                       "resource \"aws_iam_role_policy_attachment\" \"x\" {\n"
                       "  role       = aws_iam_role.%s.name\n"
                       "  policy_arn = aws_iam_policy.pass.arn\n}\n",
                       role);
        hcl(text, expected);
}

static void ways_go_over_all_policies_of_a_principal(void **state)
{
        (void)state;
        attached_to("a", "wildcard-resource:5 unconstrained-write:5 "
                         "wildcard-resource:10 unconstrained-write:9 privesc-action:1");
        attached_to("b", "wildcard-resource:5 unconstrained-write:5 "
                         "wildcard-resource:10 unconstrained-write:9");
}

static void deny_of_another_policy_takes_away(void **state)
{
        (void)state;
        cfn("Resources:\n"
            "  Ops:\n    Type: AWS::IAM::Group\n"
            "    Properties: {ManagedPolicyArns: [!Ref Never]}\n"
            "  Never:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"
            "      PolicyDocument: {Statement: [{Effect: Deny, Action: 'iam:*', Resource: '*'}]}\n"
            "  Keys:\n    Type: AWS::IAM::Policy\n    Properties:\n"
            "      Groups: [!Ref Ops]\n      PolicyDocument:\n"
            "        Statement: [{Effect: Allow, Action: 'iam:PutGroupPolicy', Resource: '*'}]\n",
            "wildcard-resource:14 permissions-management:14 unconstrained-write:14");
        /* a boundary grants nothing */
        hcl("resource \"aws_iam_role\" \"a\" {\n  name = \"a\"\n"
            "  permissions_boundary = aws_iam_policy.most.arn\n}\n"
            "resource \"aws_iam_policy\" \"most\" {\n"
            "  policy = jsonencode({Statement = [{Effect = \"Allow\", Action = "
            "\"ec2:ModifyLaunchTemplate\","
            " Resource = \"*\"}]})\n}\n"
            "resource \"aws_iam_role_policy\" \"run\" {\n  role   = aws_iam_role.a.id\n"
            "  policy = jsonencode({Statement = [{Effect = \"Allow\", Action = "
            "\"ec2:CreateLaunchTemplateVersion\","
            " Resource = \"*\"}]})\n}\n",
            "wildcard-resource:10 unconstrained-write:10");
}

/* a data source says nothing of what its policy is for */
static void document_is_what_its_user_makes_of_it(void **state)
{
        (void)state;
        hcl("data \"aws_iam_policy_document\" \"open\" {\n  statement {\n"
            "    actions   = [\"s3:GetObject\"]\n    resources = [\"arn:aws:s3:::reports/*\"]\n"
            "    principals {\n      type        = \"AWS\"\n      identifiers = [\"*\"]\n    }\n"
            "  }\n}\n"
            "resource \"aws_s3_bucket_policy\" \"open\" {\n  bucket = \"reports\"\n"
            "  policy = data.aws_iam_policy_document.open.json\n}\n",
            "resource-public:13");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(globs_ignore_case_and_match_wildcards),
                cmocka_unit_test(narrow_policy_is_silent),
                cmocka_unit_test(everything_on_everything_is_admin),
                cmocka_unit_test(condition_lowers_and_does_not_erase),
                cmocka_unit_test(wildcard_in_an_arns_tail_is_no_wildcard_grant),
                cmocka_unit_test(service_wildcard_is_lower_on_a_named_resource),
                cmocka_unit_test(escalation_spans_statements),
                cmocka_unit_test(deny_takes_an_escalation_away),
                cmocka_unit_test(passing_a_role_to_one_service_is_lower),
                cmocka_unit_test(not_action_allows_what_is_not_named),
                cmocka_unit_test(trust_in_strangers_is_found),
                cmocka_unit_test(github_subject_must_be_bound),
                cmocka_unit_test(resource_policies_open_to_all_are_found),
                cmocka_unit_test(policies_are_found_in_cloudformation),
                cmocka_unit_test(policies_are_found_in_strings),
                cmocka_unit_test(statement_blocks_of_terraform_are_statements),
                cmocka_unit_test(variables_and_locals_of_the_file_are_followed),
                cmocka_unit_test(policies_of_terraform_are_found_in_every_spelling),
                cmocka_unit_test(empty_external_id_is_none),
                cmocka_unit_test(condition_that_leaves_nothing_out_lowers_nothing),
                cmocka_unit_test(what_only_limits_grants_nothing),
                cmocka_unit_test(mfa_that_may_be_absent_is_no_mfa),
                cmocka_unit_test(way_is_shown_at_its_holder),
                cmocka_unit_test(ways_go_over_all_policies_of_a_principal),
                cmocka_unit_test(deny_of_another_policy_takes_away),
                cmocka_unit_test(document_is_what_its_user_makes_of_it),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
