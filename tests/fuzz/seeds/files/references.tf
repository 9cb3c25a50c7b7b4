variable "action" {
  default = "*"
}
locals {
  res = "*"
  acts = ["iam:*"]
}
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.action, Resource = local.res }]
  })
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = local.acts
    resources = ["${local.res}"]
  }
}
resource "aws_iam_policy" "q" {
  policy = data.aws_iam_policy_document.d.json
}
variable "public" { default = true }
resource "aws_db_instance" "x" {
  publicly_accessible = var.public
}
variable "cidr" { default = "0.0.0.0/0" }
x = !var.public ? "${join(",", concat(local.acts, ["a"]))}-$${b}" : lookup({ a = { b = "c" } }, "a", null).b
y = format("%s-%d%%", local.res, 1) == "x" && (var.cidr != "y") || merge({}, { k = var.action })["k"][0]
