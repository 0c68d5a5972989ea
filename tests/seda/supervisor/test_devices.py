"""Whether there is a GPU to start a stage for."""

from pathlib import Path

import pytest

from seda.supervisor.devices import has_cuda


def test_a_gpu_needs_a_device_and_a_runtime_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without either nobody starts handlers the slow way."""
    devices = tmp_path / "dev"
    devices.mkdir()
    place = tmp_path / "code" / "someruntime"
    (place / "capi").mkdir(parents=True)
    (place / "__init__.py").touch()
    monkeypatch.syspath_prepend(place.parent)
    (devices / "nvidiactl").touch()
    provider = place / "capi" / "libonnxruntime_providers_cuda.so"
    provider.touch()
    assert not has_cuda(devices, "someruntime")
    (devices / "nvidia0").touch()
    assert has_cuda(devices, "someruntime")
    assert not has_cuda(devices, "no_such_runtime")
    provider.unlink()
    assert not has_cuda(devices, "someruntime")
