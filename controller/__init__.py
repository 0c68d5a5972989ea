"""The controller of a stage: a pure engine (core/) in a thin trio shell."""
