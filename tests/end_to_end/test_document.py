"""The running system against its own document: every answer is in it, and none is a fault."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.ports import free_port
from testing.running.rig import Rig
from testing.waiting import PATIENCE_S

pytest.importorskip("schemathesis")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
LONG = ("events", "next")
"""They wait for what happens; the stages' own tests ask them."""


@pytest.fixture(scope="module")
def system() -> Iterator[tuple[str, str]]:
    """Have the whole pipeline run without cameras; return its address and an admin's token."""
    port = free_port()
    rig = Rig("seda.pipeline:PIPELINE", f'[web]\naddress = "127.0.0.1:{port}"\n')
    tokens: list[str] = []

    def prepare() -> None:
        path = store_path(rig.data)
        path.parent.mkdir(parents=True)
        store = Store(path)
        tokens.append(store.write_one(time.time(), sign_in))
        store.close()

    rig.prepare = prepare
    with rig:
        yield f"http://127.0.0.1:{port}", tokens[0]


def sign_in(tx: Transaction) -> str:
    """Add an admin with a token."""
    add_user(tx, User(name="test", role="admin", scope=None), "", "test")
    return issue(tx, "token", "test", 86_400.0, "test")


@pytest.mark.slow
def test_every_answer_is_documented_and_none_is_a_fault(
    system: tuple[str, str], tmp_path: Path
) -> None:
    """Schemathesis asks everything that the document allows, and what it does not."""
    address, token = system
    words = [
        *("run", f"{address}/api/v1/openapi.json", "--checks", ",".join(CHECKS)),
        *("--header", f"Authorization: Bearer {token}", "--max-examples", "15"),
        *("--seed", "1", "--generation-database", "none", "--request-timeout", f"{PATIENCE_S:g}"),
        *("--phases", "examples,coverage,fuzzing", "--no-color"),
        *(word for name in LONG for word in ("--exclude-operation-id", name)),
    ]
    result = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-20_000:] + result.stderr[-2000:]
