"""The newest of every alarm, as the alarm stage tells them. Pure."""

from collections.abc import Iterator

from spotter_web.views import Alarm

ALARMS_KEPT = 4096
"""Those that are over are forgotten first, then the oldest: the store has them all."""
OVER = ("resolved", "withdrawn")


class OpenAlarms:
    """Alarms by id."""

    def __init__(self) -> None:
        self._alarms: dict[int, Alarm] = {}

    def note(self, alarm: Alarm) -> bool:
        """Take in an alarm as it stands; tell whether that is news."""
        before = self._alarms.get(alarm.alarm_id)
        if before and before.changed_s > alarm.changed_s:
            return False
        self._alarms[alarm.alarm_id] = alarm
        if len(self._alarms) > ALARMS_KEPT:
            over = (number for number, it in self._alarms.items() if it.state in OVER)
            del self._alarms[next(over, min(self._alarms))]
        return True

    def states(self) -> dict[str, str]:
        """Return by camera the state of the alarm that needs somebody most, if any is open."""
        found: dict[str, str] = {}
        for alarm in self._open():
            if found.get(alarm.camera) != "raised":
                found[alarm.camera] = alarm.state
        return found

    def count(self, state: str) -> int:
        """Count the alarms in a state."""
        return sum(alarm.state == state for alarm in self._alarms.values())

    def _open(self) -> Iterator[Alarm]:
        return (alarm for alarm in self._alarms.values() if alarm.state not in OVER)
