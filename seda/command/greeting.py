"""What `seda run` tells the person who started it: what runs, how to look, how to stop."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from seda.command import signing_in
from seda.command.configuration import DEFAULT_FILE, Configuration
from seda.command.output import Unwritten, tell, write_nowhere


def greet(found: Configuration, demo: str, operations: str, web: str) -> None:
    """Tell it, if anybody reads it; `demo` says what is special, empty with a configuration."""
    try:
        _greet(found, demo, operations, web)
    except Unwritten:
        write_nowhere()  # a full disk below a log ends no surveillance


def _greet(found: Configuration, demo: str, operations: str, web: str) -> None:
    seda = command()
    named = f" --config {found.file}" if found.file not in (None, DEFAULT_FILE) else ""
    tell(demo or f"This is what {found.file} says: {len(found.settings.camera)} cameras.")
    for line in _pages(found, f"{seda} user", named, web, is_demo=bool(demo)) if web else ():
        tell(line)
    tell(f"  to look at it   {seda} top{named}  (or: {seda} status{named})")
    if operations:
        tell(f"  for programs    http://{operations}/metrics, /readyz, /api/v1/cameras")
    tell(f"  it keeps        {_shown(found.settings.data_directory)}")
    tell(f"  to stop it      Ctrl-C here, or from elsewhere: {seda} stop{named}")
    sys.stdout.flush()


def _pages(
    found: Configuration, user: str, named: str, web: str, *, is_demo: bool
) -> Iterator[str]:
    """Say where the pages are, and how to come in: by a link that is shown on a terminal alone."""
    address = signing_in.find_address(web, is_https=found.settings.web.tls is not None)
    yield f"  the pages       {address}"
    if not signing_in.is_wanted(found, always=is_demo):
        return
    secret = signing_in.make_link(found, always=is_demo) if sys.stdout.isatty() else ""
    if secret:
        yield f"  to sign in      {signing_in.find_link(address, secret)}"
        yield f"                  once, within the hour; another one: {user} link admin{named}"
    else:
        yield f"  to sign in      {user} link admin{named}"


def command() -> str:
    """Return what to type for `seda` in the shell that started this."""
    typed = Path(sys.argv[0])
    if typed.name == "__main__.py":
        return "python -P -m seda"
    found = shutil.which("seda")
    if found and typed.exists() and typed.samefile(found):
        return "seda"
    return str(typed)


def _shown(path: str) -> str:
    """Return a path as seen from here, where it is below."""
    here, there = Path.cwd(), Path(path)
    return f"{there.relative_to(here)}/" if there.is_relative_to(here) else path
