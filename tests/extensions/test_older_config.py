"""The functions of `runicorn.config` by the names scripts for 0.5.x know."""

from __future__ import annotations

import pytest

from runicorn import config
from runicorn.errors import InvalidInput


def test_files_and_the_storage_root_are_named(tmp_path):
    assert config.get_user_root_dir() is None
    config.set_user_root_dir(str(tmp_path / "mine"))

    assert config.get_user_root_dir() == tmp_path / "mine"
    assert config.get_config_file_path() == config.config_file()
    assert config.get_known_hosts_file_path().parent == config.config_dir()
    assert config.load_user_config() == {"user_root_dir": str(tmp_path / "mine")}


def test_rate_limits_are_read_and_saved():
    limits = config.get_rate_limit_config()
    limits["default"]["max_requests"] = 7
    config.save_rate_limit_config(limits)

    assert config.get_rate_limit_config()["default"]["max_requests"] == 7
    with pytest.raises(InvalidInput, match="max_requests"):
        config.save_rate_limit_config({"default": {"max_requests": 0}})


def test_ssh_connections_are_kept_and_forgotten():
    config.add_ssh_connection({"host": "box", "port": 22, "username": "ada", "name": "Box"})
    (found,) = config.get_ssh_connections()
    assert (found["host"], found["username"], found["has_password"]) == ("box", "ada", False)

    config.remove_ssh_connection("box:22@ada")
    assert config.get_ssh_connections() == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = config.nonsense
