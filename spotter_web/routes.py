"""Every address of the web side below /api, and a few beside it: one table. Pure.

Parser, reply, alarm, live and the document of the API read it. Adding an address is a row here and
a function in the stage that it goes to. What is in no row is a page or a file of them.
"""

from typing import Literal

import attrs

from seda.overview import CameraView, Overview, ScoreView
from seda.requests import Role
from spotter_web import forms, views

Target = Literal["assignment", "alarm", "live", "http_reply"]
Method = Literal["GET", "POST", "PATCH", "DELETE"]

JPEG, PNG, STREAM, METRICS, TEXT = (
    "image/jpeg",
    "image/png",
    "text/event-stream",
    "text/plain; version=1.0.0; charset=utf-8",
    "text/plain; charset=utf-8",
)


@attrs.frozen
class Route:
    """One row: GET stands for HEAD too."""

    name: str
    method: Method
    path: str
    """With {names} in it, each for one segment."""
    to: Target
    summary: str
    least: Role | None = "spotter"
    """The role that is needed at least; None for everybody."""
    query: type | None = None
    body: type | str | None = None
    """A class for JSON, or a media type for what is taken as it is."""
    gives: type | str | None = None
    """A class for JSON, or a media type."""
    done: int = 200
    others: tuple[int, ...] = ()
    """Answers of its own besides those that every route has."""
    body_bytes_max: int = 16 * 1024
    is_personal: bool = False
    """Nothing for machines: what a token did that way would outlive it, and let its thief stay."""


