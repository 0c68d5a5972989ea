"""The console's files: which exist, how they are kept by browsers, how they travel."""

import gzip
from pathlib import Path

import attrs
import msgspec
import pytest

from seda.requests import Ask
from stages.http_reply.contents import Refusal
from stages.http_reply.statics import FOR_GOOD, Statics, read_folder
from tests.stages.http_reply.station import CLIENT, replying

SCRIPT = b"export const words = {};\n" * 100


@pytest.fixture
def statics(tmp_path: Path) -> Statics:
    """Return a folder with some files."""
    (tmp_path / "secret.txt").write_text("outside")
    folder = tmp_path / "static"
    (folder / "app").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "app" / "main.js").write_bytes(SCRIPT)
    (folder / ".hidden.js").write_text("")
    (folder / "notes.md").write_text("")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return read_folder(folder)


def test_only_files_of_the_folder_exist(statics: Statics) -> None:
    """Neither hidden ones nor links, nor kinds that no page needs."""
    assert sorted(statics.files) == ["app/main.js", "index.html"]


@pytest.mark.parametrize(
    "name", ["../secret.txt", "app/../index.html", "/index.html", "app", "", "app//main.js", "\0"]
)
def test_a_name_is_looked_up_and_never_followed(statics: Statics, name: str) -> None:
    """So that no path leads anywhere else."""
    with pytest.raises(Refusal) as refused:
        statics.find(name, "", "")
    assert refused.value.status == 404


def test_text_travels_compressed_under_an_etag_of_its_own(statics: Statics) -> None:
    """So that nothing kept in between confuses the two."""
    packed = statics.find("app/main.js", "gzip, br", "")
    plain = statics.find("app/main.js", "", "")
    assert gzip.decompress(packed.body) == plain.body == SCRIPT
    assert packed.etag != plain.etag
    assert packed.vary == plain.vary == "Accept-Encoding"


def test_a_version_is_kept_for_good_and_everything_else_asked_for_again(statics: Statics) -> None:
    """A version that is not the file's own says nothing."""
    version = statics.files["app/main.js"].version
    assert statics.find("app/main.js", "", version).keeping == FOR_GOOD
    assert statics.find("app/main.js", "", "other").keeping == "no-cache"
    assert statics.find("app/main.js", "", "").keeping == "no-cache"


def test_the_document_of_the_api_is_served_and_revalidated(tmp_path: Path) -> None:
    """It needs nobody to be signed in."""
    with replying(tmp_path) as station:
        first = station.get(Ask(CLIENT, None, "document"))
        known = attrs.evolve(CLIENT, headers={"if-none-match": first.headers["etag"]})
        again = station.get(Ask(known, None, "document"))
        packing = attrs.evolve(CLIENT, headers={"accept-encoding": "gzip"})
        packed = station.get(Ask(packing, None, "document"))
    assert msgspec.json.decode(first.body)["openapi"] == "3.1.0"
    assert first.headers["content-type"] == "application/json"
    assert (again.status, again.body) == (304, b"")
    assert gzip.decompress(packed.body) == first.body
    assert "script-src 'self'" in first.headers["content-security-policy"]
