"""Reads the calendars of a running server with a parser of others, PyPI's `icalendar`.

    python read_calendar.py target/debug/guildhall

`cargo xtask test --only calendar` installs what this needs and runs it.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from urllib.request import Request, urlopen

from icalendar import Calendar

EVENTS = 1000
# The limits on the texts of an event, in characters.
TITLE, DESCRIPTION, LOCATION = 200, 10_000, 500

# Each is written as two characters.
ESCAPED = [",", ";", "\\", "\n"]
# What a reader or a writer might take for something else.
ODD = ['"', "'", ":", "=", "\t", "  ", "\\n", "\\N", "\\,", "^n", "%0A", "&amp;", "é", "e\u0301", "\u00a0", "\ufeff"]
ODD += ["李小龙", "שלום", "👩‍👩‍👧‍👦", "\nBEGIN:VEVENT\n", "\nEND:VCALENDAR\n", "\nATTENDEE:x"]

# A property of the grammar's TEXT (3.3.11): the parser forgives what is not escaped.
PROPERTY = re.compile(r"(?:SUMMARY|DESCRIPTION|LOCATION):((?:[^\\;,]|\\[\\;,nN])*)")


def text(length, name=""):
    """A text of this length, most of it escaped, without spaces at its ends, which are trimmed."""
    pieces = random.choices(ESCAPED, k=length) + random.choices(ODD, k=length // 50)
    random.shuffle(pieces)
    return f"<{name}{''.join(pieces)}"[: length - 1] + ">"


@contextmanager
def serving(program):
    """Where the program answers, with a database of its own; ended in any case."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(program, cwd=folder, env={"PORT": "0"}, stdout=subprocess.PIPE, text=True)
        try:
            yield next(line.split()[1] for line in server.stdout if line.startswith("API:"))
        finally:
            server.kill()
            server.wait()


class Api:
    def __init__(self, address):
        self.address, self.headers = address, {"Content-Type": "application/json"}

    def get(self, path):
        with urlopen(self.address + path, timeout=60) as answer:
            return answer.read()

    def post(self, path, body):
        request = Request(self.address + path, json.dumps(body).encode(), self.headers)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def sign_in(self):
        person = {"username": "alice", "email": "alice@example.org", "password": "plum-orbit-velvet"}
        self.post("/register", person)
        self.headers["Authorization"] = f"Bearer {self.post('/login', person)['access_token']}"


def read(octets):
    """The events of a calendar by UID, once its lines are as RFC 5545 wants them (3.1)."""
    assert octets.endswith(b"\r\n")
    for line in octets.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75 and b"\r" not in line and b"\n" not in line, line
        line.decode()
    calendar = Calendar.from_ical(octets)
    calendar.validate()
    kinds = {component.name for component in calendar.subcomponents}
    assert len(kinds) == 1 and kinds < {"VEVENT", "VTIMEZONE"}, "a time zone stands in for what is not there"
    events = calendar.walk("VEVENT")
    by_uid = {str(event["UID"]): event for event in events}
    assert len(by_uid) == len(events), "a UID stands for one event"
    return by_uid


def shown(event):
    """What a calendar shows of an event."""
    assert not event.errors, event.errors
    start, stamp = event["DTSTART"].dt, event["DTSTAMP"].dt
    assert stamp.tzinfo and abs(datetime.now(timezone.utc) - stamp) < timedelta(hours=1), stamp
    return *(str(event[name]) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")), start


def main(program):
    random.seed(5545)
    start = datetime(2030, 1, 1, tzinfo=timezone.utc)
    bodies = [
        {
            "title": text(TITLE, number),
            "description": text(DESCRIPTION // (1 + number % 10)),
            "location": text(LOCATION),
            "date": (start + timedelta(hours=number)).isoformat(),
        }
        for number in range(EVENTS)
    ]
    with serving(program) as address, ThreadPoolExecutor(8) as callers:
        api = Api(address)
        api.sign_in()
        assert not read(api.get("/events.ics")), "an empty calendar is one too"
        made = list(callers.map(lambda body: api.post("/events", body), bodies))
        octets = api.get("/events.ics")
        events = read(octets)

        found = sorted(shown(event) for event in events.values())
        expected = sorted(
            (body["title"], body["description"], body["location"], datetime.fromisoformat(body["date"]))
            for body in bodies
        )
        assert len(found) == EVENTS, f"{len(found)} of {EVENTS} events"
        for one, other in zip(found, expected):
            for here, there in zip(one, other):
                assert here == there, f"{here!r}\nis not\n{there!r}"
        unfolded = octets.replace(b"\r\n ", b"").decode().split("\r\n")
        texts = [PROPERTY.fullmatch(line) for line in unfolded if re.match("SUMMARY|DESC|LOC", line)]
        assert all(texts) and min(len(text[1]) for text in texts) > 300, "all are escaped, none is cut off"

        assert api.get("/events.ics") == octets, "a UID stays"
        single = read(api.get(f"/events/{made[-1]['id']}/event.ics"))
        ((uid, event),) = single.items()
        assert event == events[uid] and shown(event)[0] == bodies[-1]["title"], "the same on its own"
    print(f"    {EVENTS} events in {len(octets):,} octets are read as they were written")


def give_up(*_):
    sys.exit("it takes too long, or was told to end")


if __name__ == "__main__":
    # So that the server is ended then too.
    signal.signal(signal.SIGTERM, give_up)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(300)
    main(os.path.abspath(sys.argv[1]))
