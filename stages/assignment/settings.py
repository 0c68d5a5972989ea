"""From what a person configures to the policy's numbers."""

from math import ceil

from conf.schema import Settings
from spotter_web.bands import TOP_THREAT
from stages.assignment.policy.limits import LEASES_PER_SESSION, Limits

_INCIDENTS_A_CAMERA = 4
_WAITING_MIN = 2048
_COMMON_MIN = 4
"""On a small site: fewer cameras than look into one hall."""


def limits_of(settings: Settings) -> Limits:
    """Return the policy's limits."""
    watch = settings.watch
    return Limits(
        doubling_s=watch.doubling_s,
        rotation_every=watch.rotation_every,
        waiting_max=max(_WAITING_MIN, _INCIDENTS_A_CAMERA * len(settings.camera)),
        camera_waiting_max=_INCIDENTS_A_CAMERA,
        near_zero_threat=watch.near_zero_threat,
        common_cameras=max(_COMMON_MIN, ceil(watch.common_share * len(settings.camera))),
        incident_threat=watch.incident_threat,
        sample_every_s=watch.sample_every_s,
        review_after_s=watch.review_after_s,
        lease_s=watch.lease_s,
        requests_max=settings.web.connections_max,
        requests_per_spotter=watch.pages_per_person,
        leases_per_spotter=LEASES_PER_SESSION * watch.pages_per_person,
        undo_s=watch.undo_s,
        second_threat=watch.second_threat,
        second_clear_share=watch.second_clear_share,
        top_threat=TOP_THREAT,
        top_target_s=watch.top_target_s,
        test_every=watch.test_every,
    )
