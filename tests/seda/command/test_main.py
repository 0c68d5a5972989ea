"""The command line: sentences, exit codes, and what `check` finds."""

import argparse
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seda.command import exits, program
from seda.command.main import main
from testing.ports import free_port
from testing.running.supervised import command, environment
from testing.waiting import PATIENCE_S


def _config(folder: Path, content: str = "") -> list[str]:
    (folder / "seda.toml").write_text(content)
    return ["--config", str(folder / "seda.toml")]


def test_the_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """It is where people look first."""
    assert main(["--help"]) == exits.OK
    shown = capsys.readouterr().out
    for name in (
        "run",
        "check",
        "status",
        "top",
        "stop",
        "quarantine",
        "bench",
        "evaluate",
        "ledger",
    ):
        assert f"    {name} " in shown or f"    {name}\n" in shown
    assert "seda does not run on the run directory" in shown


@pytest.mark.parametrize("name", ["status", "top", "stop"])
def test_nothing_runs_is_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exit code of its own, and no traceback."""
    assert main([name, *_config(tmp_path)]) == exits.NOT_RUNNING
    assert capsys.readouterr().err.startswith("seda: seda does not run on ")


def test_every_mistake_of_the_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its line, and all of them at once."""
    config = _config(tmp_path, "stop_limit_s = -1\nrun_directroy = 1\n")
    assert main(["check", *config]) == exits.CONFIGURATION
    said = capsys.readouterr().err
    assert "seda.toml:1: " in said
    assert "seda.toml:2: " in said


def test_a_file_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Named on the command line it has to exist."""
    assert main(["check", "--config", "/nowhere/seda.toml"]) == exits.CONFIGURATION
    assert "/nowhere/seda.toml: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["seda.nowhere:X", "seda.pipeline:X", "seda.pipeline:LIVE", ":"])
def test_a_pipeline_that_is_none_is_a_sentence(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how it is written."""
    assert main(["check", "--pipeline", place, *_config(tmp_path)]) == exits.CONFIGURATION
    assert f"--pipeline {place}: " in capsys.readouterr().err


def test_check_names_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table, code, directories and ports, in one go."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "data").write_text("a file where a directory should be")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = _config(tmp_path, f'operations_address = "127.0.0.1:{port}"\n')
        table = ["--pipeline", "testing.running.pipelines:LISTENING"]
        assert main(["check", *table, *config]) == exits.CONFIGURATION
    said = capsys.readouterr().err
    for words in ("fake:good is not installed", "chmod 700", "not a directory", "is in use"):
        assert words in said


def test_check_opens_every_file_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The certificate with its key, and the certificates of cameras: as the stages will."""
    (tmp_path / "cert.pem").write_text("no certificate")
    (tmp_path / "key.pem").write_text("no key")
    tls = '[web]\ntls = {certificate = "cert.pem", key = "key.pem"}\n'
    camera = '[[camera]]\nname = "gate"\nurl = "https://127.0.0.1/"\ntrust = {pem = "gate.pem"}\n'
    assert main(["check", *_config(tmp_path, tls + camera)]) == exits.CONFIGURATION
    said = capsys.readouterr().err
    assert f"web.tls.certificate {tmp_path}/cert.pem" in said
    assert "it is no proper PEM" in said
    assert f"camera 'gate': trust.pem {tmp_path}/gate.pem cannot be read: No such file" in said


def test_check_finds_secrets_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The configuration where it has any, the key of TLS, and what seda has made itself."""
    camera = '[[camera]]\nname = "gate"\nurl = "http://127.0.0.1/"\nuser = "u"\npassword = "p"\n'
    tls = f'[web]\ntls = {{certificate = "{tmp_path}/cert.pem", key = "{tmp_path}/key.pem"}}\n'
    config = _config(tmp_path, tls + camera)
    made = [tmp_path / "seda.toml", tmp_path / "key.pem", tmp_path / "data" / "lease.key"]
    made[2].parent.mkdir()
    for path in made:
        path.touch()
        path.chmod(0o644)
    assert main(["check", *config]) == exits.CONFIGURATION
    said = capsys.readouterr().err
    for path, change in zip(made, ("o-rw", "o-rw", "go="), strict=True):
        assert f"chmod {change} {path}" in said
        path.chmod(0o600)
    main(["check", *config])
    assert "chmod" not in capsys.readouterr().err


def test_check_finds_a_password_in_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where cameras have their passwords, too."""
    config = _config(tmp_path, '[[camera]]\nname = "gate"\nurl = "rtsp://u:p@127.0.0.1/"\n')
    (tmp_path / "seda.toml").chmod(0o644)
    main(["check", *config])
    assert f"chmod o-rw {tmp_path}/seda.toml" in capsys.readouterr().err


def test_check_lets_everybody_read_what_holds_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a group may be meant."""
    config = _config(tmp_path, '[[camera]]\nname = "gate"\nurl = "http://127.0.0.1/"\n')
    (tmp_path / "seda.toml").chmod(0o644)
    main(["check", *config])
    assert "chmod" not in capsys.readouterr().err


