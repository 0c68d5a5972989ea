"""A seda that really runs, whole or in part: its folder, pipeline and events."""
