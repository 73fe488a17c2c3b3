"""Takes over the databases of applications made with SQLAlchemy, and calls what their pages show.

    python take_over.py target/debug/guildhall target/debug/examples/cluster

Each application fills a database, SQLite's and PostgreSQL's; each is imported into both, by the program itself; then
people sign in with their old passwords, and the answers are compared with what the old database holds.
`cargo xtask test --only take-over` installs what this needs and runs it.
"""

import csv
import logging
import os
import signal
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from itertools import product
from pathlib import Path

import first
import psycopg2
import second
import third
from program import PASSWORD, Api, imported, serving
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session


def time(text):
    return text and datetime.fromisoformat(text.replace("Z", "+00:00"))


def utc(moment):
    """What the old database holds; without a zone it is in UTC."""
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def rows(url, model, left_out):
    with Session(create_engine(url)) as session:
        found = session.scalars(select(model).order_by(model.id)).unique().all()
        return [row for row in found if row.id not in left_out.get(model.__tablename__, [])]


def same(answers, expected):
    """Whether each answer has these fields."""
    answers = [{key: answer[key] for key in row} for answer, row in zip(answers, expected)] + answers[len(expected) :]
    for answer, row in zip(answers, expected):
        assert answer == row, f"{answer}\nis not\n{row}"
    assert len(answers) == len(expected), (answers, expected)


def check_first(program, folder, old, new):
    left_out = first.fill(old)
    notes, summary = imported(program, folder, old, new, left_out)
    assert summary["not_read"] == ["invoices"] and summary["passwords"] == 1
    changed = [(note["id"], note["field"]) for note in notes if note["kind"] == "changed"]
    assert changed == [(5, "username")], changed
    with serving(program, folder, new) as api:
        names = {5: "user-5"}
        users = [
            {"id": user.id, "username": names.get(user.id, user.username), "email": user.email}
            for user in rows(old, first.User, left_out)
        ]
        public = [{key: user[key] for key in ("id", "username", "email")} for user in users]
        same(api.ok("GET", "/users/"), public)
        for user in public:
            same([api.ok("GET", f"/users/{user['id']}")], [user])
        assert api.call("GET", "/users/9")[0] == 404

        def event(row):
            fields = {"id": row.id, "title": row.title, "description": row.description}
            return {**fields, "date": utc(row.date), "location": row.location or "", "organizer_id": row.organizer_id}

        def timed(answers, *fields):
            return [{**answer, **{field: time(answer[field]) for field in fields}} for answer in answers]

        events = [event(row) for row in rows(old, first.Event, left_out)]
        same(timed(api.ok("GET", "/events/"), "date"), events)
        same(timed([api.ok("GET", f"/events/{events[3]['id']}")], "date"), [events[3]])
        for id, email in ((1, "alice@example.org"), (2, "Bob@Example.org"), (5, "zoe@bücher.example")):
            person = api.signed_in(email)
            same([person.ok("GET", "/auth/me")], [user for user in users if user["id"] == id])

            def message(row):
                fields = {"id": row.id, "content": row.content, "created_at": utc(row.created_at)}
                return {**fields, "sender_id": row.sender_id, "receiver_id": row.receiver_id, "is_read": row.is_read}

            messages = [message(row) for row in reversed(rows(old, first.Message, left_out))]
            for path, field in (("received", "receiver_id"), ("sent", "sender_id")):
                answers = person.ok("GET", f"/messages/{path}?skip=0&limit=100")
                same(timed(answers, "created_at"), [row for row in messages if row[field] == id])
            unread = sum(row["receiver_id"] == id and not row["is_read"] for row in messages)
            counted = person.ok("GET", "/conversations")
            assert sum(conversation["unread_count"] for conversation in counted) == unread

        assert api.call("POST", "/login", {"email": "alice@example.org", "password": "wrong-orbit-velvet"})[0] == 401
        assert api.call("POST", "/login", {"email": "dave@example.org", "password": "password"})[0] == 401
        alice = api.signed_in("alice@example.org")
        taken = {"title": events[0]["title"], "description": "", "date": "2030-01-01T12:00:00", "location": "Lyon"}
        assert alice.call("POST", "/events/", taken)[0] == 400
        made = alice.ok("POST", "/events/", {**taken, "title": "A new one"})
        assert made["id"] > events[-1]["id"] and made["organizer_id"] == 1
        sent = alice.ok("POST", "/messages/", {"content": "Bonjour !", "receiver_id": 2})
        assert sent["id"] > 180
        bob = api.signed_in("bob@example.org")
        assert bob.ok("GET", "/messages/received?skip=0&limit=1")[0]["id"] == sent["id"]
        assert bob.ok("PUT", f"/messages/{sent['id']}/read")["is_read"]
        fresh = {"username": "frank", "email": "alice@example.org", "password": "harbour-tulip-anvil"}
        assert api.call("POST", "/register", fresh)[0] == 400
        assert api.ok("POST", "/register", {**fresh, "email": "frank@example.org"})["id"] > 6
        alice.ok("POST", "/auth/logout")
        assert alice.call("GET", "/auth/me")[0] == 401


