"""What controllers are told, and tables that cannot run."""

import socket

import pytest

from conf.consistency import merged
from conf.schema import Channel, Settings, StageSettings
from seda import pipeline
from seda.pipeline import LIVE, PIPELINE, Pipeline, Stage, StageOutput, only
from seda.supervisor import sockets, stage_configs
from testing.running import pipelines
from testing.running.pipelines import RING

GIB = 1024**3
_TABLE = only(
    Stage(
        "source",
        "a:b",
        takes=(),
        gives=(StageOutput("thing", "sink"), StageOutput("other", "sink")),
    ),
    Stage(
        "sink",
        "a:b",
        takes=("thing", "other"),
        gives=(StageOutput("fact", "source", is_fact=True),),
    ),
    LIVE,
)


def test_every_stage_gives_to_whom_its_row_names_and_to_live() -> None:
    """Figures are facts that every stage gives."""
    assert stage_configs.successors(_TABLE, _TABLE.stage("source")) == ["sink", "live"]
    assert stage_configs.successors(_TABLE, _TABLE.stage("live")) == []


def test_a_table_without_live_gives_it_nothing() -> None:
    """Nobody connects to a stage that is not there."""
    assert stage_configs.successors(pipelines.GOOD, pipelines.GOOD.stage("sink")) == []


def test_windows_have_room_for_one_sender_from_outside() -> None:
    """Supervisor and command line submit too."""
    sink, source = _TABLE.stage("sink"), _TABLE.stage("source")
    assert (stage_configs.streams(_TABLE, sink), stage_configs.others(_TABLE, sink)) == (
        ("source",),
        1,
    )
    assert (stage_configs.streams(_TABLE, source), stage_configs.others(_TABLE, source)) == ((), 2)
    assert (stage_configs.streams(_TABLE, LIVE), stage_configs.others(_TABLE, LIVE)) == ((), 3)


def test_a_charter_says_what_one_stage_needs() -> None:
    """Settings are merged, paths and descriptors are this run's."""
    place = stage_configs.Place(
        pipeline=_TABLE,
        settings=Settings(),
        stage_settings={"source": StageSettings(handlers_max=7, start="exec")},
        paths={name: f"/r/{name}.sock" for name in ("source", "sink", "live")},
        run_directory="/r",
        data_directory="/d",
        log_is_json=True,
    )
    told = stage_configs.stage_config(
        place, _TABLE.stage("source"), stage_configs.Inherited(5, 6, {"x": 7})
    )
    assert (told.settings.handlers_max, told.row.start) == (7, "exec")
    assert told.successors == {"sink": "/r/sink.sock", "live": "/r/live.sock"}
    assert (told.listening, told.kept_state, told.sockets) == (5, 6, {"x": 7})


@pytest.mark.parametrize(
    ("has_gpu", "said", "start", "memory_bytes"),
    [
        (False, {}, "fork", 1 * GIB),
        (True, {}, "exec", 4 * GIB),
        (True, {"start": "fork"}, "fork", 1 * GIB),
        (True, {"memory_limit_bytes": 2 * GIB}, "exec", 2 * GIB),
        (False, {"start": "exec"}, "exec", 1 * GIB),
    ],
)
def test_a_gpu_decides_how_its_stage_is_started(
    *, has_gpu: bool, said: dict[str, object], start: str, memory_bytes: int
) -> None:
    """Start and memory follow from the machine, unless somebody has said otherwise."""
    rows = {stage.name: stage.settings for stage in PIPELINE.stages}
    place = stage_configs.Place(
        pipeline=PIPELINE,
        settings=Settings(stage={"anomaly": said}),
        stage_settings=rows | {"anomaly": merged(rows["anomaly"], said)},
        paths={name: f"/r/{name}.sock" for name in rows},
        run_directory="/r",
        data_directory="/d",
        log_is_json=True,
        has_gpu=has_gpu,
    )
    told = stage_configs.stage_config(
        place, PIPELINE.stage("anomaly"), stage_configs.Inherited(5, 6, {})
    )
    assert (told.row.start, told.settings.memory_limit_bytes) == (start, memory_bytes)
    others = stage_configs.stage_config(
        place, PIPELINE.stage("transcoder"), stage_configs.Inherited(5, 6, {})
    )
    assert (others.row.start, others.settings) == ("fork", rows["transcoder"])


def test_a_stage_takes_from_each_row_what_that_gives() -> None:
    """And from `live`'s side figures of every one; from most rows nothing."""
    assert stage_configs.kinds(_TABLE, _TABLE.stage("sink")) == {
        "source": ("thing", "other"),
        "sink": (),
        "live": (),
    }
    assert stage_configs.kinds(_TABLE, LIVE)["sink"] == ("stage_figures",)


def test_models_are_granted_to_the_stage_that_reads_them() -> None:
    """Every other one reads what is its own."""
    assert [it.name for it in pipeline.PIPELINE.stages if it.has_models] == ["anomaly"]


