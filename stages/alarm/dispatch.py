"""Finds the function that makes a write's change, and explains a failed write to its sender."""

import sqlite3
import traceback
from collections.abc import Callable

from seda import logs
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.replies import Busy, Invalid, Reply, problem
from stages.alarm.requests import Request
from stages.alarm.routes import alarms, frames, people, verdicts
from store.file.database import Change, Missing, Refused, Transaction
from store.file.faults import is_not_recorded

Route = Callable[[AlarmContext, Request, Transaction], Reply]

ROUTES: dict[str, Route] = {
    "sign_in": people.sign_in,
    "sign_in_refused": people.sign_in_refused,
    "sign_in_link": people.sign_in_link,
    "sign_out": people.sign_out,
    "own_password": people.own_password,
    "verdict": verdicts.verdict,
    "undo": verdicts.undo,
    "acknowledge": alarms.acknowledge,
    "resolve": alarms.resolve,
    "note": alarms.note,
    "hand_over": alarms.hand_over,
    "confirm_test_frame": frames.confirm,
    "withdraw_test_frame": frames.withdraw,
    "add_user": people.add_user,
    "change_user": people.change_user,
    "remove_user": people.remove_user,
    "add_token": people.add_token,
    "remove_token": people.remove_token,
    "remove_user_token": people.remove_user_token,
    "make_link": people.make_link,
}
"""By the names of spotter_web/routes.py. Two are in no row there: "sign_in_refused", by which the
parser says that a password was wrong, and "make_link", for `seda user link`. What takes long before
anything is written stands apart (uploads.PREPARED)."""
RETRY_AFTER_S = 5
_log = logs.get(__name__)


def find_change(context: AlarmContext, request: Request) -> Change | None:
    """Return what a write changes; None for a route that nobody serves here."""
    route = ROUTES.get(request.ask.route)
    if route is None:
        return None
    return lambda tx: route(context, request, tx)


def explain(request: Request, error: Exception) -> Reply:
    """Return the answer to a write that failed."""
    match error:
        case Missing():
            return problem(404, str(error))
        case Refused():
            return problem(409, str(error))
        case Invalid():
            return problem(422, str(error))
        case Busy():
            return problem(503, str(error), ("Retry-After", str(RETRY_AFTER_S)))
        case sqlite3.Error() | OSError() if is_not_recorded(error):
            _log.error("NOT RECORDED", route=request.ask.route, why=str(error))
            words = "this was NOT recorded, because the disk takes nothing: try again, and tell"
            after = ("Retry-After", str(RETRY_AFTER_S))
            return problem(503, f"{words} whoever runs seda ({error})", after)
        case _:
            about = "".join(traceback.format_exception(error))
            _log.error("a write failed", route=request.ask.route, why=about)
            return problem(500, "this was not recorded, because of a mistake in seda; it is logged")
