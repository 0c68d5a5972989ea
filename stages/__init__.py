"""The stages, one file or folder each, and the runtime that their handlers share."""
