"""What passes between libav and its camera, and what does not. Pure: bytes in, bytes out.

libav is told neither where the camera is nor the password. It asks under an address of this
machine, with a word in its path that nobody else knows; here that becomes the camera's own, and is
signed once the camera asks for that. A redirect never comes to libav, which would follow it to any
host: it ends the exchange, and whoever began it decides. So nobody has to foresee what libav does
with an answer: it has no address to leave for, and nothing to betray there.
"""

import attrs

from stages.camera.source.rtsp_messages import Message, NotRtsp, Reading
from stages.camera.source.rtsp_password import Signer

SIGNED_MAX = 2
"""A camera may call one nonce stale."""
_WAITING_MAX = 16
_UNSAID = ("location", "www-authenticate", "proxy-authenticate", "authentication-info")


class Redirected(Exception):
    """The camera leads elsewhere."""

    def __init__(self, location: str) -> None:
        super().__init__("the camera redirects")
        self.location = location


@attrs.define
class _Asked:
    """A question that the camera has not answered."""

    question: Message
    cseq: str
    """As libav counts."""
    signed: int = 0


class Exchange:
    """One connection of libav, and one to the camera."""

    def __init__(self, local_url: str, url: str, signer: Signer) -> None:
        self._local_url = local_url
        self._url = url
        self._signer = signer
        self._from_libav = Reading()
        self._from_camera = Reading()
        self._waiting: dict[str, _Asked] = {}
        self._count = 0
        self.is_known = False
        """The sender of the question knows the word."""

    def ask(self, data: bytes) -> bytes:
        """Return what the camera is to be sent for what libav said; raise NotRtsp."""
        return b"".join(
            found if isinstance(found, bytes) else self._pass_on(found)
            for found in self._from_libav.feed(data)
        )

    def answer(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what libav, and what the camera is to be sent; raise NotRtsp or Redirected."""
        to_libav, to_camera = [], []
        for found in self._from_camera.feed(data):
            if isinstance(found, bytes):
                to_libav.append(found)
            elif not found.is_answer:
                to_libav.append(found.without(*_UNSAID).encode())
            elif (again := self._sign_again(found)) is not None:
                to_camera.append(self._send(again))
            else:
                to_libav.append(self._told(found))
        return b"".join(to_libav), b"".join(to_camera)

    def _pass_on(self, message: Message) -> bytes:
        if message.is_answer:  # of what the camera asked
            return message.encode()
        method, _, rest = message.first.partition(" ")
        url, _, version = rest.rpartition(" ")
        if url.startswith(self._local_url):
            self.is_known = True
            url = self._url + url.removeprefix(self._local_url)
        if not self.is_known or len(self._waiting) >= _WAITING_MAX:
            raise NotRtsp("a question of somebody else")
        question = attrs.evolve(message, first=f"{method} {url} {version}")
        return self._send(_Asked(question.without("authorization"), message.value("cseq")))

    def _send(self, asked: _Asked) -> bytes:
        self._count += 1
        cseq = str(self._count)
        self._waiting[cseq] = asked
        method, url, _ = asked.question.first.split(" ", 2)
        question = asked.question
        signature = self._signer.sign(method, url)
        if signature is not None:
            asked.signed += 1
            question = question.plus("Authorization", signature)
        return question.plus("CSeq", cseq).encode()

    def _sign_again(self, answer: Message) -> _Asked | None:
        """Return the question that is to be signed, or signed anew."""
        cseq = self._find(answer)
        asked = self._waiting[cseq]
        if answer.status != 401 or asked.signed >= SIGNED_MAX:
            return None
        if not self._signer.take(answer.values("www-authenticate")):
            return None
        return self._waiting.pop(cseq)

    def _told(self, answer: Message) -> bytes:
        asked = self._waiting.pop(self._find(answer))
        if 300 <= answer.status < 400:
            raise Redirected(answer.value("location"))
        return answer.without(*_UNSAID).plus("CSeq", asked.cseq).encode()

    def _find(self, answer: Message) -> str:
        """Return the number of the question that is answered; some cameras do not count."""
        if not self._waiting:
            raise NotRtsp("an answer to nothing that was asked")
        cseq = answer.value("cseq")
        return cseq if cseq in self._waiting else next(iter(self._waiting))
