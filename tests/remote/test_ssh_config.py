"""~/.ssh/config as ssh reads it, with what it includes."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from runicorn.errors import ConfigError, InvalidInput
from runicorn.remote.ssh_config import HostConfig, parse_jump


@pytest.fixture
def config(own_folders: Path):
    """Write ~/.ssh/config and read it."""
    folder = own_folders / ".ssh"
    folder.mkdir()

    def write(text: str, **others: str) -> HostConfig:
        for name, content in others.items():
            (folder / name).write_text(content)
        (folder / "config").write_text(text)
        return HostConfig()

    return write


def test_without_a_file_a_host_is_what_it_says():
    target = HostConfig().resolve("gpu.lab")
    assert (target.address, target.port, target.username) == ("gpu.lab", 22, getpass.getuser())
    assert (target.jumps, target.command, target.identity_files) == ((), None, ())
    assert target.connection_id == f"{getpass.getuser()}@gpu.lab:22"


def test_an_alias_is_looked_up_and_what_is_asked_for_wins(config):
    hosts = config("Host gpu\n HostName 10.0.0.7\n Port 2200\n User alice\n IdentityFile ~/.ssh/lab\n")
    target = hosts.resolve("gpu")
    assert (target.address, target.port, target.username) == ("10.0.0.7", 2200, "alice")
    assert target.identity_files[0].endswith("/.ssh/lab")
    assert hosts.resolve("gpu", port=22).port == 2200
    assert hosts.resolve("gpu", port=2222, username="bob").connection_id == "bob@gpu:2222"


def test_a_host_key_alias_is_the_whole_name(config):
    hosts = config("Host gpu\n Port 2200\n HostKeyAlias lab\nHost other\n Port 2200\n")
    assert [(one.key_name, one.key_port) for one in map(hosts.resolve, ("gpu", "other"))] == [
        ("lab", 22),
        ("other", 2200),
    ]


@pytest.mark.parametrize(
    ("options", "jumps", "command"),
    [
        ("ProxyJump a,b@c:2222", ("a", "b@c:2222"), None),
        ("ProxyJump none", (), None),
        ("ProxyCommand nc %h %p", (), "nc gpu 22"),
        ("ProxyCommand none", (), None),
    ],
)
def test_the_way_there_is_read(config, options, jumps, command):
    target = config(f"Host gpu\n {options}\n").resolve("gpu")
    assert (target.jumps, target.command) == (jumps, command)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("jump", (None, "jump", None)),
        ("me@jump:2222", ("me", "jump", 2222)),
        ("ssh://me@jump:22", ("me", "jump", 22)),
        ("[fe80::1]:22", (None, "fe80::1", 22)),
        ("me@fe80::1", ("me", "fe80::1", None)),
    ],
)
def test_a_hop_is_taken_apart(text, parts):
    assert parse_jump(text) == parts


def test_a_hop_without_a_host_is_refused():
    with pytest.raises(ConfigError, match="names no host"):
        parse_jump("me@")


def test_an_included_file_counts_and_the_block_around_it_goes_on(config):
    hosts = config(
        "Include more\nHost gpu\n Include nothing-*.here\n Include user\n Port 2200\n",
        more="Host other\n HostName 10.0.0.8\n",
        user="User alice\nHost third\n User bob\n",
    )
    assert hosts.resolve("other").address == "10.0.0.8"
    assert (hosts.resolve("gpu").username, hosts.resolve("gpu").port) == ("alice", 2200)
    assert hosts.resolve("third").port == 22


def test_a_file_that_includes_itself_ends(config):
    assert config("Include config\nHost gpu\n Port 2200\n").resolve("gpu").port == 2200


def test_the_list_has_aliases_and_no_patterns(config):
    hosts = config("Host b a\n User alice\nHost *.lab !x\n User bob\nHost c\n ProxyJump a\n").hosts()
    assert [(one.alias, one.username, one.jump) for one in hosts] == [
        ("a", "alice", None),
        ("b", "alice", None),
        ("c", None, "a"),
    ]


def test_a_damaged_file_is_named(config):
    with pytest.raises(ConfigError, match="config cannot be read"):
        config("Host\n")


@pytest.mark.parametrize("host", ["", "a b", "-oProxyCommand=touch pwn", "a\nb", "x" * 300])
def test_what_is_no_host_is_refused(host):
    with pytest.raises(InvalidInput, match=r"^Invalid host$"):
        HostConfig().resolve(host)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(InvalidInput, match=r"^Invalid port"):
        HostConfig().resolve("gpu", port=port)
