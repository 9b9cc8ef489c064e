import socket

import pytest

ANSWERS = """
import socket
closed = [socket.create_server(("", port)) for port in (443, 8080)]
while True: closed[0].accept()[0].close()
"""


def address(host):
    return host.check_output("hostname -I").split()[0]


def comes_in(host, port):
    try:
        socket.create_connection((address(host), port), timeout=5).close()
        return True
    except OSError:
        return False


@pytest.fixture
def listening(host):
    """Something answers on a port that is open and on one that is not."""
    host.run("systemd-run --quiet --collect --unit=listening python3 -c %s", ANSWERS)
    host.run("for look in $(seq 100); do ss -Hltn sport = 8080 | grep -q . && break; sleep 0.2; done")
    yield
    host.run("systemctl stop listening")


def test_rules(host):
    rules = host.check_output("nft list table inet drover")
    assert "policy drop" in rules
    assert "tcp dport { 80, 443 } accept" in rules
    assert "ip saddr 203.0.113.0/24 drop" in rules


def test_comes_back_at_boot(host):
    assert host.service("drover-firewall").is_enabled
    assert host.file("/etc/drover-firewall.nft").mode == 0o600
    assert host.run("nft --check -f /etc/drover-firewall.nft").rc == 0


def test_lets_in_what_it_should(host, listening):
    assert host.socket("tcp://0.0.0.0:8080").is_listening
    assert comes_in(host, 22)
    assert comes_in(host, 443)
    assert not comes_in(host, 8080)
