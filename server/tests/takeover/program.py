"""The program that is tried: its server, and the import."""

import json
import subprocess
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PASSWORD = "plum-orbit-velvet"
SETTINGS = {"PORT": "0", "LOG": "warn", "SECRET_KEY": "a-key-of-this-test-of-its-own-that-is-long", "DIRECTORY": "public"}
# What the program answers where it left rows out.
LEFT_OUT = 3


class Api:
    def __init__(self, address):
        self.address, self.token = address, None

    def call(self, method, path, body=None, form=None):
        """The status and the answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if form is not None:
            data = urlencode(form).encode()
        elif body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        try:
            with urlopen(Request(self.address + path, data, headers, method=method), timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except HTTPError as error:
            return error.code, json.load(error)

    def ok(self, method, path, body=None, form=None):
        status, answer = self.call(method, path, body, form)
        assert status in (200, 204), (method, path, status, answer)
        return answer

    def signed_in(self, email, password=PASSWORD):
        other = Api(self.address)
        other.token = other.ok("POST", "/login", {"email": email, "password": password})["access_token"]
        return other


@contextmanager
def serving(program, folder, url):
    server = subprocess.Popen(
        program, cwd=folder, env={**SETTINGS, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Api(next(line.split()[1] for line in server.stdout if line.startswith("API:")))
    finally:
        server.kill()
        server.wait()


def run(program, folder, url, *arguments):
    """The exit code, and the lines that were said."""
    done = subprocess.run(
        [program, *arguments], cwd=folder, env={"DATABASE_URL": url}, capture_output=True, text=True
    )
    assert done.stderr == "", done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def imported(program, folder, old, new, left_out, *more):
    """Imports twice, after a dry run: the notes and the summary of the first."""
    run(program, folder, new, "migrate")
    tries = [run(program, folder, new, "import", "--from", old, "--json", *options) for options in (["--dry-run"], more, [])]
    for status, [*notes, summary] in tries:
        assert status == LEFT_OUT, status
        found = {}
        for note in notes:
            if note["kind"] == "left_out":
                # SQLite has UUIDs without their hyphens.
                found.setdefault(note["table"], []).append(str(note["id"]).replace("-", ""))
        found = {table: sorted(ids) for table, ids in found.items()}
        assert found == {table: sorted(map(str, ids)) for table, ids in left_out.items()}, notes
    dry, (_, [*notes, summary]), again = [(status, lines) for status, lines in tries]
    assert dry[1][-1]["tables"] == summary["tables"], "a dry run says the same"
    for table, count in summary["tables"].items():
        after = again[1][-1]["tables"][table]
        assert count["taken"] > 0 and count["already_taken"] == 0, (table, count)
        assert after["taken"] == 0 and after["already_taken"] == count["taken"], (table, after)
        assert count["read"] == count["taken"] + count["left_out"], (table, count)
    return notes, summary
