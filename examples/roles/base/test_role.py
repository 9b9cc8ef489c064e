import pytest


@pytest.mark.parametrize("name", ["ca-certificates", "curl", "less", "lsof", "vim-tiny", "unattended-upgrades"])
def test_packages(host, name):
    assert host.package(name).is_installed


def test_time_zone(host):
    assert host.file("/etc/localtime").linked_to == "/usr/share/zoneinfo/Europe/Berlin"
    assert host.file("/etc/timezone").content_string == "Europe/Berlin\n"
    assert host.check_output("date -d @1735689600 +%Z:%H") == "CET:01"


def test_language(host):
    assert "en_US.utf8" in host.check_output("locale -a").splitlines()
    assert host.check_output("su --login ops --command 'locale charmap; echo $LANG $EDITOR'") == "UTF-8\nen_US.UTF-8 vi"


@pytest.mark.parametrize("name,address", [("db", "10.0.0.5"), ("cache.internal", "10.0.0.6"), ("localhost", None)])
def test_names(host, name, address):
    found = host.check_output(f"getent hosts {name}").split()
    assert name in found
    assert address is None or found[0] == address


def test_welcome(host):
    assert host.file("/etc/motd.d/welcome").content_string == "Managed: changes made by hand are undone.\n"


def test_upgrades(host):
    config = host.check_output("apt-config dump").splitlines()
    assert 'APT::Periodic::Unattended-Upgrade "1";' in config
    assert 'Unattended-Upgrade::Automatic-Reboot-Time "03:30";' in config
    assert [line for line in config if line.startswith("Unattended-Upgrade::Package-Blacklist::")] == [
        'Unattended-Upgrade::Package-Blacklist:: "linux-image-";'
    ]
    assert host.service("apt-daily-upgrade.timer").is_enabled
