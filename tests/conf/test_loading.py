"""A settings file: what it gives, and what it is told when something in it is wrong."""

import re
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conf
from conf.consistency import merged
from conf.loading import SettingsError, load, parse
from conf.schema import (
    Bands,
    Camera,
    Maintenance,
    ObjectDetector,
    Rule,
    Settings,
    StageSettings,
    TrustedCertificate,
    Zone,
)
from testing.strategies.toml import Written, documents

SITE = Path("/srv/site.toml")
KINDS = (Settings, StageSettings, Camera, Maintenance, Bands, ObjectDetector, Zone, Rule)
ROWS = {"live": StageSettings(handlers_max=1), "camera": StageSettings()}


def told(text: str) -> list[str]:
    """Return what is said of a file, without its name."""
    with pytest.raises(SettingsError) as raised:
        parse(text, SITE, ROWS)
    return [line.removeprefix(f"{SITE}:") for line in raised.value.lines]


def test_an_unknown_key_is_told_with_its_line_and_the_likely_fix() -> None:
    """The sentence of the style guide."""
    text = '\n[[camera]]\nname = "gate"\nurl = "http://camera/"\nulr = 1\n'
    assert told(text) == ['5: camera "gate": unknown key "ulr" (did you mean "url"?)']


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stop_limit_s = -3", "1: stop_limit_s: expected a number above 0, got -3"),
        ("stop_limit_s = nan", "1: stop_limit_s: expected a number above 0, got nan"),
        ('stop_limit_s = "x"', "1: stop_limit_s: expected a number, got text"),
        (
            "quarantine_bytes = 0",
            "1: quarantine_bytes: expected a whole number of at least 1, got 0",
        ),
        ('log = "humna"', '1: log: "humna" will not do (did you mean "human"?)'),
        ('log = "x"', '1: log: "x" will not do (there are: auto, human, json)'),
        ("log = 3", "1: log: expected text, got a whole number"),
        ("stage = 3", "1: stage: expected a table, got a whole number"),
        ("\nstage.live = 3", "2: [stage.live]: expected a table, got a whole number"),
        ("[stage.liev]", '1: [stage.liev]: unknown stage "liev" (did you mean "live"?)'),
        ("[stage.live]\nidle = 1", '2: [stage.live]: unknown key "idle" (did you mean "idle_s"?)'),
        (
            "stage.live.idle_s = true",
            "1: [stage.live]: idle_s: expected a number, got true or false",
        ),
        ("camera = 3", "1: camera: expected [[camera]] tables, got a whole number"),
        ("camera = [\n3]", "2: camera 1: expected a table, got a whole number"),
        ('[[camera]]\nname = "a"', '1: camera "a": key "url" is missing'),
        ("a = ", "1: not TOML: Invalid value"),
        ("\n\nlog = 1\nlog = 2", "4: not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 100_000, "1: lists or tables are nested too deeply"),
        (
            'operations_address = "9464"',
            '1: operations_address: write host:port, as in "127.0.0.1:9464" or "[::1]:9464"',
        ),
        (
            "[stage.live]\nhandlers_min = 2",
            "2: [stage.live]: handlers_min: at 2 it is above handlers_max, which is 1",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    """What is wrong, where, and what to do."""
    assert told(text) == [said]


def test_all_mistakes_are_told_at_once_and_in_order() -> None:
    """Nobody has to start seda once a mistake."""
    text = """\
log = 3
[stage.live]
handlers_max = 0
[[camera]]
name = "gate"
url = "ftp://camera/"
maintenance = { reason = "", end = 2026-05-01T18:00:00 }
[[camera]]
name = "gate"
password = "hunter2"
url = "http://camera/"
privacy = [[[0, 0], [0, 1],
  [2, 1]], [[0, 0], [1, 1]]]
"""
    found = told(text)
    assert [int(line.split(":")[0]) for line in found] == [1, 3, 6, 7, 7, 9, 10, 13]
    assert (
        'camera "gate": maintenance.reason: expected text with a length of at least 1' in found[3]
    )


def test_no_mistake_shows_a_credential() -> None:
    """Nor does what is loaded, where somebody prints it."""
    text = """\
[[camera]]
name = "a"
url = "http://viewer:hunter2/x@camera/"
[[camera]]
name = "b"
user = "viewer"
url = "http://viewer:hunter2@camera/"
[[camera]]
name = "c"
password = ["hunter2"]
url = "ftp://viewer:hunter2@camera/?pwd=hunter2"
"""
    found = told(text)
    assert len(found) == 4
    assert "hunter2" not in "".join(found)
    text = '[[camera]]\nname = "a"\nurl = "http://v:hunter2@camera/a?pwd=hunter2"\n'
    assert "hunter2" not in repr(parse(text, SITE, ROWS))


def test_credentials_in_an_address_stand_beside_it_afterwards() -> None:
    """So that the address can be shown."""
    text = '[[camera]]\nname = "a"\nurl = "rtsp://v:p%40ss@[::1]:554/x"\n'
    assert parse(text, SITE, ROWS).camera == (
        Camera(name="a", url="rtsp://[::1]:554/x", user="v", password="p@ss"),  # noqa: S106  # a test's
    )


def test_a_camera_has_everything_that_the_file_says() -> None:
    """Polygons, maintenance with its end, instructions."""
    text = """\
[[camera]]
name = "Einfahrt Süd"
url = "file:///videos/a.mp4"
instructions = "After 22:00 only staff."
privacy = [[[0, 0.0], [0.5, 0], [1, 1]]]
maintenance.reason = "new lens"
maintenance.end = 2026-05-01T18:00:00+02:00
"""
    end = datetime(2026, 5, 1, 16, tzinfo=UTC)
    assert parse(text, SITE, ROWS).camera == (
        Camera(
            name="Einfahrt Süd",
            url="file:///videos/a.mp4",
            instructions="After 22:00 only staff.",
            privacy=(((0.0, 0.0), (0.5, 0.0), (1.0, 1.0)),),
            maintenance=Maintenance(reason="new lens", end=end),
        ),
    )


def test_overrides_are_those_of_the_file_alone_and_merge_with_the_row() -> None:
    """What the file does not say stays as the pipeline's row has it."""
    settings = parse("[stage.live]\nidle_s = 3\n", SITE, ROWS)
    assert settings.stage == {"live": {"idle_s": 3.0}}
    row = StageSettings(handlers_max=1, queue_events=9)
    assert merged(row, settings.stage["live"]) == attrs.evolve(row, idle_s=3.0)


def test_directories_are_relative_to_the_file() -> None:
    """Wherever seda is started."""
    settings = parse('data_directory = "/var/lib/seda"', SITE, ROWS)
    assert settings.run_directory == "/srv/run"
    assert settings.data_directory == "/var/lib/seda"


def test_a_run_directory_too_long_for_sockets_is_told() -> None:
    """Before a socket cannot be bound there."""
    assert told(f'\nrun_directory = "{"x" * 80}"')[0].startswith(
        "2: run_directory: the path /srv/x"
    )


def test_the_default_file_says_exactly_the_defaults() -> None:
    """A person reads true values there."""
    file = Path(str(conf.__path__[0])) / "seda.toml"
    settings = load(file, ROWS)
    directory = file.parent.absolute()
    defaults = attrs.evolve(
        Settings(), run_directory=f"{directory}/run", data_directory=f"{directory}/data"
    )
    assert settings == defaults


def uncommented() -> str:
    """Return the default file with its examples."""
    file = Path(str(conf.__path__[0])) / "seda.toml"
    return re.sub(r"(?m)^#(?=[\[a-z])", "", file.read_text())


def test_the_default_file_has_every_key_and_its_examples_load() -> None:
    """A stage's defaults among them, as they are where its row says nothing."""
    text = uncommented()
    for kind in KINDS:
        for field in attrs.fields(kind):
            assert re.search(rf"(?m)(^|[ .\[]){field.name}( =|\]|\.)", text), field.name
    settings = parse(text, SITE, {"NAME": StageSettings()}, has_file=lambda _: True)
    said = merged(StageSettings(), settings.stage["NAME"])
    assert set(settings.stage["NAME"]) == {field.name for field in attrs.fields(StageSettings)}
    assert attrs.evolve(said, target_s=None, start=None, fresh_s=None) == StageSettings()
    assert [camera.name for camera in settings.camera] == ["gate"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xef\xbb\xbflog = 3", ":1: log: "), (b"\n\nlog = '\xff'", ":3: not UTF-8")],
)
def test_a_file_in_another_encoding_is_told_by_its_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """And a byte order mark is no mistake."""
    file = tmp_path / "site.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(str(file) + said)):
        load(file, ROWS)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml", ROWS)


KNOWN = [field.name for kind in KINDS for field in attrs.fields(kind)]


@given(documents(st.sampled_from([*KNOWN, "live", "unknown"])))
def test_whatever_stands_under_a_known_key_loads_or_is_told_with_a_line(written: Written) -> None:
    """A mistake never ends in a traceback."""
    try:
        parse(written.text, SITE, ROWS)
    except SettingsError as error:
        count = written.text.count("\n") + 1
        for line in error.lines:
            found = re.match(r"/srv/site\.toml:(\d+): .", line)
            assert found
            assert 1 <= int(found[1]) <= count


def test_everything_that_a_camera_may_need() -> None:
    """All keys of a camera load, and those of the transcoder."""
    text = """
[transcoder]
rate_per_s = 2
quality = 70
[[camera]]
name = "gate"
url = "https://camera/"
format = "mjpeg"
headers = { "X-Key" = "k" }
proxy = "http://proxy:3128"
trust = { fingerprint = "FINGERPRINT" }
timeouts = { silence_s = 3 }
chunk_s = 1
snapshot_every_s = 0.5
height_px = 480
replay = "fast"
"""
    fingerprint = ":".join(["ab"] * 32)
    settings = parse(text.replace("FINGERPRINT", fingerprint), Path("/etc/seda.toml"), {})
    (camera,) = settings.camera
    assert (camera.format, camera.headers, camera.chunk_s) == ("mjpeg", {"X-Key": "k"}, 1)
    assert (camera.timeouts.silence_s, camera.timeouts.connect_s) == (3, 5)
    assert camera.trust is not None
    assert (camera.trust.fingerprint, settings.transcoder.quality) == (fingerprint, 70)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('trust = { fingerprint = "ab:cd" }', "SHA-256"),
        ('trust = { fingerprint = "' + "g" * 64 + '" }', "SHA-256"),
        ('proxy = "socks5://bob:s3cret@proxy"', "http:// or https://"),
        ('proxy = "proxy:3128"', "http:// or https://"),
        ('proxy = "http://"', "http:// or https://"),
        ('proxy = "http://["', "http:// or https://"),
    ],
)
def test_a_way_to_a_camera_that_can_not_work_is_told(line: str, what: str) -> None:
    """Before it is tried, with its line, and without the proxy's password."""
    text = f'[[camera]]\nname = "a"\nurl = "https://h/"\n{line}\n'
    with pytest.raises(SettingsError, match=what) as caught:
        parse(text, Path("/etc/seda.toml"), {})
    assert caught.value.lines[0].startswith("/etc/seda.toml:4: ")
    assert "s3cret" not in caught.value.lines[0]


