import time

LOG = "/var/log/shop/shop.log"


def logged(host, word):
    """Logs a word as the app, and waits until its file has it."""
    host.check_output("logger -t shop %s", word)
    end = time.monotonic() + 30
    while (seen := host.file(LOG).exists and host.file(LOG).contains(word)) is False and time.monotonic() < end:
        time.sleep(0.2)
    return seen


def test_runs(host):
    assert host.package("rsyslog").is_installed
    assert host.package("logrotate").is_installed
    assert host.service("rsyslog").is_running
    assert host.service("rsyslog").is_enabled
    assert host.run("rsyslogd -N1").rc == 0


def test_log_of_the_app_is_in_its_file_alone(host):
    assert logged(host, "an-order-was-placed")
    file = host.file(LOG)
    assert (file.user, file.group, file.mode) == ("root", "adm", 0o640)
    host.check_output("logger -t other something-else")
    assert not host.file(LOG).contains("something-else")
    assert host.run("grep -s an-order-was-placed /var/log/syslog /var/log/user.log").rc != 0


def test_folder_is_closed(host):
    folder = host.file("/var/log/shop")
    assert (folder.group, folder.mode) == ("adm", 0o750)


def test_log_is_rotated_and_goes_on(host):
    assert logged(host, "before-the-rotation")
    assert host.run("logrotate --force --state /run/rotated /etc/logrotate.d/shop").rc == 0
    assert host.file(f"{LOG}.1").contains("before-the-rotation")
    assert host.file(LOG).mode == 0o640
    assert logged(host, "after-the-rotation")
    assert not host.file(f"{LOG}.1").contains("after-the-rotation")
    host.run(f"rm -f {LOG}.* /run/rotated")
