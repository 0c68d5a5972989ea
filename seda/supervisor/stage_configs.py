"""Makes the stages' configurations: what a controller is told, what it inherits. Pure."""

from collections.abc import Mapping
from typing import Any

import attrs

from conf.schema import Settings, StageSettings
from seda.codec import encode_body
from seda.pipeline import LIVE, STAGE_FIGURES, Pipeline, Stage
from seda.stage_config import StageConfig

_HIDDEN = "hidden"
DESCRIPTORS_MIN = 4096
"""With fewer the ring of HTTP has no room for web.connections_max in each of its queues."""
_NO_SECRETS: dict[str, Any] = {"user": None, "password": None, "headers": {}, "proxy": None}


@attrs.frozen
class Inherited:
    """Descriptors of the supervisor that one controller gets, under the same numbers."""

    listening: int
    kept_state: int
    sockets: dict[str, int]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return all of them."""
        return (self.listening, self.kept_state, *self.sockets.values())


@attrs.frozen
class Place:
    """What is the same for all stages of a run."""

    pipeline: Pipeline
    settings: Settings
    stage_settings: dict[str, StageSettings]
    paths: dict[str, str]
    """Of the stages' sockets."""
    run_directory: str
    data_directory: str
    log_is_json: bool
    has_gpu: bool = False


def stage_config(place: Place, stage: Stage, inherited: Inherited) -> StageConfig:
    """Return what this stage's controller is told."""
    settings = place.stage_settings[stage.name]
    if stage.gpu_memory_bytes and place.has_gpu:
        settings = _for_gpu(stage, settings, place.settings.stage.get(stage.name, {}))
    return StageConfig(
        row=attrs.evolve(stage, start=settings.start or stage.start),
        settings=settings,
        successors={name: place.paths[name] for name in successors(place.pipeline, stage)},
        streams=streams(place.pipeline, stage),
        others=others(place.pipeline, stage),
        run_directory=place.run_directory,
        data_directory=place.data_directory,
        listening=inherited.listening,
        kept_state=inherited.kept_state,
        sockets=inherited.sockets,
        granted=granted(place.settings, stage),
        kinds=kinds(place.pipeline, stage),
        stopped_earlier=_stopped_earlier(place.pipeline, stage),
        log_is_json=place.log_is_json,
        log_level=place.settings.log_level,
        quarantine_bytes=place.settings.quarantine_bytes,
        disk_floor_bytes=place.settings.disk_floor_bytes,
        content=encode_body(without_secrets(place.settings, has_channels=stage.has_channels)),
    )


def _for_gpu(stage: Stage, settings: StageSettings, said: Mapping[str, object]) -> StageSettings:
    """Return the settings as a GPU needs them, but for what the configuration says."""
    if "start" not in said:
        settings = attrs.evolve(settings, start="exec")
    if "memory_limit_bytes" not in said and settings.start == "exec":
        least_bytes = max(settings.memory_limit_bytes, stage.gpu_memory_bytes)
        settings = attrs.evolve(settings, memory_limit_bytes=least_bytes)
    return settings


def granted(settings: Settings, stage: Stage) -> tuple[str, ...]:
    """Return the files that a stage's handlers may read because the configuration names them."""
    found = [it.path for it in settings.object_detector if stage.has_models]
    return tuple(found)


def kinds(pipeline: Pipeline, stage: Stage) -> dict[str, tuple[str, ...]]:
    """Return for every row what it may submit to this stage; nothing, for most."""
    figures = (STAGE_FIGURES,) if stage.name == LIVE.name else ()
    return {
        it.name: (*(output.kind for output in it.gives if output.to == stage.name), *figures)
        for it in pipeline.stages
    }


def _stopped_earlier(pipeline: Pipeline, stage: Stage) -> tuple[str, ...]:
    """Return the successors that stand before a stage: a stop goes through the table in order."""
    before = [it.name for it in pipeline.stages[: pipeline.stages.index(stage)]]
    return tuple(name for name in successors(pipeline, stage) if name in before)


def without_secrets(settings: Settings, *, has_channels: bool = False) -> Settings:
    """Return the settings as a stage may know them: not how to reach cameras and channels.

    One stage delivers to the channels and is told how.
    """
    cameras = (attrs.evolve(it, url=_HIDDEN, **_NO_SECRETS) for it in settings.camera)
    channels = tuple(
        it if has_channels else attrs.evolve(it, url=_HIDDEN, headers={}, secret=None)
        for it in settings.channel
    )
    return attrs.evolve(settings, camera=tuple(cameras), channel=channels)


def successors(pipeline: Pipeline, stage: Stage) -> list[str]:
    """Return whom this stage gives to: whoever its row names, and `live` for its figures.

    `live` itself queues its own figures without a socket.
    """
    names = [output.to for output in stage.gives]
    if stage.name != LIVE.name and any(it.name == LIVE.name for it in pipeline.stages):
        names.append(LIVE.name)
    return list(dict.fromkeys(names))


def streams(pipeline: Pipeline, stage: Stage) -> tuple[str, ...]:
    """Name who gives more than facts to this stage."""
    return tuple(it.name for it in pipeline.senders_to(stage.name))


def others(pipeline: Pipeline, stage: Stage) -> int:
    """Count who else submits to it, one of them from outside: supervisor or command line."""
    everybody = sum(stage.name in successors(pipeline, it) for it in pipeline.stages)
    return 1 + everybody - len(streams(pipeline, stage))


def problems(pipeline: Pipeline, known_sockets: set[str]) -> list[str]:
    """Name everything in the table that cannot work."""
    names = [stage.name for stage in pipeline.stages]
    found = [] if names else ["the pipeline has no stages"]
    found += [
        f"stage {name!r} has two rows" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    for stage in pipeline.stages:
        found += [
            f"stage {stage.name!r} gives {output.kind!r} to {output.to!r}, which has no row"
            for output in stage.gives
            if output.to not in names
        ]
        found += [
            f"stage {stage.name!r} gives {output.kind!r} to {output.to!r}, which does not take it"
            for output in stage.gives
            if output.to in names and output.kind not in pipeline.stage(output.to).takes
        ]
        found += [
            f"stage {stage.name!r} listens on {name!r}, which is no socket of the supervisor"
            for name in stage.listens
            if name not in known_sockets
        ]
    return found


def fitted(stage_settings: dict[str, StageSettings], limit: int) -> dict[str, StageSettings]:
    """Return the settings with queue_descriptors that fit this limit together.

    Events under way may use up half of it. Where they could use more every stage gets less, in
    proportion: a queue that is full sooner is felt as one, and loses nothing.
    """
    total = sum(it.queue_descriptors for it in stage_settings.values())
    half = (limit - 1) // 2
    if total <= half:
        return stage_settings
    return {
        name: attrs.evolve(it, queue_descriptors=max(it.queue_descriptors * half // total, 1))
        for name, it in stage_settings.items()
    }


def descriptor_problem(limit: int) -> str | None:
    """Say so if there are too few descriptors to work with at all."""
    if limit >= DESCRIPTORS_MIN:
        return None
    return (
        f"the limit of open files is {limit} and has to be {DESCRIPTORS_MIN} at least: raise it "
        "(ulimit -Hn, or LimitNOFILE= of a service)"
    )
