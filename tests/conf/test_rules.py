"""What several settings say together, and what more than a type is asked of one."""

from pathlib import Path

import pytest

from conf.loading import SettingsError, parse
from conf.rule_keys import MOST_RULES
from conf.schema import Bands, ObjectDetector, Rule, StageSettings, Zone

SITE = Path("/srv/site.toml")
ROWS = {"live": StageSettings(handlers_max=1), "camera": StageSettings()}


JUDGED = """\
[bands]
alarming_per_h = 0.2
[[object_detector]]
name = "things"
path = "things.onnx"
labels = ["person", "cart"]
[[camera]]
name = "gate"
url = "http://camera/"
object_detector = "things"
[[camera.zone]]
name = "yard"
corners = [[0, 0], [1, 0], [0, 1]]
weight = 1
hours = [22, 6]
minimum_s = 3
[[camera.rule]]
label = "person"
band = "alarming"
zone = "yard"
"""


def test_bands_zones_rules_and_object_detectors_load() -> None:
    """Everything that the detector can be told of a camera (R23)."""
    settings = parse(JUDGED, SITE, ROWS, has_file=lambda path: path == "/srv/things.onnx")
    (camera,) = settings.camera
    corners = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    assert settings.bands == Bands(alarming_per_h=0.2)
    assert settings.object_detector == (
        ObjectDetector("things", "/srv/things.onnx", labels=("person", "cart")),
    )
    assert camera.zone == (Zone("yard", corners, 1.0, (22, 6), 3.0),)
    assert camera.rule == (Rule(label="person", band="alarming", zone="yard"),)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("0.2", "7", "2: bands.alarming_per_h: at 7.0 it is not rarer than unusual_per_h, which"),
        ("0.2", "0.001", "2: bands.alarming_per_h: expected a number of at least 0.02"),
        ('"things.onnx"', '"x"', "5: object_detector.path: there is no file /srv/x"),
        ("weight = 1\n", "", '11: camera "gate": zone: key "weight" is missing'),
        ("weight = 1", "weight = 11", '14: camera "gate": zone.weight: expected a number of at m'),
        ("[0, 1]]", "[0, 2]]", '13: camera "gate": zone.corners: expected a number of at most 1'),
        (", [0, 1]]", "]", '13: camera "gate": zone.corners: expected a list with a length of at'),
        ("[22, 6]", "[22, 25]", '15: camera "gate": zone.hours: expected a whole number of at m'),
        ("[22, 6]", "[6, 6]", '15: camera "gate": zone.hours: from 6 to 6 is no time; all day is'),
        ('= "yard"\nc', '= "yrd"\nc', 'there is no zone "yard" (did you mean "yrd"?)'),
        ('= "alarming"', '= "red"', '19: camera "gate": rule.band: "red" will not do'),
        ('or = "things"', 'or = "tings"', '10: camera "gate": object_detector: there is no object'),
        ('object_detector = "things"\n', "", "without an object detector nothing has a label"),
    ],
)
def test_a_mistake_in_what_the_detector_is_told(right: str, wrong: str, said: str) -> None:
    """What is wrong, with its line and camera."""
    assert right in JUDGED
    with pytest.raises(SettingsError) as raised:
        parse(JUDGED.replace(right, wrong, 1), SITE, ROWS, has_file=lambda path: "things" in path)
    assert said in raised.value.lines[0].removeprefix(f"{SITE}:")


def test_names_of_zones_and_object_detectors_are_given_once() -> None:
    """The second one is told."""
    zone = JUDGED[JUDGED.index("[[camera.zone]]") : JUDGED.index("[[camera.rule]]")]
    detector = JUDGED[JUDGED.index("[[object") : JUDGED.index("[[camera]]")]
    with pytest.raises(SettingsError) as raised:
        parse(detector + JUDGED + zone, SITE, ROWS, has_file=lambda _: True)
    assert "another object detector has this name" in raised.value.lines[0]
    assert "another zone of this camera has this name" in raised.value.lines[1]


WATCHED = """\
time_zone = "Europe/Berlin"
[[camera]]
name = "gate"
url = "http://camera/"
[[camera.zone]]
name = "yard"
corners = [[0, 0], [1, 0], [0, 1]]
weight = 0.5
[[camera.rule]]
kind = "enter"
name = "no one in the yard"
zone = "yard"
hours = ["mon-fri 22:00-06:00"]
[[camera.rule]]
kind = "direction"
name = "one way"
corners = [[0, 0], [1, 0], [1, 1]]
arrow = [[0.1, 0.5], [0.9, 0.5]]
way = "against"
[[camera.rule]]
kind = "stay"
name = "no standing"
longest_s = 60
[[camera.rule]]
kind = "line"
name = "the line"
line = [[0, 0.5], [1, 0.5]]
way = "left_to_right"
"""