def test_check_of_the_shipped_table_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is started and nothing is made."""
    text = (
        f'operations_address = "127.0.0.1:{free_port()}"\nweb.address = "127.0.0.1:{free_port()}"\n'
    )
    assert main(["check", *_config(tmp_path, text)]) == 0
    assert capsys.readouterr().out.startswith("all is well")
    assert [path.name for path in tmp_path.iterdir()] == ["seda.toml"]


def _run(folder: Path, text: str) -> "subprocess.CompletedProcess[str]":
    """Have `seda run` end by itself, in a process of its own: it takes over the one it is in."""
    return subprocess.run(
        command("run", *_config(folder, text)),
        env=environment(has_fakes=False),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_data_directory_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    """It names the place and what to do, before anything is started."""
    (tmp_path / "file").touch()
    text = (
        f'operations_address = "127.0.0.1:{free_port()}"\nweb.address = "127.0.0.1:{free_port()}"\n'
        f'data_directory = "{tmp_path}/file/data"\nrun_directory = "{tmp_path}/run"\n'
        '[[camera]]\nname = "gate"\nurl = "http://127.0.0.1:1/"\n'
    )
    ended = _run(tmp_path, text)
    assert ended.returncode == exits.CONFIGURATION
    words = f"{tmp_path}/file/data cannot be written: Not a directory; let this user"
    assert words in ended.stderr


def test_a_cut_lease_key_is_a_sentence(tmp_path: Path) -> None:
    """Otherwise the stages that read it would end at every start."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lease.key").write_bytes(b"short")
    text = (
        f'operations_address = "127.0.0.1:{free_port()}"\nweb.address = "127.0.0.1:{free_port()}"\n'
        f'data_directory = "{tmp_path}/data"\nrun_directory = "{tmp_path}/run"\n'
        '[[camera]]\nname = "gate"\nurl = "http://127.0.0.1:1/"\n'
    )
    ended = _run(tmp_path, text)
    assert ended.returncode == exits.CONFIGURATION
    assert f"{tmp_path}/data/lease.key holds 5 bytes instead of 32: remove it" in ended.stderr


def test_an_empty_quarantine_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to see is not an error, and needs nobody who runs."""
    assert main(["quarantine", "list", *_config(tmp_path)]) == exits.OK
    assert capsys.readouterr().out == "the quarantine is empty\n"
    assert main(["quarantine", "show", "a/b", *_config(tmp_path)]) == exits.FAILED
    assert "not in the quarantine: a/b" in capsys.readouterr().err


TELLING = pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("quarantine", "list"),
        ("check",),
        ("user", "list"),
        ("user", "list", "--json"),
        ("camera", "probe", "http://127.0.0.1:1/"),
        ("evaluate", "--help"),
        ("bench", "--help"),
    ],
)
"""Commands that write something whatever is there, those of other packages too."""
_ALONE = ("--help", "camera", "evaluate", "bench")


def _tell(words: tuple[str, ...], folder: Path, into: Any) -> "subprocess.CompletedProcess[bytes]":
    """Have a command write its output there."""
    text = (
        f'operations_address = "127.0.0.1:{free_port()}"\nweb.address = "127.0.0.1:{free_port()}"\n'
    )
    config = () if words[0] in _ALONE else _config(folder, text)
    return subprocess.run(
        command(*words, *config),
        env=environment(has_fakes=False),
        stdout=into,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )


@TELLING
def test_a_reader_that_goes_away_is_no_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    """`seda ... | head -0` ends quietly, in the programs of other packages too."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = _tell(words, tmp_path, gone)
    assert ended.returncode == exits.FAILED
    assert ended.stderr == b""


@TELLING
def test_output_onto_a_full_disk_is_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    """`seda ... > report` says that the report is not whole."""
    with Path("/dev/full").open("wb") as full:
        ended = _tell(words, tmp_path, full)
    assert ended.returncode == exits.FAILED
    assert ended.stderr.startswith(b"seda: the output could not be written")
    assert ended.stderr.count(b"\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_output_that_was_closed_before_is_no_traceback(closed: str) -> None:
    """Whoever closed it wants to hear nothing."""
    words = shlex.join(command("user", "list"))
    ended = subprocess.run(
        ["sh", "-c", f"{words} {closed}"],  # noqa: S607 - any shell
        env=environment(has_fakes=False),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == exits.OK
    assert b"Traceback" not in ended.stderr


def test_a_program_that_is_not_installed_is_a_sentence() -> None:
    """Not a traceback of the interpreter."""
    wanted = argparse.Namespace(program="scripts.no_such_program", rest=[])
    with pytest.raises(exits.Failure, match=r"has no scripts\.no_such_program"):
        program.execute(wanted)


def test_another_packages_program_gets_its_arguments_and_gives_its_exit_code() -> None:
    """It takes the command's place."""
    lines = (
        "import argparse",
        "from seda.command import program",
        "program.execute(argparse.Namespace(program='json.tool', rest=['--no-such-option']))",
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "\n".join(lines)],
        env=environment(has_fakes=False),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 2
    assert "--no-such-option" in ended.stderr
