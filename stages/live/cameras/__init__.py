"""The state of every camera, from the facts that stages report."""
