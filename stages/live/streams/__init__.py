"""The event streams of the pages: who has one open, and how news gets into it."""