API = "/api/v1"
_FRAME = f"{API}/frames/{{frame_id}}"
_ALARM = f"{API}/alarms/{{alarm_id}}"
_UPLOAD_BYTES = 8 * 1024 * 1024

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("document", "GET", f"{API}/openapi.json", "http_reply", "This document", least=None, gives="application/json"),

    Route("session", "GET", f"{API}/session", "http_reply", "Who is signed in", gives=views.Session),
    Route("sign_in", "POST", f"{API}/session", "alarm", "Sign in by password", least=None, body=forms.SignIn, gives=views.Session, others=(401, 429)),
    Route("sign_in_link", "POST", f"{API}/session/link", "alarm", "Sign in by a one-time link", least=None, body=forms.LinkSignIn, gives=views.Session, others=(401, 429)),
    Route("sign_out", "DELETE", f"{API}/session", "alarm", "Sign out", done=204),
    Route("own_password", "POST", f"{API}/session/password", "alarm", "Change one's own password", is_personal=True, body=forms.OwnPassword, done=204, others=(429,)),
    Route("figures", "GET", f"{API}/session/figures", "http_reply", "One's own decisions, pace and vigilance", gives=views.Figures),

    Route("next", "GET", f"{API}/next", "assignment", "The next frame to decide; its facts are in the header Seda-Frame", query=forms.NextQuery, gives=JPEG, others=(204,)),
    Route("frame", "GET", _FRAME, "http_reply", "A frame's picture", gives=JPEG, others=(206, 304, 404, 416)),
    Route("heat", "GET", f"{_FRAME}/heat", "http_reply", "Where in a frame the evidence lies, grey", gives=PNG, others=(304, 404)),
    Route("usual", "GET", f"{_FRAME}/usual", "http_reply", "The usual view of a frame's camera", gives=JPEG, others=(304, 404)),
    Route("strip", "GET", f"{_FRAME}/strip", "http_reply", "The pictures before and after a frame, oldest first", gives=tuple[views.StripPicture, ...], others=(404,)),
    Route("strip_picture", "GET", f"{_FRAME}/strip/{{index}}", "http_reply", "One picture of a strip", gives=JPEG, others=(304, 404)),
    Route("joined", "GET", f"{_FRAME}/joined", "http_reply", "The frames of other cameras that are decided with a frame", gives=tuple[views.JoinedFrame, ...], others=(404,)),
    Route("verdict", "POST", f"{_FRAME}/verdict", "alarm", "Record a verdict", body=forms.VerdictForm, gives=views.Recorded, others=(404, 409)),
    Route("undo", "DELETE", f"{_FRAME}/verdict", "alarm", "Take a verdict back within its window", body=forms.LeaseForm, gives=views.Recorded, others=(404, 409)),
    Route("history", "GET", f"{API}/verdicts", "http_reply", "What was decided", query=forms.HistoryQuery, gives=views.History),

    Route("alarms", "GET", f"{API}/alarms", "http_reply", "Alarms", query=forms.AlarmsQuery, gives=views.Alarms),
    Route("acknowledge", "POST", f"{_ALARM}/acknowledge", "alarm", "Take an alarm on oneself", gives=views.Alarm, others=(404, 409)),
    Route("resolve", "POST", f"{_ALARM}/resolve", "alarm", "End an alarm with its outcome", body=forms.ResolveForm, gives=views.Alarm, others=(404, 409)),
    Route("note", "POST", f"{_ALARM}/notes", "alarm", "Write something beside an alarm", body=forms.NoteForm, gives=views.Alarm, others=(404, 409)),

    Route("wall", "GET", f"{API}/wall", "live", "The cameras in scope, the worst first", gives=views.Wall),
    Route("picture", "GET", f"{API}/cameras/{{camera}}/picture", "http_reply", "A camera's newest picture; its time is in the header Seda-Captured", gives=JPEG, others=(304, 404)),
    Route("events", "GET", f"{API}/events", "live", "What changes, as it changes", query=forms.EventsQuery, gives=STREAM),
    Route("watch", "GET", f"{API}/watch", "live", "Who is on watch", gives=views.Watch),
    Route("handover", "GET", f"{API}/watch/notes", "http_reply", "What earlier watches left for the next", gives=views.HandoverNotes),
    Route("hand_over", "POST", f"{API}/watch/notes", "alarm", "Leave a note for the next watch", body=forms.NoteForm, gives=views.HandoverNotes, others=(409,)),

    Route("test_frames", "GET", f"{API}/test-frames", "http_reply", "Frames whose answer is known", least="supervisor", gives=tuple[views.TestFrame, ...]),
    Route("upload_test_frame", "POST", f"{API}/test-frames", "alarm", "Add a picture whose answer is known", least="supervisor", query=forms.TestFrameQuery, body=JPEG, gives=views.TestFrame, done=201, others=(409,), body_bytes_max=_UPLOAD_BYTES),
    Route("confirm_test_frame", "POST", f"{API}/test-frames/decided", "alarm", "Use a decided frame whose answer is certain", least="supervisor", body=forms.TestFrameForm, gives=views.TestFrame, done=201, others=(404, 409)),
    Route("withdraw_test_frame", "DELETE", f"{API}/test-frames/{{frame_id}}", "alarm", "Withdraw a test frame", least="supervisor", done=204, others=(404,)),
    Route("vigilance", "GET", f"{API}/vigilance", "http_reply", "How well the watch is kept, by person and band", least="supervisor", gives=tuple[views.VigilanceView, ...]),

    Route("users", "GET", f"{API}/users", "http_reply", "Users, with roles and scopes", least="admin", gives=tuple[views.User, ...]),
    Route("add_user", "POST", f"{API}/users", "alarm", "Add a user", least="admin", is_personal=True, body=forms.UserForm, gives=views.User, done=201, others=(409,)),
    Route("user_tokens", "GET", f"{API}/users/{{name}}/tokens", "http_reply", "A user's tokens for machines", least="admin", gives=tuple[views.Token, ...], others=(404,)),
    Route("remove_user_token", "DELETE", f"{API}/users/{{name}}/tokens/{{label}}", "alarm", "Revoke a user's token", least="admin", done=204, others=(404,)),
    Route("change_user", "PATCH", f"{API}/users/{{name}}", "alarm", "Change a user's role, scope or password", least="admin", is_personal=True, body=forms.UserChange, gives=views.User, others=(404, 409)),
    Route("remove_user", "DELETE", f"{API}/users/{{name}}", "alarm", "Remove a user", least="admin", is_personal=True, done=204, others=(404, 409)),
    Route("tokens", "GET", f"{API}/tokens", "http_reply", "One's own tokens for machines", gives=tuple[views.Token, ...]),
    Route("add_token", "POST", f"{API}/tokens", "alarm", "Make a token for a machine", is_personal=True, body=forms.TokenForm, gives=views.Token, done=201, others=(409,)),
    Route("remove_token", "DELETE", f"{API}/tokens/{{label}}", "alarm", "Revoke a token", done=204, others=(404,)),

    Route("cameras", "GET", f"{API}/cameras", "live", "Every camera's state, for operations", least="supervisor", gives=tuple[CameraView, ...]),
    Route("stages", "GET", f"{API}/stages", "live", "Every stage's figures, for operations", least="supervisor", gives=Overview),
    Route("scores", "GET", f"{API}/scores", "live", "Every camera's newest score, for operations", least="supervisor", gives=tuple[ScoreView, ...]),
    Route("metrics", "GET", "/metrics", "live", "Every figure, for Prometheus", least="admin", gives=METRICS),
    Route("healthz", "GET", "/healthz", "live", "Whether the web side is alive", least=None, gives=TEXT),
    Route("readyz", "GET", "/readyz", "live", "Whether every stage serves", least=None, gives=TEXT, others=(503,)),
)
# fmt: on
