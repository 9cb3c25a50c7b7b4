locals {
  acts = ["s3:Get*", "iam:*"]
  tags = { owner = "agent", team = "shop" }
}

data "template_file" "t" {
  template = file("${path.module}/x.json")
  vars     = { action = local.acts[0] }
}

resource "aws_iam_policy" "p" {
  policy = jsonencode({ Statement = [for a in local.acts : { Effect = "Allow", Action = a, Resource = "*" } if a != "x"] })
}

module "m" {
  source = "./m"
  act    = { for k, v in merge(local.tags, { z = "y" }) : upper(k) => trimsuffix(v, "/*") }
}

x = templatefile("x.json", { a = base64decode(base64encode("b")), l = distinct(concat(local.acts...)) })
y = yamldecode(file("./x.json")).a[0]
z = data.template_file.t.rendered
w = length(keys(jsondecode("{\"a\": [1]}"))) == 1 ? formatlist("%s/*", split(",", "a,b")) : one([])