def test_rules_of_every_kind_load() -> None:
    """One type, and each kind has what it takes."""
    settings = parse(WATCHED, SITE, ROWS)
    enter, direction, stay, line = settings.camera[0].rule
    assert settings.time_zone == "Europe/Berlin"
    assert (enter.zone, enter.hours, enter.band) == ("yard", ("mon-fri 22:00-06:00",), "unusual")
    assert (direction.arrow, direction.way) == (((0.1, 0.5), (0.9, 0.5)), "against")
    assert stay.longest_s == 60.0
    assert line.line == ((0.0, 0.5), (1.0, 0.5))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"Europe/Berlin"', '"Berlin"', '1: time_zone: there is no time zone "Berlin" here: write'),
        ('"Europe/Berlin"', '"Europe"', '1: time_zone: there is no time zone "Europe" here'),
        ('"Europe/Berlin"', '"../x"', '1: time_zone: there is no time zone "../x" here'),
        (
            '"enter"',
            '"entre"',
            '10: camera "gate": rule.kind: "entre" will not do (did you mean "e',
        ),
        (
            '"enter"',
            '"stay"',
            '10: camera "gate": rule.kind: a rule of kind "stay" needs longest_s',
        ),
        ('kind = "enter"\n', "", 'rule: a rule of kind "object" needs label'),
        ('name = "one way"\n', "", '15: camera "gate": rule.kind: it has no name to be told by'),
        (
            '"one way"',
            '"the line"',
            '26: camera "gate": rule.name: another rule of this camera has',
        ),
        (
            'zone = "yard"',
            'zone = "yrd"',
            '12: camera "gate": rule.zone: there is no zone "yrd" (di',
        ),
        ("weight = 0.5", "weight = 0", '12: camera "gate": rule.zone: nothing is followed in zone'),
        ('"mon-fri 22:00-06:00"', "", '13: camera "gate": rule.hours: an empty list is no time'),
        ("mon-fri 22:00-06:00", "7-8", '13: camera "gate": rule.hours: "7-8": "7" is no time of a'),
        (
            "[1, 1]]",
            "[2, 1]]",
            '17: camera "gate": rule.corners: [2.0, 1.0] is outside of the pic',
        ),
        (
            ", [1, 1]]",
            "]",
            '17: camera "gate": rule.corners: a place has 3 to 64 corners, this has',
        ),
        (
            "[1, 1]]",
            "[0.5, 0]]",
            '17: camera "gate": rule.corners: it encloses nothing: its corner',
        ),
        (
            "[0.9, 0.5]",
            "[0.1, 0.5]",
            '18: camera "gate": rule.arrow: it has no length, so no direc',
        ),
        (
            ", [0.9, 0.5]]",
            "]",
            '18: camera "gate": rule.arrow: an arrow has two points, from where',
        ),
        (
            "arrow =",
            "arow =",
            '18: camera "gate": rule: unknown key "arow" (did you mean "arrow"?)',
        ),
        (
            '"against"',
            '"either"',
            '19: camera "gate": rule.way: "either" is no way of kind "directi',
        ),
        (
            "longest_s = 60",
            "inside_s = 60",
            'rule.inside_s: a rule of kind "stay" has no inside_s;',
        ),
        (
            "longest_s = 60",
            "longest_s = 0",
            '23: camera "gate": rule.longest_s: expected a number ',
        ),
        ("[[0, 0.5], [1, 0.5]]", "[[0, 0.5]]", '27: camera "gate": rule.line: a line has 2 to 64 '),
        ("[1, 0.5]]", "[0, 0.5]]", '27: camera "gate": rule.line: two of its points are the same'),
        (
            '"left_to_right"',
            '"along"',
            '28: camera "gate": rule.way: "along" is no way of kind "lin',
        ),
    ],
)
def test_a_mistake_in_a_rule(right: str, wrong: str, said: str) -> None:
    """A rule that nothing can break, or that says nothing, is refused with its line."""
    assert right in WATCHED
    with pytest.raises(SettingsError) as raised:
        parse(WATCHED.replace(right, wrong, 1), SITE, ROWS)
    assert any(said in line.removeprefix(f"{SITE}:") for line in raised.value.lines)


def test_more_rules_than_a_memory_holds_are_refused() -> None:
    """With how many there may be."""
    rules = "".join(
        f'[[camera.rule]]\nkind = "enter"\nname = "{number}"\n' for number in range(MOST_RULES)
    )
    with pytest.raises(SettingsError, match=f"{MOST_RULES + 4} rules; {MOST_RULES} are the most"):
        parse(WATCHED + rules, SITE, ROWS)


CONNECTED = """\
[web]
trusted_proxies = ["10.0.0.1", "fd00::/8"]
[[channel]]
name = "duty"
url = "https://alarms.example/seda"
cameras = ["gate"]
headers = { X-Key = "key" }
[[camera]]
name = "gate"
url = "http://camera/"
headers = { X-Camera = "camera" }
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"fd00::/8"', '"proxy.example"', '2: web.trusted_proxies: "proxy.example" is no address'),
        ("https://alarms", "alarms", "5: channel.url: it has to begin with http:// or https://"),
        ('["gate"]', '["gte"]', '6: channel.cameras: there is no camera "gte" (did you mean "ga'),
        ('"key"', '"clé"', "7: channel.headers.X-Key: this cannot be sent in a header: é"),
        ('"key"', '"a\\nb"', "7: channel.headers.X-Key: this cannot be sent in a header: '\\n'"),
        ("X-Key", '"X Key"', "7: channel.headers: 'X Key' is no name of a header"),
        (
            '"camera" }',
            '"ü" }',
            '11: camera "gate": headers.X-Camera: this cannot be sent in a header',
        ),
        (
            "[[camera]]",
            '[[channel]]\nname = "duty"\nurl = "http://b/"\n[[camera]]',
            "9: channel.name: another channel has this name already",
        ),
    ],
)
def test_a_mistake_in_whom_the_server_speaks_with(right: str, wrong: str, said: str) -> None:
    """It is found before anything starts, not when the first alarm is to be delivered."""
    parse(CONNECTED, SITE, ROWS)
    with pytest.raises(SettingsError) as raised:
        parse(CONNECTED.replace(right, wrong, 1), SITE, ROWS)
    assert said in raised.value.lines[0].removeprefix(f"{SITE}:")
