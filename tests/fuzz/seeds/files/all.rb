X = %w[a b].freeze
=begin
=end
config.session_store :cookie_store, key: "_a#{b}", secure: !true, expire_after: 2.years
Y = <<~A + <<'B'
  x #{y}
A
z
B
JWT.encode payload, nil, 'none' do |a| a&.b %q(c(d)) end
