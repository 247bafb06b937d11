"""Our own known_hosts file: what is kept, what is replaced, and who reads it meanwhile."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runicorn.errors import Conflict, InvalidInput
from runicorn.remote import known_hosts
from runicorn.remote.host_keys import HostKey, HostKeys, check_host, fingerprint, parse_host_key
from runicorn.remote.locks import locked


def key_of(kind: str, number: int) -> str:
    """A text that is shaped like a public key of `kind`."""
    body = len(kind).to_bytes(4, "big") + kind.encode() + (32).to_bytes(4, "big") + number.to_bytes(32, "big")
    return base64.b64encode(body).decode()


ED = "ssh-ed25519"
K1, K2, K3 = (key_of(ED, number) for number in (1, 2, 3))
RSA = key_of("ssh-rsa", 1)
HASHED = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg="
"""192.168.1.61, as `ssh-keygen -H` writes it."""


@pytest.fixture
def host_keys(tmp_path: Path) -> HostKeys:
    return HostKeys(tmp_path / "folder" / "known_hosts", [tmp_path / "system"])


def test_comments_unknown_lines_and_other_hosts_are_kept(host_keys):
    host_keys.own.parent.mkdir()
    host_keys.own.write_text(f"# mine\n\nnonsense here\na,b {ED} {K1} note\n@revoked * {ED} {K3}\nb ssh-rsa {RSA}\n")

    host_keys.accept(HostKey("b", 22, ED, K2))

    assert host_keys.own.read_text() == (
        f"# mine\n\nnonsense here\na {ED} {K1} note\n@revoked * {ED} {K3}\nb ssh-rsa {RSA}\nb {ED} {K2}\n"
    )


def test_the_file_and_its_folder_are_private_whatever_the_umask(host_keys):
    before = os.umask(0)
    try:
        host_keys.accept(HostKey("a", 22, ED, K1))
    finally:
        os.umask(before)
    assert stat.S_IMODE(host_keys.own.stat().st_mode) == 0o600
    assert stat.S_IMODE(host_keys.own.parent.stat().st_mode) == 0o700


def test_accepting_the_same_key_again_changes_nothing(host_keys):
    for _ in range(2):
        host_keys.accept(HostKey("h", 2222, ED, K1))
    assert host_keys.own.read_text() == f"[h]:2222 {ED} {K1}\n"


def test_removing_says_whether_there_was_one(host_keys):
    host_keys.accept(HostKey("h", 2222, ED, K1))
    host_keys.accept(HostKey("h", 2222, "ssh-rsa", RSA))
    assert host_keys.remove("h", 2222, ED) is True
    assert host_keys.remove("h", 2222, ED) is False
    assert host_keys.remove("h", 22, "ssh-rsa") is False
    assert [entry["key_type"] for entry in host_keys.entries()] == ["ssh-rsa"]


def test_removing_one_host_leaves_a_pattern_for_many(host_keys):
    host_keys.own.parent.mkdir()
    host_keys.own.write_text(f"*.lab {ED} {K1}\n")
    assert host_keys.remove("gpu.lab", 22, ED) is False
    assert host_keys.find("gpu.lab", 22)


def test_the_list_has_the_documented_fields(host_keys):
    host_keys.accept(HostKey("h", 2222, ED, K1))
    assert host_keys.entries() == [
        {
            "host": "h",
            "port": 2222,
            "known_hosts_host": "[h]:2222",
            "key_type": ED,
            "key_base64": K1,
            "fingerprint_sha256": fingerprint(K1),
        }
    ]


@pytest.mark.parametrize(
    ("line", "host", "port", "matches"),
    [
        pytest.param("gpu", "GPU", 22, True, id="case does not matter"),
        pytest.param("gpu", "gpu", 2222, False, id="another port is another server"),
        pytest.param("*.lab,!bad.lab", "a.lab", 22, True, id="pattern"),
        pytest.param("*.lab,!bad.lab", "bad.lab", 22, False, id="exception"),
        pytest.param("[10.0.0.?]:2222", "10.0.0.7", 2222, True, id="pattern with port"),
        pytest.param(
            "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=", "192.168.1.61", 22, True, id="hashed"
        ),
        pytest.param(
            "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=", "192.168.1.62", 22, False, id="other"
        ),
        pytest.param("|1|damaged", "h", 22, False, id="damaged hash"),
    ],
)
def test_names_match_as_openssh_has_them(line, host, port, matches):
    entry = known_hosts.parse_line(f"{line} {ED} {K1}")
    assert entry is not None
    assert entry.matches(known_hosts.host_name(host, port)) is matches


@pytest.mark.parametrize("text", ["", "# a", "h ssh-ed25519", f"h ssh-rsa {K1}", "h ssh-ed25519 ???", "@revoked h"])
def test_lines_without_a_key_are_no_entries(text):
    assert known_hosts.parse_line(text) is None


CHANGES = {
    "host": ["", "a b", "a,b", "-oProxyCommand=x", "|1|x"],
    "key_type": ["", "a b"],
    "fingerprint_sha256": ["", "MD5:aa"],
    "public_key": ["a\nb"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in CHANGES.items() for value in values])
def test_what_was_not_confirmed_as_a_whole_is_refused(field, value):
    given = {"host": "h", "port": 22, "key_type": ED, "public_key": f"{ED} {K1}", "fingerprint_sha256": fingerprint(K1)}
    assert parse_host_key(**given).key_base64 == K1
    with pytest.raises(InvalidInput, match=f"^Invalid {field}$"):
        parse_host_key(**{**given, field: value})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"public_key": f"{ED} !!!"}, "^Invalid public_key: "),
        ({"public_key": ED}, "^Invalid public_key: "),
        ({"public_key": f"ssh-rsa {RSA}"}, "^key_type does not match public_key$"),
        ({"public_key": f"{ED} {RSA}"}, "^key_type does not match public_key$"),
        ({"fingerprint_sha256": fingerprint(K2)}, "^fingerprint_sha256 does not match public_key$"),
    ],
)
def test_parts_that_disagree_are_refused(changed, said):
    given = {"host": "h", "port": 22, "key_type": ED, "public_key": f"{ED} {K1}", "fingerprint_sha256": fingerprint(K1)}
    with pytest.raises(InvalidInput, match=said):
        parse_host_key(**{**given, **changed})


_WRITER = """
import sys
from pathlib import Path
from runicorn.remote.host_keys import HostKey, HostKeys

path, first, keys = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
for number, key in enumerate(keys, first):
    HostKeys(path).accept(HostKey(f"h{number}", 22, "ssh-ed25519", key))
"""


def test_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "known_hosts"
    keys = [key_of(ED, number) for number in range(40)]
    commands = [[sys.executable, "-c", _WRITER, str(path), str(first), *keys[first : first + 20]] for first in (0, 20)]

    writers = [subprocess.Popen(command) for command in commands]

    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert sorted(entry["host"] for entry in HostKeys(path).entries()) == sorted(f"h{n}" for n in range(40))


def test_a_lock_that_is_held_is_waited_for_and_then_named(tmp_path, monkeypatch):
    monkeypatch.setattr("runicorn.remote.locks.TIMEOUT_S", 0.1)
    path = tmp_path / "known_hosts"
    with locked(path), pytest.raises(Conflict, match="known_hosts is being changed"), locked(path):
        pass


def test_a_host_with_spaces_around_it_is_refused():
    with pytest.raises(InvalidInput, match=r"^Invalid host$"):
        check_host(" gpu ")
