"""`seda run`: owns the run directory and the listening sockets, keeps one controller a stage alive.

From pure to real: plan (what to do now), directory (lock and state), leftovers (of a predecessor
that was killed), sockets, controllers (processes), figures_sender (figures for `live`), arbiter
(the loop).
"""
