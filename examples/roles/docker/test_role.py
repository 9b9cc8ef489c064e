import json

import pytest


def test_runs(host):
    assert host.package("docker.io").is_installed
    assert host.service("docker").is_running
    assert host.service("docker").is_enabled


@pytest.mark.parametrize("field,value", [("LoggingDriver", "local"), ("LiveRestoreEnabled", True)])
def test_runs_with_its_configuration(host, field, value):
    assert json.loads(host.check_output("docker info --format '{{json .%s}}'", field)) == value


def test_user_may_speak_to_it(host):
    assert "docker" in host.user("deploy").groups
    assert host.run("runuser -u deploy -- docker ps").rc == 0
    assert host.run("runuser -u nobody -- docker ps").rc != 0


def test_runs_a_container(host):
    # An image of one program and what it is linked with: none has to be fetched.
    host.check_output("tar -ch /bin/uname $(ldd /bin/uname | grep -o '/[^ ]*') 2>/dev/null | docker import - try")
    assert host.check_output("docker run --rm --hostname inside try /bin/uname -n") == "inside"
    host.check_output("docker run --detach --name logs try /bin/uname -s >/dev/null && docker wait logs >/dev/null")
    assert host.check_output("docker inspect --format '{{.HostConfig.LogConfig.Type}}' logs") == "local"
    assert host.check_output("docker logs logs") == "Linux"
    host.check_output("docker rm logs && docker rmi try")
