"""Sites: construction, crews, money."""
