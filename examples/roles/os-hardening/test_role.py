import pytest

NETWORK = {
    "net.ipv4.ip_forward": 0,
    "net.ipv4.conf.all.rp_filter": 1,
    "net.ipv4.conf.all.accept_source_route": 0,
    "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.all.log_martians": 1,
    "net.ipv4.tcp_syncookies": 1,
    "net.ipv4.tcp_rfc1337": 1,
}


@pytest.mark.parametrize("key,value", NETWORK.items())
def test_network(host, key, value):
    assert host.sysctl(key) == value


@pytest.mark.parametrize("key,value", [*NETWORK.items(), ("kernel.kptr_restrict", 2), ("fs.suid_dumpable", 0)])
def test_comes_back_at_boot(host, key, value):
    lines = host.file(f"/etc/sysctl.d/60-drover-{key}.conf").content_string.splitlines()
    settings = [line.replace(" ", "") for line in lines if not line.startswith("#")]
    assert settings == [f"{key}={value}"]


@pytest.mark.parametrize("module", ["cramfs", "udf", "sctp"])
def test_modules_stay_out(host, module):
    assert host.file(f"/etc/modprobe.d/drover-{module}.conf").contains(f"^install {module} /bin/false$")


def test_logins(host):
    defs = host.file("/etc/login.defs")
    assert defs.contains("^PASS_MAX_DAYS 60$")
    assert not defs.contains("^PASS_MAX_DAYS.*99999")


def test_new_accounts_follow(host):
    host.run("useradd --create-home probe")
    try:
        assert "60" in host.check_output("chage --list probe | grep '^Maximum'")
        assert host.check_output("su --login probe --command umask") == "0027"
        assert host.check_output("su --login probe --command 'ulimit -c; ulimit -H -c'") == "0\n0"
    finally:
        host.run("userdel --remove probe")


@pytest.mark.parametrize("part", ["d", "hourly", "daily", "weekly", "monthly"])
def test_cron_is_closed(host, part):
    folder = host.file(f"/etc/cron.{part}")
    assert folder.is_directory
    assert folder.mode == 0o700


def test_crontab_is_closed(host):
    assert host.file("/etc/crontab").mode == 0o600
    assert host.file("/etc/crontab").user == "root"
