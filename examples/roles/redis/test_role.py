import pytest


def redis(host, *words):
    return host.check_output("redis-cli --raw " + " ".join(words))


def test_runs(host):
    assert host.package("redis-server").is_installed
    assert host.service("redis-server").is_running
    assert host.service("redis-server").is_enabled
    assert host.socket("tcp://127.0.0.1:6379").is_listening


def test_settings_are_closed(host):
    file = host.file("/etc/redis/local.conf")
    assert (file.user, file.group, file.mode) == ("redis", "redis", 0o640)
    assert host.file("/etc/redis/redis.conf").content_string.splitlines()[-1] == "include /etc/redis/local.conf"


@pytest.mark.parametrize(
    "name,value",
    [("maxmemory", "67108864"), ("maxmemory-policy", "noeviction"), ("appendonly", "yes"), ("bind", "127.0.0.1")],
)
def test_runs_with_its_settings(host, name, value):
    assert redis(host, "CONFIG", "GET", name).splitlines() == [name, value]


def test_keeps_what_it_is_given(host):
    assert redis(host, "SET", "greeting", "hello") == "OK"
    host.check_output("systemctl restart redis-server")
    assert redis(host, "GET", "greeting") == "hello"
    assert redis(host, "DEL", "greeting") == "1"


def test_commands_are_taken_away(host):
    assert "unknown command" in redis(host, "FLUSHALL")