def test_one_stage_is_told_how_to_reach_the_channels() -> None:
    """Everybody else knows their names alone."""
    channel = Channel("room", "https://user:pw@hook.example/", {"X-Key": "k"}, "between us")
    settings = Settings(channel=(channel,))
    (told,) = stage_configs.without_secrets(settings, has_channels=True).channel
    (hidden,) = stage_configs.without_secrets(settings).channel
    assert told == channel
    assert hidden == Channel("room", "hidden")
    assert [stage.name for stage in RING.stages if stage.has_channels] == ["alarm"]


def test_a_table_of_some_rows_gives_to_those_alone() -> None:
    """A bench or a test runs `live` without the stages that it answers through."""
    assert {output.to for output in LIVE.gives} == {"http_reply", "assignment", "alarm"}
    assert stage_configs.problems(pipeline.only(LIVE), {"operations"}) == []


def test_the_shipped_table_can_run() -> None:
    """The supervisor has every socket that a row names."""
    assert stage_configs.problems(pipeline.PIPELINE, sockets.names(Settings())) == []


def test_every_problem_of_a_table_is_named() -> None:
    """Two rows of a name, nobody to give to, no such socket."""
    found = "\n".join(stage_configs.problems(pipelines.TANGLED, {"operations"}))
    assert "'source' has two rows" in found
    assert "'nowhere', which has no row" in found
    assert "'unheard', which is no socket" in found


def test_a_gift_that_nobody_takes_is_named() -> None:
    """Giver and taker have to agree."""
    table = Pipeline(
        (Stage("a", "x:y", takes=(), gives=(StageOutput("odd", "b"),)), Stage("b", "x:y", ()))
    )
    assert stage_configs.problems(table, set()) == [
        "stage 'a' gives 'odd' to 'b', which does not take it"
    ]


def test_descriptors_have_to_stay_under_half_of_the_limit() -> None:
    """Events in flight must never use up what sockets and files need."""
    settings = {name: StageSettings(queue_descriptors=1000) for name in "ab"}
    assert stage_configs.fitted(settings, 4001) == settings
    assert {it.queue_descriptors for it in stage_configs.fitted(settings, 4000).values()} == {999}


def test_the_shipped_table_runs_where_few_files_may_be_open() -> None:
    """Less at once, and nothing refused; with hardly any it says what to do."""
    settings = {stage.name: stage.settings for stage in pipeline.PIPELINE.stages}
    limit = stage_configs.DESCRIPTORS_MIN
    fitted = stage_configs.fitted(settings, limit)
    assert sum(it.queue_descriptors for it in fitted.values()) * 2 < limit
    assert stage_configs.descriptor_problem(limit) is None
    assert "ulimit" in (stage_configs.descriptor_problem(limit - 1) or "")


def test_a_stop_reaches_successors_that_stand_before_a_stage_earlier() -> None:
    """In a ring somebody gives to who has ended already, and must not wait for them."""
    settings = Settings(run_directory="r", data_directory="d")
    place = stage_configs.Place(
        pipeline=_TABLE,
        settings=settings,
        stage_settings={stage.name: stage.settings for stage in _TABLE.stages},
        paths={stage.name: stage.name for stage in _TABLE.stages},
        run_directory="r",
        data_directory="d",
        log_is_json=True,
    )
    inherited = stage_configs.Inherited(5, 6, {})
    found = {
        it.name: stage_configs.stage_config(place, it, inherited).stopped_earlier
        for it in _TABLE.stages
    }
    assert found == {"source": (), "sink": ("source",), "live": ()}


def test_with_a_certificate_tls_stands_in_front_of_the_parser() -> None:
    """The pages are then listened for by it alone, on the same address."""
    plain = pipeline.PIPELINE
    found = pipeline.with_tls(plain)
    names = [it.name for it in found.stages]
    assert names.index("tls") + 1 == names.index("http_parser")
    assert len(names) == len(plain.stages) + 1
    assert "web" in plain.stage("http_parser").listens
    assert "web" not in found.stage("http_parser").listens
    settings = Settings()
    for table in (plain, found):
        assert stage_configs.problems(table, sockets.names(settings)) == []
    assert sockets.addresses(settings)["tls"] == sockets.addresses(settings)["web"]
    assert pipeline.with_tls(_TABLE) == _TABLE


def test_connections_go_back_by_a_pair_that_keeps_what_nobody_reads() -> None:
    """And refuses at once what does not fit."""
    pair = sockets.pair()
    with pair["return"] as back, pair["returned"] as returned:
        back.send(b"one")
        back.send(b"two")
        assert (returned.recv(10), returned.recv(10)) == (b"one", b"two")
        with pytest.raises(BlockingIOError):
            returned.recv(10)
        with pytest.raises(BlockingIOError):
            fill(back)


def fill(sock: socket.socket) -> None:
    for _ in range(1_000_000):
        sock.send(b"x" * 1000)
