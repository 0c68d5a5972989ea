"""Real controllers with their real sockets and kept states, as a supervisor would start them."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from conf.schema import StageSettings
from seda import kept_state_memory, wire
from seda.messages import Event, Settlement
from seda.pipeline import Stage, StageOutput
from seda.sender import Sender
from seda.stage_config import StageConfig
from testing.waiting import LOOK_S, PATIENCE_S, wait_until


class Station:
    """One stage: what outlives its controller, and the controller."""

    def __init__(
        self, folder: Path, row: Stage, successor: str = "", places: tuple[Path, ...] = ()
    ) -> None:
        self.folder = folder
        self._places = os.pathsep.join(map(str, (*places, Path(__file__).parents[2])))
        self.path = str(folder / f"{row.name}.sock")
        self._listening = wire.listen(self.path)
        self.kept_state = kept_state_memory.create()
        paths = {successor: str(folder / f"{successor}.sock")} if successor else {}
        self._config = StageConfig(
            row,
            row.settings,
            paths,
            (),
            1,
            str(folder),
            str(folder / "data"),
            self._listening.fileno(),
            self.kept_state,
        ).seal()
        self.log = (folder / f"{row.name}.log").open("ab")
        self.start()

    def start(self) -> None:
        """Start a controller, the first or the next one."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "controller", str(self._config)],
            pass_fds=(self._config, self.kept_state, self._listening.fileno()),
            env={**os.environ, "PYTHONPATH": self._places},
            stderr=self.log,
        )

    def kill(self) -> None:
        """Kill the controller as nobody would politely."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the controller to drain, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """End everything."""
        self.kill()
        self.log.close()
        self._listening.close()
        os.close(self.kept_state)
        os.close(self._config)

    @property
    def words(self) -> str:
        """Return what the controller has logged."""
        return Path(self.log.name).read_text()

    @property
    def own(self) -> Path:
        """Return the directory that the stage's code may write into."""
        return self.folder / "data" / Path(self.path).stem

    def open_descriptors(self) -> int:
        """Count what the controller has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


def row(name: str, gives: str = "", events_per_call: int = 1) -> Stage:
    """Return the row of a stage that does what testing/handlers/rude.py says."""
    settings = StageSettings(
        handlers_max=1, deadline_ceiling_s=1.0, events_per_call=events_per_call
    )
    return Stage(
        name,
        "testing.handlers.rude:handle",
        ("work",),
        (StageOutput("work", gives),) if gives else (),
        settings=settings,
    )


@contextmanager
def station(
    folder: Path, stage: Stage, successor: str = "", places: tuple[Path, ...] = ()
) -> Iterator[Station]:
    """Have a controller for the length of a test; modules are looked for in these places first."""
    opened = Station(folder, stage, successor, places)
    try:
        yield opened
    finally:
        opened.close()


def pump_until(sender: Sender, is_enough: Callable[[list[Settlement]], bool]) -> list[Settlement]:
    """Pump until enough is settled."""
    settled: list[Settlement] = []

    def pump() -> None:
        settled.extend(sender.pump())
        if not is_enough(settled):
            select.select([sender] if sender.fileno() >= 0 else [], [], [], LOOK_S)

    wait_until(
        lambda: is_enough(settled), "enough settlements", between=pump, so_far=lambda: settled[-3:]
    )
    return settled


def events(keys: list[str], name: str = "e") -> list[Event]:
    """Return one event a key."""
    return [Event(f"{name}{number}", "work", key) for number, key in enumerate(keys)]


def settle_all(at: Station, wanted: list[Event]) -> dict[str, Settlement]:
    """Submit events and return how each was settled."""
    with closing(Sender(at.path, "test")) as sender:
        for event in wanted:
            sender.submit(event)
        settled = pump_until(sender, lambda it: len(it) >= len(wanted))
        assert len(settled) == len(wanted), "every event is settled exactly once"
        return {settlement.id: settlement for settlement in settled}