def test_a_certificate_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    """Wherever seda is started, `pem` is relative to the configuration, unless it is absolute."""
    text = '[[camera]]\nname = "{0}"\nurl = "https://h/"\ntrust = {{ pem = "{1}" }}\n'
    both = text.format("a", "gate.pem") + text.format("b", "/etc/gate.pem")
    found = [camera.trust for camera in parse(both, tmp_path / "seda.toml", {}).camera]
    assert found == [
        TrustedCertificate(pem=str(tmp_path / "gate.pem")),
        TrustedCertificate(pem="/etc/gate.pem"),
    ]


@pytest.mark.parametrize(
    "name", [" a", ".", "..", "a\\r\\nX-Evil: 1", "a\\n", "a\\u0000", "\\u007f"]
)
def test_a_name_that_could_be_read_as_something_else_is_refused(name: str) -> None:
    """It stands in addresses, in tables and in what machines read."""
    with pytest.raises(SettingsError, match="control characters"):
        parse(f'[[camera]]\nname = "{name}"\nurl = "http://h/"\n', Path("/etc/seda.toml"), {})


def test_a_camera_that_cannot_be_meant_is_told_with_its_line() -> None:
    """Formats, lengths, and a trust that names no certificate."""
    text = '[[camera]]\nname = "a"\nurl = "http://h/"\nformat = "mjpg"\nchunk_s = 90\ntrust = {}\n'
    with pytest.raises(SettingsError) as caught:
        parse(text, Path("/etc/seda.toml"), {})
    assert [line.partition(": ")[0].rpartition(":")[2] for line in caught.value.lines] == [
        "4",
        "5",
        "6",
    ]
