"""The pages' own addresses: what the browser's script shows, all from one document. Pure.

A path without a dot is a page, whatever it is called, so that a bookmark of a page that is no more
leads to the console and not to an error. Files have a dot in their names.
"""

INDEX = "index.html"


def file_of(path: str) -> str:
    """Return which static file answers a path: the console for pages, files by their names."""
    name = path.strip("/")
    return name if "." in name.rpartition("/")[2] else INDEX
