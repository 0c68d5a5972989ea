"""What is said of a lease that many cameras' frames are asked about under. Pure.

The list of them is too long for a header: it lies beside the frame that is shown, and the lease
names its hash, so that alarm records a verdict for these frames and for no others.
"""

from hashlib import sha256

import attrs
import msgspec

from anomaly.bands import band_of
from seda.decisions import JoinedFrame, JoinedFrames
from seda.messages import ScoredFacts
from spotter_web.views import Joined
from stages.assignment.frame_details import FrameDetails, details_of
from stages.assignment.policy.records import Incident

WORDS = {"light": "The light changed"}
"""The causes that many cameras may have in common. A view that is covered or turned is none."""
_ENCODER = msgspec.json.Encoder()


@attrs.frozen
class Item:
    """The incidents of one lease, the one that is shown first."""

    incidents: tuple[Incident, ...]
    listed: bytes = b""
    """The list as it lies beside the frame; empty where a verdict counts for the first alone."""

    @property
    def first(self) -> Incident:
        """Return the one that is shown."""
        return self.incidents[0]

    @property
    def listed_sha256(self) -> str:
        """Return what the lease names the list by."""
        return sha256(self.listed).hexdigest() if self.listed else ""

    def list_others(self) -> bytes:
        """Make the list; empty where there are no others."""
        frames = tuple(map(_list_frame, self.incidents[1:]))
        return _ENCODER.encode(JoinedFrames(frames)) if frames else b""

    def told(self, facts: ScoredFacts) -> ScoredFacts:
        """Say of the frame that is shown what is said of the item."""
        threat = min(facts.threat, self.first.weight_max)
        facts = attrs.evolve(facts, threat=threat, band=band_of(threat))
        if not self.listed:
            return facts
        about = self.joined
        common = WORDS.get(self.first.common, "The same happened")
        words = f"{common} on {about.cameras} cameras within {about.within_s:.0f} s."
        return attrs.evolve(facts, words=f"{words} On this one: {facts.words}")

    @property
    def joined(self) -> Joined:
        """Count the cameras and how far apart they are."""
        times_s = [details_of(it.face).facts.captured_s for it in self.incidents]
        cameras = len({it.camera for it in self.incidents})
        return Joined(cameras, max(1.0, max(times_s) - min(times_s)))


def common_cause(facts: ScoredFacts) -> str:
    """Return the cause of a frame if many cameras may have it in common."""
    return facts.cause if facts.cause in WORDS else ""


def _list_frame(incident: Incident) -> JoinedFrame:
    face = incident.face
    details: FrameDetails = details_of(face)
    return JoinedFrame(
        frame_id=face.frame_id,
        camera=incident.camera,
        root=incident.root,
        sha256=details.sha256,
        threat=details.facts.threat,
        band=details.facts.band,
        captured_s=details.facts.captured_s,
        words=details.facts.words,
    )
