"""What `sarnakh bench` measures: real processes over a throw-away base, asked from this one process."""
