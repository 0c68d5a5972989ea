"""Who may submit what here: a stage what its row gives, others (a replay) what this one takes.

A handler is nobody: what it gives goes through its own controller, which looks whether the row
gives it. So no process below a controller is let in, whatever it says it is.
"""

import attrs

from seda.processes import parent_of
from seda.stage_config import StageConfig


@attrs.frozen
class Gate:
    """What a controller knows of whoever may knock."""

    takes: frozenset[str]
    """Kinds that the row takes."""
    kinds: dict[str, frozenset[str]]
    """By stage, of what it gives here."""
    supervisor_pid: int

    def kinds_of(self, sender: str) -> frozenset[str]:
        """Return the kinds that a sender of this name may submit."""
        return self.kinds.get(sender, self.takes)

    def is_shut_to(self, pid: int) -> bool:
        """Tell whether a process is below a controller, or gone, so that nobody knows."""
        below, parent = pid, parent_of(pid)
        if parent is None:
            return True
        while parent and parent != self.supervisor_pid:
            below, parent = parent, parent_of(parent)
        return bool(parent) and below != pid


def gate_of(config: StageConfig, supervisor_pid: int) -> Gate:
    """Return the gate that a stage's configuration describes."""
    kinds = {name: frozenset(given) for name, given in config.kinds.items()}
    return Gate(frozenset(config.row.takes), kinds, supervisor_pid)
