"""Real processes killed with SIGKILL at chosen steps while clients send; afterwards every promise is counted.

Used by tests/stories/test_killed.py (a few rounds) and bench/kill.py (many). No code of the product knows of it: a step
is found by looking into the database from outside, by a client that waits for its answer, or by the mail server.
"""
