"""HTTP as several stages speak it: whom to accept, reading requests, heads of answers.

From pure to real: grammar and reading (bytes to a request), refused (what comes of a bad one),
origins (who is at the other end), heads and selection (of answers: conditions and ranges),
connection_quota and strangers_time (which connection stays and is worked for), signed_in_mark and
accepting (sockets).
"""
