import pytest


def test_group(host):
    assert host.group("deployers").gid == 2000


def test_deploys(host):
    deploy = host.user("deploy")
    assert deploy.uid < 1000
    assert deploy.group == "deployers"
    assert deploy.home == "/srv/deploy"
    assert host.file("/srv/deploy").user == "deploy"


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_people(host, name):
    person = host.user(name)
    assert set(person.groups) == {name, "adm", "deployers"}
    assert person.shell == "/bin/bash"
    assert person.password.startswith("!")
    assert host.file(person.home).mode == 0o750


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_keys_that_sshd_accepts(host, name):
    keys = host.file(f"/home/{name}/.ssh/authorized_keys")
    assert keys.user == name
    assert keys.mode == 0o600
    assert host.file(f"/home/{name}/.ssh").mode == 0o700
    assert f"{name}@example.com (ED25519)" in host.check_output(f"ssh-keygen -lf {keys.path}")


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_sudo(host, name):
    as_person = f"su --login {name} --command "
    assert host.check_output(as_person + "'sudo -n systemctl daemon-reload && echo done'") == "done"
    assert host.check_output(as_person + "'sudo -n -u deploy id -un'") == "deploy"
    assert host.run(as_person + "'sudo -n id'").rc != 0


def test_rules_are_sound(host):
    assert host.file("/etc/sudoers.d/deployers").mode == 0o440
    assert host.run("visudo -c").rc == 0
