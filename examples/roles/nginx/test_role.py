def get(host, path):
    """Status and body, by the Python that is there for Ansible."""
    program = (
        "import urllib.error, urllib.request\n"
        f"try: got = urllib.request.urlopen('http://127.0.0.1{path}', timeout=5)\n"
        "except urllib.error.HTTPError as error: got = error\n"
        "print(got.status, got.read().decode())"
    )
    return host.check_output(f'python3 -c "{program}"')


def test_installed(host):
    assert host.package("nginx-light").is_installed


def test_site(host):
    assert host.file("/etc/nginx/sites-enabled/site").linked_to == "/etc/nginx/sites-available/site"
    assert not host.file("/etc/nginx/sites-enabled/default").exists
    assert host.run("nginx -t").rc == 0


def test_runs(host):
    nginx = host.service("nginx")
    assert nginx.is_running
    assert nginx.is_enabled
    assert host.socket("tcp://0.0.0.0:80").is_listening
    assert host.socket("tcp://:::80").is_listening


def test_serves(host):
    assert get(host, "/").startswith("200 <h1>It works</h1>")
    assert get(host, "/nothing").startswith("404 ")
