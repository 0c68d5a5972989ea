"""What `seda run` tells the person who started it: what runs, how to look, how to stop."""

import shutil
import sys
from pathlib import Path

from seda.command.configuration import DEFAULT_FILE, Configuration
from seda.command.output import tell


def greet(found: Configuration, demo: str, operations: str) -> None:
    """Tell it; `demo` says what is special about it, empty with a configuration."""
    seda = command()
    named = f" --config {found.file}" if found.file not in (None, DEFAULT_FILE) else ""
    tell(demo or f"This is what {found.file} says: {len(found.settings.camera)} cameras.")
    tell(f"  to look at it   {seda} top{named}  (or: {seda} status{named})")
    if operations:
        tell(f"  for programs    http://{operations}/metrics, /readyz, /api/v1/cameras")
    tell(f"  it keeps        {_shown(found.settings.data_directory)}")
    tell(f"  to stop it      Ctrl-C here, or from elsewhere: {seda} stop{named}")
    sys.stdout.flush()


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