def check_second(program, folder, old, new):
    left_out = second.fill(old)
    imported(program, folder, old, new, left_out)
    with serving(program, folder, new) as api:
        admin = Api(api.address)
        # As the form of OAuth2 has it.
        tokens = api.ok("POST", "/login", form={"username": "alice", "password": PASSWORD})
        assert tokens["token_type"] == "bearer"
        admin.token = tokens["access_token"]
        users = [
            {
                **{key: getattr(user, key) for key in ("id", "email", "username", "full_name", "disabled", "role", "group")},
                **{key: utc(getattr(user, key)) for key in ("created_at", "updated_at", "deleted_at")},
            }
            for user in rows(old, second.User, left_out)
        ]

        def timed(answers, *fields):
            return [{**answer, **{field: time(answer[field]) for field in fields}} for answer in answers]

        answers = timed(admin.ok("GET", "/users?include_deleted=true"), "created_at", "updated_at", "deleted_at")
        same(answers, users)
        standing = [user for user in users if not user["deleted_at"]]
        assert [user["id"] for user in admin.ok("GET", "/users")] == [user["id"] for user in standing]
        same(timed([admin.ok("GET", "/users/2")], "created_at", "updated_at", "deleted_at"), [users[1]])
        groups = [{"id": group.id, "name": group.name} for group in rows(old, second.Group, left_out)]
        same(admin.ok("GET", "/groups"), groups)
        same([admin.ok("GET", "/groups/4")], groups[1:])

        with Session(create_engine(old)) as session:
            def shown(row):
                ended = bool(row.ended_at)
                state = "ended" if ended else row.state.lower()
                times = {"created_at": utc(row.created_at), "ended_at": utc(row.ended_at)}
                return {"id": row.id, "name": row.name, "state": state, **times, "users": sorted(user.id for user in row.users)}

            sessions = [shown(row) for row in session.query(second.Session).order_by(second.Session.id) if row.id != 9]
        answers = timed(admin.ok("GET", "/sessions"), "created_at", "ended_at")
        answers = [{**answer, "users": [user["id"] for user in answer["users"]]} for answer in answers]
        same(answers, sessions)
        assert {answer["owner_id"] for answer in answers} == {1}, "the admin's"

        bob = api.signed_in("bob@example.org")
        assert api.call("POST", "/login", {"email": "carol@example.org", "password": PASSWORD})[0] == 403
        assert api.call("POST", "/login", {"email": "dora@example.org", "password": PASSWORD})[0] == 401
        assert bob.ok("PUT", "/users/2", {"full_name": "Robert"})["full_name"] == "Robert"
        assert admin.ok("POST", "/groups", {"name": "Go"})["id"] > 4
        made = bob.ok("POST", "/sessions", {"name": "A new one"})
        assert made["id"] > 8 and made["owner_id"] == 2
        joined = bob.ok("POST", f"/sessions/{made['id']}/add_user/9")
        assert [user["id"] for user in joined["users"]] == [9]
        assert bob.ok("GET", f"/sessions/stop/{made['id']}")["state"] == "ended"
        bob.ok("DELETE", f"/sessions/delete/{made['id']}")
        assert admin.ok("GET", "/sessions/stop/2")["state"] == "ended"
        assert [user["id"] for user in admin.ok("POST", "/sessions/8/add_user/2")["users"]] == [2]
        admin.ok("DELETE", "/groups/4")
        assert admin.ok("GET", "/users/2")["group"] is None
        created = {"username": "frank", "email": "frank@example.org", "password": "harbour-tulip-anvil"}
        assert admin.ok("POST", "/users", created)["id"] > 9
        admin.ok("DELETE", "/users/9")
        assert admin.call("GET", "/users/9")[0] in (200, 404)


def check_third(program, folder, old, new):
    left_out = third.fill(old)
    numbers = Path(folder, "ids.csv")
    imported(program, folder, old, new, left_out, "--map", str(numbers))
    with numbers.open() as file:
        # The old id as it stood: SQLite has UUIDs without their hyphens.
        found = [(row["old_id"].replace("-", ""), int(row["new_id"])) for row in csv.DictReader(file)]
    wanted = [third.IDS[0], third.IDS[1], third.IDS[3]]
    assert found == [(id.hex, number) for number, id in enumerate(wanted, 1)], found
    with serving(program, folder, new) as api:
        alice = api.signed_in("alice@example.org").ok("GET", "/auth/me")
        assert (alice["id"], alice["role"], alice["username"]) == (1, "admin", "user-1"), alice
        bob = api.signed_in("bob@example.org").ok("GET", "/auth/me")
        assert (bob["id"], bob["role"], bob["email_verified"]) == (2, "user", True), bob
        assert api.call("POST", "/login", {"email": "eve@example.org", "password": PASSWORD})[0] == 403


def main(program, cluster):
    # passlib looks for a version that newer bcrypts do not have, and warns.
    logging.getLogger("passlib").setLevel(logging.ERROR)
    checks = [check_first, check_second, check_third]
    postgres = subprocess.Popen([cluster], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        server = postgres.stdout.readline().strip()

        def database(name, kind, folder):
            if kind == "sqlite":
                return f"sqlite:///{folder}/{name}.db"
            connection = psycopg2.connect(server)
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
            connection.close()
            return server.replace("postgresql://", "postgresql+psycopg2://").replace("/guildhall", f"/{name}", 1)

        kinds = ["sqlite", "postgres"]
        for number, (check, old, new) in enumerate(product(checks, kinds, kinds)):
            with tempfile.TemporaryDirectory() as folder:
                urls = [database(f"{side}{number}", kind, folder) for side, kind in (("old", old), ("new", new))]
                try:
                    check(program, folder, *urls)
                except BaseException:
                    print(f"{check.__name__}, from {old} to {new}:", file=sys.stderr)
                    raise
    finally:
        postgres.stdin.close()
        postgres.wait()
    print(f"    {len(checks)} applications were taken over, each from 2 databases into 2")


def give_up(*_):
    sys.exit("it takes too long, or was told to end")


if __name__ == "__main__":
    # So that the servers are ended then too.
    signal.signal(signal.SIGTERM, give_up)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(300)
    main(*map(os.path.abspath, sys.argv[1:]))
