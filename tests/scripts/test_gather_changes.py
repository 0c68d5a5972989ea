"""Fragments become a section of the changelog, once and whole, or nothing is touched."""

from pathlib import Path

import pytest

from scripts.gather_changes import ROOT, main, read_fragment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository at version 1.2.0 with three fragments."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README").write_text("How fragments are written.\n")
    write(tmp_path, "late-frames.fixed.md", "Late frames\nare shown.\n")
    write(tmp_path, "sound.added.md", "Alarms have a sound.\n")
    write(tmp_path, "doors.fixed.md", "Doors close.\n")
    return tmp_path


def write(root: Path, name: str, words: str) -> None:
    (root / "changes" / name).write_text(words)


def changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text()


def test_fragments_become_a_section_by_kind_and_are_removed(root: Path) -> None:
    """Each change is one item, under the heading of its kind; changes/README stays."""
    assert main(root) == 0
    lists = changelog(root).partition("## 1.2.0 (")[2].partition("\n\n")[2]
    assert lists == (
        "### Added\n\n- Alarms have a sound.\n\n"
        "### Fixed\n\n- Doors close.\n- Late frames are shown.\n"
    )
    assert [file.name for file in (root / "changes").iterdir()] == ["README"]


def test_the_newest_release_stands_first_and_older_ones_stay(root: Path) -> None:
    """Whatever was written before is there afterwards, word for word."""
    main(root)
    older = changelog(root).partition("## ")[2]
    (root / "pyproject.toml").write_text('[project]\nversion = "1.3.0"\n')
    write(root, "speed.changed.md", "It is faster.\n")
    assert main(root) == 0
    text = changelog(root)
    assert text.endswith(f"## {older}")
    assert 0 < text.index("## 1.3.0 (") < text.index("## 1.2.0 (")
    assert text.count("# Changes\n") == 1


def test_a_version_has_one_section(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is refused in words, and its fragments stay."""
    main(root)
    before = changelog(root)
    write(root, "speed.changed.md", "It is faster.\n")
    assert main(root) == 1
    assert "raise version in pyproject.toml" in capsys.readouterr().err
    assert changelog(root) == before
    assert (root / "changes" / "speed.changed.md").exists()


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("speed.md", "It is faster.", "changes/speed.md: call it NAME.KIND.md"),
        ("speed.faster.md", "It is faster.", "changes/speed.faster.md: call it NAME.KIND.md"),
        ("speed.changed.md", " \n", "changes/speed.changed.md: it is empty"),
    ],
)
def test_a_fragment_that_can_not_be_placed_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], name: str, words: str, why: str
) -> None:
    """Nothing is written and nothing removed until it is mended."""
    write(root, name, words)
    assert main(root) == 1
    assert why in capsys.readouterr().err
    assert not (root / "CHANGELOG.md").exists()
    assert len(list((root / "changes").glob("*.md"))) == 3 + 1


def test_without_fragments_there_is_nothing_to_release(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty section would tell people nothing."""
    for file in (root / "changes").glob("*.md"):
        file.unlink()
    assert main(root) == 1
    assert "nothing to release" in capsys.readouterr().err


def test_every_fragment_of_the_repository_can_be_gathered() -> None:
    """So that a release is not the first to find a wrong name."""
    for file in (ROOT / "changes").glob("*.md"):
        assert read_fragment(file.name, file.read_text("utf-8")).words
