import pytest

SETTINGS = {
    "permitrootlogin": "without-password",
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "x11forwarding": "no",
    "allowtcpforwarding": "no",
    "allowagentforwarding": "no",
    "maxauthtries": "4",
    "logingracetime": "30",
    "loglevel": "VERBOSE",
    "kexalgorithms": "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
    "diffie-hellman-group-exchange-sha256",
}

SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"


def refusal(host, options):
    """What ssh says when it tries to come in; nothing, when it does."""
    said = host.run(f"{SSH} {options} root@127.0.0.1 true 2>&1 && echo came in || true").stdout
    assert "came in" not in said
    return said


def test_runs(host):
    assert host.run("sshd -t").rc == 0
    assert host.service("ssh").is_running
    assert host.service("ssh").is_enabled


@pytest.mark.parametrize("key,value", SETTINGS.items())
def test_settings(host, key, value):
    effective = dict(line.split(" ", 1) for line in host.check_output("sshd -T").splitlines())
    assert effective[key] == value


def test_only_keys_open_it(host):
    assert "Permission denied (publickey)." in refusal(host, "-o PreferredAuthentications=none")


@pytest.mark.parametrize(
    "weak",
    [
        "-o Ciphers=aes128-cbc",
        # With a cipher that needs one, so that it is spoken of.
        "-o Ciphers=aes256-ctr -o MACs=hmac-sha1",
        "-o KexAlgorithms=ecdh-sha2-nistp256",
    ],
)
def test_the_daemon_refuses_weak_algorithms(host, weak):
    assert "no matching" in refusal(host, weak)
