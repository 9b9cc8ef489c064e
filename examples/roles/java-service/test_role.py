import pytest


@pytest.fixture
def answer(host):
    """What it says once it listens: java needs a while after its start."""
    host.run("for look in $(seq 300); do ss -Hltn sport = 8080 | grep -q . && break; sleep 0.2; done")
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/').read().decode())"
    return host.check_output("python3 -c %s", ask)


def test_installed(host):
    assert host.package("openjdk-17-jre-headless").is_installed
    assert 'version "17.' in host.run("java -version").stderr


def test_its_own_user(host):
    assert host.user("billing").shell == "/usr/sbin/nologin"
    assert host.process.get(comm="java").user == "billing"


def test_runs(host):
    billing = host.service("billing")
    assert billing.is_running
    assert billing.is_enabled


def test_answers_within_its_heap(host, answer):
    words = answer.split()
    assert words[:4] == ["hello", "from", "Java,", "heap"]
    assert 0 < int(words[4]) <= 64
