"""The picture store: the newest pictures of each camera, as files."""
