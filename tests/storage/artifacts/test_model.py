"""The store against a model: any order of changes, with indexes lost or left behind by a killed writer in between."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runicorn.errors import ArtifactNotFound
from runicorn.storage import blobs
from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.index import read_index
from runicorn.storage.artifacts.paths import artifact_folder

ALIASES = st.sampled_from(["best", "prod"])
CONTENTS = st.sampled_from([b"a", b"b", b"c"])


class Store(RuleBasedStateMachine):
    """`live` maps numbers to contents, `marked` are soft-deleted, `used` is every number ever given out."""

    def __init__(self) -> None:
        super().__init__()
        self.work = Path(tempfile.mkdtemp(prefix="runicorn-test-"))
        self.root = self.work / "root"
        self.folder = artifact_folder(self.root, "model", "net")
        self.live: dict[int, bytes] = {}
        self.marked: set[int] = set()
        self.used: set[int] = set()
        self.aliases: dict[str, int] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.work)

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.live)))

    @rule(content=CONTENTS)
    def save(self, content):
        (self.work / "f").write_bytes(content)
        staged = [contents.StagedFile(self.work / "f", "f")]
        number = versions.create_version(self.root, versions.NewVersion("net", "model", staged)).number
        assert number not in self.used
        self.live[number] = content
        self.used.add(number)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def soft_delete(self, data):
        number = self.pick(data)
        versions.soft_delete(self.folder.version(number))
        self.marked.add(number)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def restore(self, data):
        number = self.pick(data)
        versions.restore(self.folder.version(number))
        self.marked.discard(number)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def remove(self, data):
        number = self.pick(data)
        version = self.folder.version(number)
        promised = versions.preview_bytes(version)
        assert versions.delete_permanently(version) == promised
        del self.live[number]
        self.marked.discard(number)
        self.aliases = {alias: named for alias, named in self.aliases.items() if named != number}
        with pytest.raises(ArtifactNotFound):
            versions.soft_delete(version)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), alias=ALIASES)
    def name(self, data, alias):
        self.aliases[alias] = self.pick(data)
        versions.set_alias(self.folder, alias, self.aliases[alias])

    @precondition(lambda self: self.aliases)
    @rule(data=st.data())
    def forget(self, data):
        alias = data.draw(st.sampled_from(sorted(self.aliases)))
        versions.remove_alias(self.folder, alias)
        del self.aliases[alias]

    @precondition(lambda self: len(self.live) == len(self.used) > 0)
    @rule()
    def lose_the_index(self):
        """Only the folders are left: names are gone, versions are not."""
        self.folder.index.unlink(missing_ok=True)
        self.aliases = {}

    @precondition(lambda self: self.live and max(self.live) == max(self.used) and max(self.live) not in self.marked)
    @rule()
    def lose_the_last_entry(self):
        """A writer was killed between renaming its version and writing the index."""
        if not self.folder.index.exists():
            return
        document = json.loads(self.folder.index.read_text())
        last = max(self.live)
        document["versions"] = [row for row in document["versions"] if row["version"] != last]
        self.folder.index.write_text(json.dumps(document))

    @invariant()
    def what_is_read_is_what_was_done(self):
        found = read_index(self.folder)
        assert found.present == set(self.live)
        expected = {**self.aliases, **({"latest": max(self.live)} if self.live else {})}
        assert found.aliases == expected
        assert {entry.version for entry in found.versions if entry.status == "deleted"} == self.marked
        for number, content in self.live.items():
            assert contents.get_file(self.folder.version(number), "f").read_bytes() == content

    @invariant()
    def equal_contents_are_stored_once_and_unneeded_ones_not_at_all(self):
        assert len(list(blobs.iter_blobs(self.root))) == len(set(self.live.values()))

    @invariant()
    def the_published_package_finds_the_next_number_free(self):
        if self.folder.index.exists():
            rows = json.loads(self.folder.index.read_text())["versions"]
            written = [row["version"] for row in rows]
            assert written == list(range(1, len(rows) + 1))


TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
)
