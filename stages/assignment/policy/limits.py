"""The numbers that shape the assignment policy, each with its reason. No behaviour lives here."""

import attrs
from attrs import validators

LEASES_PER_SESSION = 2
"""One frame on the screen and one prefetched, so that deciding shows the next at once."""

ITEM_INCIDENTS_MAX = 512
"""Cameras that one decision is about at most: the news of a verdict names each of their frames."""

RECENT_FRAMES = 64
"""Frame ids remembered for each camera, to know a frame that is submitted again after a crash."""

_positive = validators.gt(0.0)
_at_least_one = validators.ge(1)
_at_least_nothing = validators.ge(0.0)
_share = validators.and_(validators.ge(0.0), validators.le(1.0))


@attrs.frozen(kw_only=True)
class Limits:
    """What a site may tune; the theorem in design/assignment.md is stated in these names."""

    doubling_s: float = attrs.field(default=20.0, validator=_positive)
    """Waiting this much longer counts as much as twice the threat."""
    least_threat: float = attrs.field(
        default=1 / 64, validator=validators.and_(_positive, validators.le(1.0))
    )
    """Whatever is below ranks as this, so that ageing lifts it out of the last place too."""
    rotation_every: int = attrs.field(default=3, validator=validators.ge(2))
    """Every n-th turn of a spotter goes to the camera that is longest without one."""
    sample_every_s: float = attrs.field(default=0.0, validator=_at_least_nothing)
    """So often a spotter is shown an ordinary frame, as a sample; 0 whenever nothing else waits."""
    review_after_s: float = attrs.field(default=120.0, validator=_positive)
    """What is older is no work by the clock: it is decided in review, a sample is dropped."""
    review_max: int = attrs.field(default=512, validator=_at_least_one)
    """Incidents in review at most; the least of the camera with most of them is dropped."""
    review_lease_s: float = attrs.field(default=1800.0, validator=_positive)
    """Review has no clock; a page that was forgotten keeps nothing for ever all the same."""

    waiting_max: int = attrs.field(default=2048, validator=_at_least_one)
    """Incidents that wait at most; more than there are cameras, or some camera has no place."""
    camera_waiting_max: int = attrs.field(default=4, validator=_at_least_one)
    """Incidents of one camera that wait at most."""
    busy_waiting: int = attrs.field(default=64, validator=_at_least_one)
    """From so many waiting incidents on, the load is high and near-zero threats are dropped."""
    near_zero_threat: float = attrs.field(default=0.05, validator=_share)
    look_s: float = attrs.field(default=600.0, validator=_positive)
    """A camera that nobody looked at for this long keeps a frame, however small its threat."""

    incident_threat: float = attrs.field(default=0.25, validator=_share)
    """From here on a frame is an incident that its camera's next frames may belong to."""
    incident_gap_chunks: int = attrs.field(default=2, validator=_at_least_one)
    """Chunks of one camera so far apart at most are neighbours."""
    incident_chunks_max: int = attrs.field(default=16, validator=_at_least_one)
    """An incident that goes on for longer is asked about anew."""
    incident_worse: float = attrs.field(default=0.1, validator=_share)
    """So much more threat makes it urgent again after a verdict."""
    ordinary_chunks_max: int = attrs.field(default=30, validator=_at_least_one)
    """An ordinary frame older than so many chunks gives way to any newer one of its camera."""
    incident_frames_max: int = attrs.field(default=8, validator=validators.ge(2))
    """Pictures that one decision is shown at most; the least threatening is dropped."""

    common_cameras: int = attrs.field(default=4, validator=validators.ge(2))
    """So many cameras with one cause within `common_within_s` have it in common."""
    common_within_s: float = attrs.field(default=60.0, validator=_positive)
    """Longer than a site needs to go dark; short enough that so many do not come by chance."""
    common_look_s: float = attrs.field(default=5.0, validator=validators.ge(0.0))
    """A frame whose cause others may share waits so long for them: two chunks."""
    common_company_s: float = attrs.field(default=20.0, validator=validators.ge(0.0))
    """The same while other cameras have it too; not longer, because it may be in the top band."""
    common_quiet_s: float = attrs.field(default=10.0, validator=_positive)
    """A common cause is offered when nobody joined for so long..."""
    common_hold_s: float = attrs.field(default=120.0, validator=_positive)
    """... or was held for so long: who changes one by one in the evening does not hurry."""
    common_late_s: float = attrs.field(default=300.0, validator=_positive)
    """Who comes when the others were taken is held for so long at most."""
    common_span_s: float = attrs.field(default=1800.0, validator=_positive)
    """After so long it is another one: an evening is over by then."""
    common_threat: float = attrs.field(default=0.7, validator=_share)
    """What many cameras have in common weighs no more: it stays below the top band."""

    lease_s: float = attrs.field(default=60.0, validator=_positive)
    """A frame on the screen that is not decided for so long goes to someone else."""
    prefetch_s: float = attrs.field(default=120.0, validator=_positive)
    """A prefetched frame that never came on the screen goes back after this long."""
    requests_max: int = attrs.field(default=1024, validator=_at_least_one)
    requests_per_spotter: int = attrs.field(default=8, validator=_at_least_one)
    """Pages of one person that wait at once: some screens, a phone, and what was left open."""
    leases_per_spotter: int = attrs.field(default=8 * LEASES_PER_SESSION, validator=_at_least_one)
    """Of all pages of one person, so that nobody takes the others' frames."""
    undo_s: float = attrs.field(default=30.0, validator=validators.ge(0.0))
    """How long a verdict can be taken back."""
    ended_max: int = attrs.field(default=4096, validator=_at_least_one)
    """Ended leases that are remembered, for verdicts that come late, twice or are undone."""

    second_threat: float = attrs.field(default=0.9, validator=_share)
    """From here on a second person is asked, unless the first one raised an alarm."""
    second_clear_share: float = attrs.field(default=0.02, validator=_share)
    """The share of *clear* that a second person is asked about."""
    second_max: int = attrs.field(default=128, validator=_at_least_one)
    stranded_s: float = attrs.field(default=300.0, validator=_positive)
    """A frame that someone saw and nobody else took for so long is referred to a supervisor."""

    top_threat: float = attrs.field(default=0.9, validator=_share)
    """Where the top band starts."""
    top_target_s: float = attrs.field(default=30.0, validator=_positive)
    """A frame of the top band that nobody took within this is an alarm itself."""

    test_every: int = attrs.field(default=50, validator=validators.ge(0))
    """On average one frame in so many is a test frame; 0 for none."""
    tests_max: int = attrs.field(default=4096, validator=_at_least_one)
