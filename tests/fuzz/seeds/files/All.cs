[Authorize(Roles = "x")] class A { string b = @"c ""d""" + $"e{f("g")}" + """raw"""; void H() { o.Cookie.SecurePolicy = X.None; services.AddAuth(o => { o.I = TimeSpan.FromDays(30); }); } }
