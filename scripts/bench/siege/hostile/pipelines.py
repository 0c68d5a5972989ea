"""The shipped table, with stages beside it whose code was taken over."""

from conf.schema import StageSettings
from seda.pipeline import PIPELINE, Stage, StageOutput, only

_CODE = "testing.handlers.hostile"
_ONE = StageSettings(handlers_min=1, handlers_max=1)

HOSTILE = only(
    *PIPELINE.stages,
    Stage(
        "hostile",
        f"{_CODE}:attack",
        ("aims",),
        (StageOutput("outcomes", "report"),),
        settings=_ONE,
    ),
    Stage(
        "forger", f"{_CODE}:forge", ("aims",), (StageOutput("outcomes", "report"),), settings=_ONE
    ),
    # It may connect, as stages do that speak to cameras: only its controllers turn it away.
    Stage(
        "astray",
        f"{_CODE}:impersonate",
        ("aims",),
        handler="async",
        has_network=True,
        settings=_ONE,
    ),
    Stage("report", f"{_CODE}:report", ("outcomes",), settings=_ONE),
)
