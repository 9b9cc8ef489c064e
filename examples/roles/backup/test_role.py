FOLDER = "/var/backups/nightly"


def archives(host):
    return host.check_output(f"ls -1 {FOLDER}").splitlines()


def test_job(host):
    job = host.file("/etc/cron.d/backup")
    assert job.mode == 0o644
    assert job.contains("^15 3 \\* \\* \\* root /usr/local/sbin/backup")
    assert host.service("cron").is_running
    assert host.service("cron").is_enabled


def test_archives_and_keeps_the_last_ones(host):
    for _ in range(9):
        host.check_output("/usr/local/sbin/backup")
    names = archives(host)
    assert len(names) == 7
    listing = host.check_output(f"tar -tzf {FOLDER}/{names[-1]}").splitlines()
    assert "etc/hostname" in listing
    assert "etc/cron.d/backup" in listing
    assert host.file(f"{FOLDER}/{names[-1]}").mode == 0o600


def test_restores(host):
    last = archives(host)[-1]
    host.check_output(f"tar -xzf {FOLDER}/{last} -C /var/tmp/restore etc/cron.d/backup")
    assert host.run("cmp /var/tmp/restore/etc/cron.d/backup /etc/cron.d/backup").rc == 0
    host.run("rm -r /var/tmp/restore/etc")


def test_folders_are_closed(host):
    assert host.file(FOLDER).mode == 0o700
    assert host.file("/var/tmp/restore").mode == 0o700
    assert host.run("systemd-tmpfiles --create restore.conf").rc == 0


def test_log_is_rotated(host):
    host.run("echo a line >>/var/log/backup.log")
    assert host.run("logrotate --force --state /run/rotated /etc/logrotate.d/backup").rc == 0
    assert host.file("/var/log/backup.log").mode == 0o640
    assert host.file("/var/log/backup.log").size == 0
    assert host.file("/var/log/backup.log.1").contains("a line")
    host.run("rm -f /run/rotated")
