import { a as b } from 'c';
const k: string = `x${b({y: 1})}z` ?? "d", re = /[/"]\/'/g;
@Decorator({a: true}) class A<T> { m = async <U>(x?: U) => new B(x!, {...x, 'c': -1}); }
app.use(session({ secret: process.env.S || 'd', cookie: { secure: !1, maxAge: 24 * 3600e3 } }));
const j = <a href="x">{f("y")}</a>;
