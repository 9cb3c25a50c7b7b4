locals { a = "x-${var.b}" , l = [1, 2, { c = null }] }
/* block */ # line
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["*"], Resource = "*" }] })
  count  = var.n > 1 ? 2 : 0
  dynamic "x" { for_each = toset(["a"]) content { y = each.value } }
  doc = <<-EOT
    {"Statement": [{"Effect": "${var.e}", "Action": "s3:*"}]}
  EOT
  t = "%{ if a }b%{ else }c%{ endif } $${kept}"
}
