"""The documents say what is so: paths, requirements with their tests, import rules, notes."""

import ast
import functools
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARCHITECTURE = ROOT / "design" / "README.md"
DOCUMENTS = sorted(
    [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *(ROOT / "design").glob("*.md")]
)
REQUIREMENTS = [f"R{number}" for number in range(1, 36)]
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.-]+/[\w./-]*")
SOURCE = re.compile(r"[\w./-]+\.(py|js|css|sh|md|npz|onnx)")
TARGET = re.compile(r"\bmake ([a-z]+)")


@functools.cache
def tracked() -> frozenset[str]:
    """Return the files of the repository, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return frozenset(filter(None, listed.stdout.decode().split("\0")))


@functools.cache
def top_folders() -> frozenset[str]:
    return frozenset(name.partition("/")[0] for name in tracked() if "/" in name)


@functools.cache
def written() -> frozenset[str]:
    """Return the folders that programs write and git leaves out."""
    lines = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    return frozenset(line.strip("/") for line in lines if line.startswith("/"))


def exists(path: str) -> bool:
    """Say whether a file of the repository, or a folder with one in it, has this path."""
    folder = path.rstrip("/")
    return path in tracked() | written() or any(name.startswith(f"{folder}/") for name in tracked())


def paths(text: str) -> Iterator[str]:
    """Find what stands in code spans and begins with a folder of the repository."""
    for span in CODE.findall(text):
        path = span.partition("::")[0]
        if PATH.fullmatch(path) and path.partition("/")[0] in top_folders():
            yield path


def files(text: str) -> Iterator[str]:
    """Find the source files that stand in code spans, by the end of their path."""
    for span in CODE.findall(text):
        if SOURCE.fullmatch(span):
            yield span


def rows(heading: str, file: Path = ARCHITECTURE) -> list[list[str]]:
    """Return the cells of every table's rows below this heading of the second level."""
    part = file.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@functools.cache
def docstrings(file: str) -> dict[str, str]:
    """Return what each test of this file says of itself."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(tree)
        if isinstance(node, functions) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    """In code spans, from the root on: whoever moves a file finds here who speaks of it."""
    wrong = [path for path in paths(document.read_text("utf-8")) if not exists(path)]
    assert not wrong, f"{document.relative_to(ROOT)} names what is not there: {wrong}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_source_file_that_a_document_names_exists(document: Path) -> None:
    """Notes name files of their own part without its folder."""
    ends = {f"/{name}" for name in tracked()}
    named = set(files(document.read_text("utf-8")))
    wrong = sorted(file for file in named if not any(end.endswith(f"/{file}") for end in ends))
    assert not wrong, f"{document.relative_to(ROOT)} names what is not there: {wrong}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    """To a file beside it, or to a heading of its own."""
    text = document.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings}
    for link in LINK.findall(text):
        if link.startswith("#"):
            assert link[1:] in anchors, f"{document.name}: no heading for {link}"
        elif "://" not in link:
            assert (document.parent / link.partition("#")[0]).is_file(), f"{document.name}: {link}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_of_make_that_a_document_names_exists(document: Path) -> None:
    """Wherever a line of code begins with make."""
    text = document.read_text("utf-8")
    lines = [*CODE.findall(text), *re.findall(r"^make .*$", text, re.MULTILINE)]
    named = {name for line in lines for name in TARGET.findall(line)}
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert named <= set(targets)


def test_every_requirement_has_a_row() -> None:
    """R1 to R35, each once and in order."""
    named = [cells[0] for cells in rows("Requirements and the tests that show them")]
    assert [name for name in named if name] == REQUIREMENTS


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_shown_by_tests_that_exist_and_name_it(requirement: str) -> None:
    """At least one, found by its file and name, with the requirement in its docstring."""
    [cells] = [
        cells
        for cells in rows("Requirements and the tests that show them")
        if cells[0] == requirement
    ]
    tests = CODE.findall(cells[2])
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        assert file in tracked(), f"{requirement}: there is no {file}"
        assert name in docstrings(file), f"{requirement}: {file} has no {name}"
        assert re.search(rf"\b{requirement}\b", docstrings(file)[name]), (
            f"{test} does not name {requirement}"
        )


def test_the_table_of_imports_is_what_the_contracts_allow() -> None:
    """A package may import what is below it and what no contract of its own forbids."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contracts = settings["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    allowed = _beside_or_below(layers)
    assert set(allowed) == set(settings["root_packages"])
    for contract in contracts:
        source, *others = contract.get("source_modules", ["of no package"])
        if source in allowed and not others:
            allowed[source] -= set(contract["forbidden_modules"])
            allowed[source] |= {_imported(it) for it in contract.get("ignore_imports", ())}
    assert _told(set(allowed)) == allowed


