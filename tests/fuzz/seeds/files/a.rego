package a
default allow := true
allow { input.x == "y" }
