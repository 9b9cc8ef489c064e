import json


def get(host, path):
    ask = "fetch('http://127.0.0.1:3000%s').then(async (r) => console.log(JSON.stringify([r.status, await r.text()])))"
    return json.loads(host.check_output("node -e %s", ask % path))


def test_installed(host):
    assert host.package("nodejs").is_installed


def test_its_own_user(host):
    user = host.user("greeter")
    assert user.uid < 1000
    assert user.shell == "/usr/sbin/nologin"
    assert host.process.get(comm="node").user == "greeter"


def test_environment_is_closed(host):
    env = host.file("/etc/greeter/env")
    assert (env.user, env.group, env.mode) == ("root", "greeter", 0o640)
    assert host.run("su -s /bin/sh nobody -c 'cat /etc/greeter/env'").rc != 0


def test_runs(host):
    greeter = host.service("greeter")
    assert greeter.is_running
    assert greeter.is_enabled
    assert host.socket("tcp://:::3000").is_listening


def test_answers(host):
    assert get(host, "/healthz") == [200, "ok\n"]
    assert get(host, "/") == [200, "hello\n"]


def test_is_kept_in(host):
    properties = host.service("greeter").systemd_properties
    assert properties["NoNewPrivileges"] == "yes"
    assert properties["ProtectSystem"] == "strict"
