package authz.x
import rego.v1
import data.foo as bar # c
default allow := false
default authz = {"allowed": true, "x": [1]}

allow if {
	input.method == "GET"
	[_, p, _] := io.jwt.decode(input.token)
	count({x | x := input.y[_]; x > 1}) > 0
}
allow if input.x == 1
allow if true
allow := true
allow = true { true } { input.a }
deny contains msg if { msg := "x" } # d
deny[msg] { msg := sprintf("a {", []) }
f(x, y) := z if { z := x +
   y }
v := 3 if { 1 == 1; not false } else := 4 if { false } else := 5
allow { http.send({"url": "x"}).body.ok }
