package a
func f() (x []byte) { k := []byte(`raw`); t := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"a": 'b'})
	http.SetCookie(w, &http.Cookie{Name: "a", Secure: false, MaxAge: 60 * 60}); return }
