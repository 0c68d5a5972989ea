"""What follows for a source from what is configured for its camera. Pure."""

from conf.addresses import split_credentials
from conf.schema import Camera
from media.cut.chunk import ChunkRules
from stages.camera.redact import secrets_of

PROCESS_SCHEMES = ("rtsp", "rtsps", "file")
"""Read by libav, which never runs in a process that serves more than one camera."""


def all_secrets(camera: Camera) -> tuple[str, ...]:
    """Return what nobody should read in a log, a page or a metric."""
    values = [camera.password or "", *camera.headers.values()]
    return (*secrets_of(camera.url), *secrets_of(camera.proxy or ""), *filter(None, values))


def needs_process(camera: Camera) -> bool:
    """Return whether this camera is read by libav, in a process of its own."""
    return camera.url.partition(":")[0].lower() in PROCESS_SCHEMES


def user_and_password(camera: Camera) -> tuple[str, str] | None:
    """Return both, from the settings or the address; None for a camera that asks for neither."""
    address = split_credentials(camera.url)
    user = address.user if camera.user is None else camera.user
    password = address.password if camera.password is None else camera.password
    return (user, password or "") if user is not None else None


def chunk_rules(camera: Camera) -> ChunkRules:
    """Return where this camera's video is cut into chunks."""
    return ChunkRules(length_s=camera.chunk_s)
