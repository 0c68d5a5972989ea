"""Objects over time: cells to blobs, blobs to tracks, tracks to evidence of several kinds.

    state = start_state(rows, columns)                 # of the grid of cells, once a camera
    due = due_pictures(state, at_s)                    # of a chunk; 25 a second are too many
    activity = find_activity(thin(differences), thin(those about ACTIVE_S before))
    blobs = find_all_blobs(Cells(..., activity), thin(differences))  # pixels and seconds
    sightings = watch(state, blobs, [at_s[n] for n in due], hour)  # frozen=True learns nothing
    sightings.strongest[picture, Kind.MOTION]          # surprise: 0 is usual or unknown
    row = sightings.telling[picture, kind]             # -1: nobody
    describe(state, sightings, row)                    # facts for words, with the box
    arrays = pack_state(state); unpack_state(arrays, rows, columns)

A difference is the small picture less its background and light.  Everything here is pure: times
come in as arguments, nothing is drawn by lot.  The names that this module gives are the
interface; they stay as they are.
"""

from anomaly.tracks.blobs import (
    ACTIVE_S,
    Blobs,
    Cells,
    find_activity,
    find_all_blobs,
    find_blobs,
    no_blobs,
)
from anomaly.tracks.edges import thin
from anomaly.tracks.facts import Fact, describe
from anomaly.tracks.following import Named
from anomaly.tracks.kinds import KINDS, STATE_KINDS, THING_NAMES, Kind
from anomaly.tracks.packing import pack_state, unpack_state
from anomaly.tracks.watching import Sightings, TrackState, due_pictures, start_state, watch

__all__ = [
    "ACTIVE_S",
    "KINDS",
    "STATE_KINDS",
    "THING_NAMES",
    "Blobs",
    "Cells",
    "Fact",
    "Kind",
    "Named",
    "Sightings",
    "TrackState",
    "describe",
    "due_pictures",
    "find_activity",
    "find_all_blobs",
    "find_blobs",
    "no_blobs",
    "pack_state",
    "start_state",
    "thin",
    "unpack_state",
    "watch",
]
