"""`python -P -m scripts.gather_changes`: makes the fragments in changes/ a section of CHANGELOG.md.

For a release: raise `version` in pyproject.toml, run this, look at the section, commit both. The
fragments are removed once their section is written. It refuses a fragment that it cannot place and
a version that has its section already, and changes nothing then.
"""

import datetime as dt
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

ROOT = Path(__file__).parent.parent
KINDS = ("added", "changed", "fixed", "removed")
"""In the order in which a section has them."""
OPENING = "# Changes\n\nWhat changed for whoever runs seda, the newest release first.\n"
COLUMNS = 100


class Refused(Exception):
    """Nothing was changed; the words say why and what to do."""


@attrs.frozen
class Fragment:
    """One change: its kind, and its sentences in one line."""

    kind: str
    words: str


def main(root: Path = ROOT) -> int:
    """Write the section of the version in pyproject.toml, and remove what it was made of."""
    try:
        version, count = gather(root, dt.datetime.now(tz=dt.UTC).date())
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"{root / 'CHANGELOG.md'}: {count} changes under {version}\n")
    return 0


def gather(root: Path, day: dt.date) -> tuple[str, int]:
    """Return the version that got its section, and how many changes are in it."""
    files = sorted((root / "changes").glob("*.md"))
    if not files:
        raise Refused(f"{root / 'changes'}: no fragments, so there is nothing to release")
    fragments = [read_fragment(file.name, file.read_text("utf-8")) for file in files]
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changelog = root / "CHANGELOG.md"
    before = changelog.read_text("utf-8") if changelog.exists() else OPENING
    after = put_first(before, f"## {version}", section(f"## {version} ({day})", fragments))
    changelog.write_text(after, "utf-8")
    for file in files:
        file.unlink()
    return version, len(files)


def read_fragment(name: str, text: str) -> Fragment:
    """Return the change that this file tells of."""
    parts = name.split(".")
    if len(parts) != len(("name", "kind", "md")) or parts[1] not in KINDS:
        raise Refused(f"changes/{name}: call it NAME.KIND.md, with a KIND of {', '.join(KINDS)}")
    words = " ".join(text.split())
    if not words:
        raise Refused(f"changes/{name}: it is empty; say what is different, or remove it")
    return Fragment(parts[1], words)


def section(title: str, fragments: Sequence[Fragment]) -> str:
    """Return the section: a list of changes for each kind that there is."""
    return "\n\n".join([title, *_lists(fragments)]) + "\n"


def put_first(changelog: str, start: str, section: str) -> str:
    """Return the changelog with this section before all others."""
    opening, mark, others = changelog.partition("\n## ")
    if any(line.split(" (")[0] == start for line in changelog.splitlines()):
        raise Refused(
            f"CHANGELOG.md has a section {start!r} already: raise version in pyproject.toml first"
        )
    older = f"\n{mark.strip()} {others}" if mark else ""
    return f"{opening.rstrip()}\n\n{section}{older}"


def _lists(fragments: Sequence[Fragment]) -> Iterator[str]:
    for kind in KINDS:
        changes = [_item(each.words) for each in fragments if each.kind == kind]
        if changes:
            yield f"### {kind.capitalize()}\n\n" + "\n".join(changes)


def _item(words: str) -> str:
    """One item of a list, in lines of the usual length; no address or option is broken."""
    return textwrap.fill(
        words,
        COLUMNS,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    sys.exit(main())
