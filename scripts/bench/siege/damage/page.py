"""Somebody with a page, who looks at everything that is read from files, and decides."""

import json
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import attrs

from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue

LIMIT_S = 120.0
"""No measure: only a rig that is broken takes so long."""
LISTS = ("/verdicts", "/alarms", "/test-frames", "/users", "/wall", "/vigilance")
WRONG = (500, 502)
"""Who lost the session with a damaged file is told 401, and what is not there is 404."""


@attrs.define
class Page:
    """A page of one person, with the session's secret."""

    port: int
    secret: str = ""

    def sign_in(self, data: Path) -> None:
        """Write a person with a session into the store, before its own stage does."""
        path = store_path(data)
        path.parent.mkdir(parents=True)
        store = Store(path)
        try:
            self.secret = str(store.write_one(time.time(), _add))
        finally:
            store.close()

    def decide(self) -> str:
        """Decide about a frame, so that it is evidence; return its name."""
        frame = json.loads(
            self._ask("GET", "/next?page=siege-page-0001&wait=20", is_needed=True)[1]
        )
        form = {"lease": frame["lease"], "verdict": "suspicious"}
        self._ask("POST", f"/frames/{frame['frame_id']}/verdict", form, is_needed=True)
        return str(frame["frame_id"])

    def use_as_test(self, frame_id: str) -> None:
        """Make a decided frame a test frame."""
        form = {"frame_id": frame_id, "is_target": True}
        self._ask("POST", "/test-frames/decided", form, is_needed=True)

    def look(self) -> list[str]:
        """Ask for everything that is read from files, decide; return what was answered wrongly."""
        found = [self._look_at("GET", path) for path in LISTS]
        status, facts, _ = self._ask("GET", "/next?page=siege-page-0002&wait=2")
        if status == 200:
            frame = json.loads(facts)
            place = f"/frames/{frame['frame_id']}"
            found += [self._look_at("GET", f"{place}{name}") for name in ("", "/heat", "/strip")]
            form = {"lease": frame["lease"], "verdict": "clear"}
            found.append(self._look_at("POST", f"{place}/verdict", form))
        elif status in WRONG:
            found.append(f"/next was answered {status}")
        return [words for words in found if words]

    def _look_at(self, method: str, path: str, form: object = None) -> str:
        try:
            status, _, content = self._ask(method, path, form)
        except (OSError, HTTPException) as error:
            return f"{path} was not answered: {error!r}"
        return f"{path} was answered {status}: {content[:200]!r}" if status in WRONG else ""

    def _ask(
        self, method: str, path: str, form: object = None, *, is_needed: bool = False
    ) -> tuple[int, str, bytes]:
        """Ask as a page does; return status, a frame's facts and the content."""
        headers = {"Cookie": f"seda_session={self.secret}", "Sec-Fetch-Site": "same-origin"}
        headers["Content-Type"] = "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            body = None if form is None else json.dumps(form)
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if is_needed and answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {content!r}")
        return answer.status, answer.headers.get("Seda-Frame", ""), content


def _add(tx: Transaction) -> str:
    add_user(tx, User(name="siege", role="admin", scope=None), "", "bench")
    return issue(tx, "session", "siege", 86_400.0)
