import time

# A server and a client of the Python that is there for Ansible.
SERVER = "python3 -m http.server --bind 127.0.0.1 --directory /usr/share/doc/haproxy 8001"


def get(host, path):
    program = (
        "import urllib.error, urllib.request\n"
        f"try: got = urllib.request.urlopen('http://127.0.0.1{path}', timeout=5)\n"
        "except urllib.error.HTTPError as error: got = error\n"
        "print(got.status, got.read().decode()[:200])"
    )
    return host.check_output(f'python3 -c "{program}"')


def until(wanted, look, seconds=60):
    """Polls for what takes a moment; the last look is what the assertion is about."""
    end = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < end:
        time.sleep(0.5)
    return seen


def test_runs(host):
    assert host.package("haproxy").is_installed
    assert host.service("haproxy").is_running
    assert host.service("haproxy").is_enabled
    assert host.socket("tcp://0.0.0.0:80").is_listening
    assert host.run("haproxy -c -f /etc/haproxy/haproxy.cfg").rc == 0


def test_answers_for_itself(host):
    assert get(host, "/haproxy-health") == "200 up"


def test_balances_over_those_that_answer(host):
    def status():
        return get(host, "/")[:3]

    assert until("503", status) == "503"
    host.check_output(f"systemd-run --quiet --unit=server-one {SERVER}")
    try:
        assert until("200", status) == "200"
    finally:
        host.run("systemctl stop server-one")
    assert until("503", status) == "503"
