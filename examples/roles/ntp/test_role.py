def test_installed(host):
    assert host.package("chrony").is_installed


def test_configured(host):
    config = host.file("/etc/chrony/chrony.conf")
    assert config.mode == 0o644
    assert config.contains("^server 0.debian.pool.ntp.org iburst$")
    assert config.contains("^allow 10.0.0.0/8$")


def test_runs(host):
    chrony = host.service("chrony")
    assert chrony.is_running
    assert chrony.is_enabled
    assert host.socket("udp://0.0.0.0:123").is_listening


def test_leaves_the_clock_alone(host):
    daemon = host.process.filter(comm="chronyd", user="_chrony")[0]
    assert " -x" in daemon.args


def test_tells_the_time(host):
    assert host.check_output("chronyc -c tracking").split(",")[2] == "10"
    asked = host.run("chronyd -Q -t 30 'server 127.0.0.1 iburst'")
    assert asked.rc == 0, asked.stderr
    assert "System clock wrong by" in asked.stdout + asked.stderr
