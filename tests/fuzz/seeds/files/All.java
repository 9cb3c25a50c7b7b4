@A(b = "c") class D { String e = """
  text "x" \
  """; void f() { new Cookie("a", g()::h).setSecure(false); Jwts.builder().signWith(K, 'x').compact(); } }
