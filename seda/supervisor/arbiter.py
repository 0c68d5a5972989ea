"""The supervisor's loop: waits for signals and for the time, and does what the plan says.

One thread and one place that waits. Whatever happens (a controller ends, somebody asks for a stop,
a backoff is over) only changes the situation; `plan.reconcile` then says what to do about it.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Protocol

import attrs

from seda.messages import ProcessFigures, SupervisorFigures
from seda.supervisor import plan
from seda.supervisor.controllers import Controllers, Ended
from seda.supervisor.signals import Signals

FIGURES_EVERY_S = 1.0
LOOK_EVERY_S = 1.0
UNHEEDED = (
    "{} changes nothing: seda runs on, with the configuration that it was started with; "
    "`seda check` looks at a changed one, and it counts after `seda stop` and `seda run`"
)
"""Such signals are taken all the same: a closed terminal sends one, log rotations the others."""

Say = Callable[..., None]
"""say(level, words, **about): one line of the log."""


class Publish(Protocol):
    """Tells the figures to whoever shows them; `is_new` when more than their time changed."""

    def __call__(self, figures: SupervisorFigures, *, is_new: bool) -> None:
        """Tell them."""


class Link(Protocol):
    """Something else to be kept going, until a stop is asked for."""

    def fileno(self) -> int:
        """Return the descriptor to wait for; -1 while there is none."""

    def pump(self) -> None:
        """Do what can be done now."""


class Arbiter:
    """Keeps the controllers running until it is told to stop."""

    def __init__(
        self,
        names: list[str],
        controllers: Controllers,
        stop_limit_s: float,
        say: Say,
        link: Link | None = None,
    ) -> None:
        now_s = time.monotonic()
        self._situation = plan.Situation(tuple(plan.Child(name, now_s) for name in names))
        self._controllers = controllers
        self._stop_limit_s = stop_limit_s
        self._say = say
        self._link = link
        self._killed: list[str] = []
        self._has_news = True

    def run(self, signals: Signals, publish: Publish) -> str:
        """Run until everything is stopped; return how that went, in words."""
        published_s = looked_s = 0.0
        while not self._situation.is_over:
            now_s = time.monotonic()
            if now_s >= looked_s + LOOK_EVERY_S:
                self._look()
                looked_s = now_s
            for action in plan.reconcile(self._situation, now_s):
                self._carry_out(action, now_s)
            if self._has_news or now_s >= published_s + FIGURES_EVERY_S:
                publish(self.figures(now_s), is_new=self._has_news)
                published_s, self._has_news = now_s, False
            self._pump()
            self._wait(signals, min(published_s + FIGURES_EVERY_S, looked_s + LOOK_EVERY_S))
            for number in signals.take():
                self._handle(number)
        publish(self.figures(time.monotonic()), is_new=True)
        return (
            f"killed because they did not stop: {', '.join(self._killed)}" if self._killed else ""
        )

    def _pump(self) -> None:
        if self._situation.stop_by_s is None and self._link:
            self._link.pump()

    def figures(self, now_s: float) -> SupervisorFigures:
        """Return what the supervisor says of itself."""
        is_stopping = self._situation.stop_by_s is not None
        has_all = all(child.pid is not None for child in self._situation.children)
        return SupervisorFigures(
            pid=os.getpid(),
            at_s=now_s,
            state="stopping" if is_stopping else "running" if has_all else "starting",
            processes=tuple(self._process(child) for child in self._situation.children),
        )

    def _process(self, child: plan.Child) -> ProcessFigures:
        is_stopped = self._situation.stop_by_s is not None and child.told_s is not None
        return ProcessFigures(
            name=child.name,
            pid=child.pid or 0,
            state="running" if child.pid else "stopped" if is_stopped else "restarting",
            since_s=child.since_s,
            restarts=child.restarts,
            role=self._controllers.role(child.name),
        )

    def _look(self) -> None:
        """See which controllers turned their loops, and whether orphans are still there."""
        if self._situation.has_orphans:
            self._reap()
        for child in self._situation.children:
            beat_s = self._controllers.beat_s(child.name)
            if child.pid is not None and beat_s is not None:
                self._situation = self._situation.with_child(plan.looked(child, beat_s))

    def _wait(self, signals: Signals, until_s: float) -> None:
        now_s = time.monotonic()
        due_s = plan.next_due_s(self._situation, now_s)
        if due_s is not None:
            until_s = min(until_s, due_s)
        poll = select.poll()
        poll.register(signals, select.POLLIN)
        if self._situation.stop_by_s is None and self._link and self._link.fileno() >= 0:
            poll.register(self._link, select.POLLIN)
        # Rounded up, because waking before the time is due would mean to spin until it is.
        poll.poll(max(until_s - now_s, 0) * 1000 + 1)

    def _handle(self, number: signal.Signals) -> None:
        match number:
            case signal.SIGCHLD:
                self._reap()
            case signal.SIGTERM | signal.SIGINT:
                self._stop(number)
            case _:
                self._say("warning", UNHEEDED.format(number.name))

    def _stop(self, number: signal.Signals) -> None:
        """Begin to stop; a second Ctrl-C means at once."""
        now_s = time.monotonic()
        limit_s = self._stop_limit_s
        if self._situation.stop_by_s is not None:
            if number != signal.SIGINT:
                return
            limit_s = 0.0
        self._say("info", "stopping", limit_s=limit_s)
        self._situation = attrs.evolve(self._situation, stop_by_s=now_s + limit_s)
        self._has_news = True

    def _reap(self) -> None:
        now_s = time.monotonic()
        for change in self._controllers.changes():
            child = self._situation.child(change.name)
            if isinstance(change, Ended):
                self._report(child, change)
                child = plan.died(child, now_s)
            else:
                child = plan.suspended(child, now_s if change.is_on else None)
            self._put(child)
        try:
            has_orphans = self._controllers.end_orphans()
        except OSError as error:  # without descriptors nobody can be found
            self._say("error", "processes cannot be looked up; trying again", why=str(error))
            has_orphans = True
        self._situation = attrs.evolve(self._situation, has_orphans=has_orphans)

    def _report(self, child: plan.Child, ended: Ended) -> None:
        level = "info" if child.told_s is not None and not child.is_killed else "error"
        what = self._controllers.role(ended.name)
        self._say(level, f"{what} ended", stage=ended.name, process=ended.pid, how=ended.how)

    def _carry_out(self, action: plan.Action, now_s: float) -> None:
        child = self._situation.child(action.name)
        match action:
            case plan.Start():
                self._put(self._start(child, now_s))
            case plan.Tell():
                self._controllers.send(action.name, signal.SIGTERM)
                self._put(plan.told(child, now_s))
            case plan.Kill():
                what = self._controllers.role(action.name)
                self._say("error", f"{what} does not react and is killed", stage=action.name)
                if self._situation.stop_by_s is not None:
                    self._killed.append(action.name)
                self._controllers.send(action.name, signal.SIGKILL)
                self._put(plan.killed(child))

    def _start(self, child: plan.Child, now_s: float) -> plan.Child:
        what = self._controllers.role(child.name)
        try:
            pid = self._controllers.start(child.name)
        except (OSError, subprocess.SubprocessError) as error:
            # Out of processes or of memory: counted like a controller that died at once.
            self._say("error", f"{what} cannot be started", stage=child.name, why=str(error))
            return plan.died(attrs.evolve(child, since_s=now_s), now_s)
        self._say("info", f"{what} started", stage=child.name, process=pid)
        return plan.started(child, pid, now_s)

    def _put(self, child: plan.Child) -> None:
        self._situation = self._situation.with_child(child)
        self._has_news = True
