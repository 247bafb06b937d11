"""A process killed while it stores artifacts: what was acknowledged is whole, and the next one goes on."""

import random

import pytest

import runicorn
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.paths import get_artifact

LOGS_FOR_EVER = """
from pathlib import Path
work = Path(sys.argv[1])
run = rn.init("p", storage=root, capture_env=False)
for number in range(10_000):
    (work / "a").write_text(f"content {number}" * 1000)
    (work / "b").write_text("the same each time" * 1000)
    artifact = rn.Artifact("net").add_file(work / "a").add_file(work / "b")
    print(run.log_artifact(artifact), flush=True)
"""


@pytest.mark.slow
def test_every_acknowledged_version_survives_sigkill_and_no_other_is_half_there(script, start, root, tmp_path):
    """Case 68."""
    moments = random.Random(7)
    acknowledged = []
    for _ in range(5):
        process = script(LOGS_FOR_EVER, str(tmp_path))
        for _ in range(moments.randint(1, 12)):
            acknowledged.append(int(process.stdout.readline()))
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split("\n")[:-1]]
        process.communicate()

        folder = get_artifact(root, "net")
        found = read_index(folder)
        assert set(acknowledged) <= found.present
        assert found.aliases["latest"] == max(found.present)
        for entry in found.versions:
            assert contents.find_damage(folder.version(entry.version)) == []

    (tmp_path / "c").write_text("after all")
    artifact = runicorn.Artifact("net").add_file(tmp_path / "c")
    assert start().log_artifact(artifact) == max(found.present) + 1
    for left in versions.find_leftovers(root, older_than_s=0):
        contents.drop_staging(left)
    blobs.remove_blobs(versions.collect_orphans(root))
    folder = get_artifact(root, "net")
    assert all(contents.find_damage(folder.version(number)) == [] for number in folder.version_numbers())
    assert {blob.name for blob in blobs.iter_blobs(root)} == versions.named_digests(root)
