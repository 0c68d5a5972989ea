"""Clips: folders and videos, rates, labels that are not counted, scenes in a file, memories."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from anomaly.evaluation.__main__ import main
from anomaly.evaluation.clips import Clip, FolderError
from anomaly.evaluation.folder import read_folder
from anomaly.evaluation.replay import CHUNK_S, Player, calibrated_course
from anomaly.evaluation.run import evaluate_scene
from anomaly.evaluation.scenes import Scene, find_scenes
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory
from tests.anomaly.street import ORDINARY, Walker, draw_street

RUNNER = Walker(50, 3.0, start=-130)


def write_video(path: Path, count: int, fps: int, *, has_runner: bool = False) -> None:
    """Write a video of the street, a runner in its second half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps, options={"qscale": "2"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 360, 240, "yuv420p"
        for number in range(count):
            moving = [*ORDINARY, RUNNER] if has_runner and number >= count // 2 else ORDINARY
            picture = draw_street(moving, number).repeat(2, 0).repeat(2, 1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of videos at 20 pictures a second, the end of the test clip not counted."""
    root = tmp_path_factory.mktemp("films")
    for number in range(3):
        write_video(root / "training" / f"{number:02}.mp4", 400, 20)
    write_video(root / "testing" / "01.mp4", 200, 20, has_runner=True)
    labels: dict[str, Any] = {"01": np.repeat([0, 1, 2], [100, 80, 20])}
    np.savez(root / "frame_labels.npz", **labels)
    return root


def test_a_video_is_read_at_its_rate_or_slower(films: Path) -> None:
    """All pictures at the video's own rate, every second one at half of it, with their times."""
    file = films / "testing" / "01.mp4"
    whole, half = (list(Clip("01", file, fps).read_shots()) for fps in (None, 10.0))
    assert [shot.number for shot in whole] == list(range(200))
    assert [shot.number for shot in half] == list(range(0, 200, 2))
    assert half[-1].at_s == pytest.approx(9.9)
    assert Clip("01", file).pace_s == pytest.approx(0.05)


def test_a_folder_has_the_rate_that_is_said(folder: Path) -> None:
    """Files carry no times: ten a second, or what --fps says."""
    clip = folder / "testing" / "frames" / "01"
    ends = [list(Clip("01", clip, fps).read_shots())[-1].at_s for fps in (None, 5.0)]
    assert ends == pytest.approx([9.9, 19.8])


def test_videos_are_evaluated_as_folders_are(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half the rate, the labels of the pictures taken, those with a 2 left aside."""
    page = tmp_path / "page.html"
    assert main([str(films), "--fps", "10", "--json", "--report", str(page)]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    clip = facts["per_clip"]["01"]
    assert (clip["frames"], clip["counted"], clip["anomalous"]) == (100, 90, 40)
    assert facts["auc"] > 0.9
    assert facts["found_at_one_false_event"] == 1
    assert facts["auc_interval"][0] <= facts["auc"] <= facts["auc_interval"][1]
    assert facts["ordinary_h"] == pytest.approx(60 / 3600, rel=0.01)
    assert 'class="aside" x=' in page.read_text("utf-8")


def test_a_damaged_video_is_named(films: Path, tmp_path: Path) -> None:
    """The file and the reason, not a traceback."""
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "01.mp4").write_bytes(b"nothing of a video")
    (tmp_path / "testing").symlink_to(films / "testing")
    (tmp_path / "frame_labels.npz").symlink_to(films / "frame_labels.npz")
    training, _ = read_folder(tmp_path)
    with pytest.raises(FolderError, match=r"01\.mp4: cannot be read as a video"):
        list(training[0].read_shots())


def test_chunks_last_as_long_at_any_rate(films: Path, graph: MotionGraph) -> None:
    """Two seconds each: forty pictures at twenty a second, two at one a second."""
    for fps, pictures in ((20.0, 40), (1.0, 2)):
        player = Player(CameraMemory("0"), graph)
        clip = Clip("01", films / "testing" / "01.mp4", fps)
        replayed = player.play(clip, is_frozen=False)
        assert {len(one.course) for one in replayed.scored} == {pictures}
        assert pictures / fps == CHUNK_S
        said = [value for one in replayed.scored for value in calibrated_course(one)]
        assert replayed.scores.tolist() == pytest.approx(said)


def test_a_frozen_memory_stays_as_it_is_and_a_learning_one_does_not(
    films: Path, graph: MotionGraph
) -> None:
    """Frozen test clips teach nothing, learning ones do, and neither touches the other clips."""
    player = Player(CameraMemory("0"), graph)
    training, testing = read_folder(films, 10.0)
    player.play(training[0], is_frozen=False)
    before = pack_memory(player.memory)
    apart = player.play_apart(testing[0], is_frozen=False)
    assert pack_memory(player.memory) == before
    seen_s = player.memory.history.seen_s
    player.play(testing[0], is_frozen=True)
    assert player.memory.history.seen_s == seen_s
    player.play(testing[0], is_frozen=False)
    assert player.memory.history.seen_s > seen_s
    assert len(apart.scores) == 100


def test_clips_that_continue_are_judged_without_their_fold(films: Path, graph: MotionGraph) -> None:
    """A test clip without a training clip of its name cannot continue one."""
    write_video(films / "testing" / "02.mp4", 40, 20)
    with np.load(films / "frame_labels.npz") as known:
        labels: dict[str, Any] = {"01": known["01"], "02": np.zeros(40, np.uint8)}
    np.savez(films / "frame_labels.npz", **labels)
    scene = Scene(films, "films", 10.0, continues=True, kinds={"01": "running"})
    evaluation = evaluate_scene(scene, graph)
    assert evaluation.detector.by_kind.keys() == {"running", "anomaly"}
    (films / "testing" / "02.mp4").rename(films / "testing" / "09.mp4")
    labels["09"] = labels.pop("02")
    np.savez(films / "frame_labels.npz", **labels)
    with pytest.raises(FolderError, match='none is called "09"'):
        evaluate_scene(scene, graph)


def test_a_file_lists_scenes(tmp_path: Path) -> None:
    """Folders are beside the file; what the command line says goes before it."""
    file = tmp_path / "scenes.toml"
    file.write_text(
        '[[scene]]\nfolder = "a"\nfps = 12.5\ncontinues = true\nkind = "fall"\n'
        '[[scene]]\nfolder = "b"\nmemory = "learning"\nkinds = { "01" = "fight" }\n'
    )
    first, second = find_scenes(file, None, is_learning=False)
    assert (first.folder, first.fps, first.continues) == (tmp_path / "a", 12.5, True)
    assert (first.is_learning, second.is_learning) == (False, True)
    assert [first.kind_of("01"), second.kind_of("01"), second.kind_of("02")] == [
        "fall",
        "fight",
        "anomaly",
    ]
    assert {one.fps for one in find_scenes(file, 5.0, is_learning=True)} == {5.0}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lists no scenes"),
        ("[[scene]]", 'scene 1: has no "folder"'),
        ('[[scene]]\nfolder = "a"\nfsp = 5', 'unknown key "fsp"'),
        ('[[scene]]\nfolder = "a"\nfps = -5', "fps has to be a number above 0"),
        ('[[scene]]\nfolder = "a"\nmemory = "none"', '"frozen" or "learning", not "none"'),
        ('[[scene]]\nfolder = "a"\nkinds = 3', "kinds has to be a table"),
        ("[[scene", "cannot be read as TOML"),
    ],
)
def test_a_file_that_can_not_be_used_is_told(
    tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its name and what is wrong, before anything is judged."""
    file = tmp_path / "scenes.toml"
    file.write_text(content)
    assert main([str(file)]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert str(file) in told


def test_several_scenes_are_told_together(
    films: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON object holds all scenes; each has a page of its own."""
    file = tmp_path / "scenes.toml"
    file.write_text(f'[[scene]]\nfolder = "{films}"\nfps = 10\n[[scene]]\nfolder = "{folder}"\n')
    assert main([str(file), "--json", "--report", str(tmp_path / "page.html")]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    names = [scene["scene"] for scene in facts["scenes"]]
    assert names == [films.name, folder.name]
    assert all((tmp_path / f"page-{name}.html").stat().st_size for name in names)