def _beside_or_below(layers: list[str]) -> dict[str, set[str]]:
    """Return by package what stands lower, and beside it where a layer is no bar."""
    allowed: dict[str, set[str]] = {}
    below: set[str] = set()
    for layer in reversed(layers):
        beside = set(re.split(r" [|:] ", layer))
        for name in beside:
            allowed[name] = below | (beside - {name} if " : " in layer else set())
        below = below | beside
    return allowed


def _imported(exception: str) -> str:
    """Return the package of which a contract lets a module be imported all the same."""
    return exception.partition(" -> ")[2].partition(".")[0]


def _told(packages: set[str]) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for cell, _, may in rows("Who may import whom")[1:]:
        name = cell.strip("`")
        told[name] = set(CODE.findall(may)) or ({"all": packages - {name}}.get(may, set()))
    return told


def test_the_index_of_notes_is_whole() -> None:
    """Every note in design/ and nothing else."""
    linked = {LINK.findall(cells[0])[0] for cells in rows("The notes")[1:]}
    assert linked == {path.name for path in ARCHITECTURE.parent.glob("*.md")} - {"README.md"}


def test_every_top_level_folder_is_explained() -> None:
    """By the README, and none that is not there."""
    told = {cells[0].strip("`/") for cells in rows("Where things are", ROOT / "README.md")[1:]}
    assert told == top_folders()


def test_a_newcomer_finds_what_to_open() -> None:
    """Each row names at least one file to open and says where it is explained."""
    table = rows("To change X, open Y")[1:]
    assert len(table) >= 20
    for what, where, note in table:
        assert list(paths(where)), what
        assert CODE.findall(note) or LINK.findall(note), what


GLOSSARY = ROOT / "design" / "glossary.md"
SHARED = (
    "conf/schema.py",
    "seda/decisions.py",
    "seda/messages.py",
    "seda/pipeline.py",
    "seda/requests.py",
)
"""What several packages speak in: a type here has the name of one of our words."""
USUAL_SENSE = frozenset(
    ("Camera", "Client", "Keep", "Settings", "Timeouts", "Tls", "Transcoder", "Trust", "Web")
)
"""Types that are named in the sense that a dictionary, or the name of a stage, gives."""


def explained() -> list[str]:
    """Return the words that the glossary explains, in its order."""
    lines = GLOSSARY.read_text("utf-8").splitlines()
    cells = [line.strip("|").split(" | ")[0].strip() for line in lines if line.startswith("| ")]
    return [word for word in cells if word != "word"]


def types_of_one_word(file: str) -> set[str]:
    """Return the classes of a module whose name is a single word."""
    nodes = ast.parse((ROOT / file).read_text("utf-8")).body
    names = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    return {name for name in names if re.fullmatch("[A-Z][a-z]+", name)}


@pytest.mark.parametrize("file", SHARED)
def test_a_word_that_names_a_shared_type_is_in_the_glossary(file: str) -> None:
    """In the singular or as it is; a name of several words explains itself."""
    words = set(explained())
    missing = {
        name
        for name in types_of_one_word(file) - USUAL_SENSE
        if not {name.lower(), name.lower().removesuffix("s")} & words
    }
    assert not missing, f"design/glossary.md says nothing of what {file} names {sorted(missing)}"


def test_the_glossary_gives_each_word_one_sense() -> None:
    """A word has one row."""
    words = explained()
    assert sorted(words) == sorted(set(words))
