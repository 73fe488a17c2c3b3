"""Explores a running server with schemathesis: calls that fit its OpenAPI document, and calls that do not.

    python explore_api.py target/debug/guildhall [target/debug/examples/cluster]

No answer may be a 5xx, or one that the document does not know: its status, type, headers and shape. Nor may the server
take what the document forbids, or refuse what it allows. With the second program it is done on PostgreSQL too.
`cargo xtask test --only schemathesis` installs what this needs and runs it.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from urllib.request import Request, urlopen

# Fewer would mean that a change of schemathesis, or of the document, has quietly made this look at less.
LEAST_CALLS = 5_000
# They sign the caller out, so they come last.
LAST = ["logout", "revoke_login", "revoke_logins"]
ADMIN = {"email": "admin@example.org", "password": "plum-orbit-velvet-lagoon"}
SETTINGS = {
    "PORT": "0",
    "LOG": "warn",
    "ADMIN_EMAIL": ADMIN["email"],
    "ADMIN_PASSWORD": ADMIN["password"],
    "ACCESS_TOKEN_EXPIRE_MINUTES": "60",
    "REQUESTS_PER_MINUTE": "1000000000",
    "ADDRESS_REQUESTS_PER_MINUTE": "1000000000",
}


def main(server, cluster=None):
    calls = explore(server, {})
    if cluster:
        with running([cluster], stdin=subprocess.PIPE) as postgres:
            url = postgres.stdout.readline().strip()
            calls += explore(server, {"DATABASE_URL": url, "SECRET_KEY": token_urlsafe(32)})
    print(f"schemathesis made {calls:,} calls")
    if calls < LEAST_CALLS:
        sys.exit(f"that is fewer than {LEAST_CALLS:,}")


def explore(program, settings):
    """Lets schemathesis at a new server; the number of calls."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**SETTINGS, **settings}
        with running([program], cwd=folder, env=environment) as server:
            address = next(line.split()[1] for line in server.stdout if line.startswith("API:"))
            token = call(address, "/login", data=json.dumps(ADMIN).encode())["access_token"]
            report = Path(folder, "report.json")
            calls = run(address, token, report, ["--max-examples=60", *chosen("--exclude-operation-id")])
            # Else all answers behind some point were 401.
            call(address, "/auth/me", token)
            return calls + run(address, token, report, ["--max-examples=20", *chosen("--include-operation-id")])


def chosen(option):
    return [f"{option}={operation}" for operation in LAST]


def call(address, path, token=None, data=None):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urlopen(Request(address + path, data, headers)) as answer:
        return json.load(answer)


def run(address, token, report, options):
    config = Path(__file__).with_name("schemathesis.toml")
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={config}", "run"]
    command += [f"{address}/openapi.json", f"--report-json-path={report}", "--warnings=off", *options]
    environment = {**os.environ, "TOKEN": token, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=report.parent, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return json.loads(report.read_text())["test_cases"]["generated"]


@contextmanager
def running(command, **options):
    """The program, ended in any case: one that reads by the end of that, others by a signal."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.stdin.close() if process.stdin else process.terminate()
        process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
