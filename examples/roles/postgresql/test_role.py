import pytest

FOLDER = "/etc/postgresql/15/main"


def query(host, user, database, text):
    return host.check_output(f"runuser -u {user} -- psql -XtA -d {database} -c \"{text}\"")


def test_runs(host):
    assert host.package("postgresql").is_installed
    assert host.service("postgresql").is_enabled
    assert host.service("postgresql@15-main").is_running
    assert host.socket("tcp://127.0.0.1:5432").is_listening


@pytest.mark.parametrize(
    "name,value",
    [("max_connections", "50"), ("shared_buffers", "64MB"), ("work_mem", "8MB"), ("password_encryption", "scram-sha-256")],
)
def test_runs_with_its_settings(host, name, value):
    assert query(host, "postgres", "postgres", f"SHOW {name}") == value


def test_files(host):
    rules = host.file(f"{FOLDER}/pg_hba.conf")
    assert (rules.user, rules.group, rules.mode) == ("postgres", "postgres", 0o640)
    assert host.file(f"{FOLDER}/conf.d/local.conf").user == "postgres"


def test_rules_are_read_and_right(host):
    rules = query(
        host, "postgres", "postgres", "SELECT type, address, auth_method, error IS NULL FROM pg_hba_file_rules ORDER BY 1, 2"
    )
    assert rules.splitlines() == [
        "host|10.0.0.0|scram-sha-256|t",
        "host|127.0.0.1|scram-sha-256|t",
        "host|::1|scram-sha-256|t",
        "local||peer|t",
    ]


def test_app_works_in_its_own_database(host):
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'"
    assert query(host, "postgres", "postgres", owner) == "shop"
    text = "CREATE TEMPORARY TABLE one AS SELECT 41 + 1 AS n; SELECT n, current_user FROM one"
    assert query(host, "shop", "shop", text).splitlines()[-1] == "42|shop"


def test_app_is_nobody_else(host):
    assert host.run("runuser -u shop -- psql -XtA -U postgres -d postgres -c 'SELECT 1'").rc != 0
    assert host.run("psql -XtAw -h 127.0.0.1 -U shop -d shop -c 'SELECT 1'").rc != 0
