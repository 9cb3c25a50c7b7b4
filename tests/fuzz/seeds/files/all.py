from x import y as z
KEY = "a" "b" f"{c}d" + r'\e'
@app.route("/x", methods=["POST"])
def f(a, *b, **c):
    """doc"""
    return jwt.encode({"sub": a, **c}, KEY or "d", algorithm='none', exp=timedelta(days=3 * 60))
app.config["S"] = os.environ.get("S", "fallback")
