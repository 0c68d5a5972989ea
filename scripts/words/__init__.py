"""Judged frames with their boxes and words on sheets, for somebody who reads and counts."""
