"""The store: one SQLite file, one writer, and a chain of hashes over what was decided.

The alarm stage alone writes it; http_parser, http_reply and live read it, and so does `seda user`.
Below it are file/ (the database itself), people/ (their accounts), and a module for each thing that
is recorded or read.
No stage is imported here, and nobody else's files are written.
"""
