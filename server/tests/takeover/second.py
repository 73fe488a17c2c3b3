"""A second application: users in groups, and live sessions with an association table."""

from datetime import datetime, timedelta

from passlib.context import CryptContext
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table, create_engine
from sqlalchemy.orm import Session as Work
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()
passwords = CryptContext(schemes=["bcrypt"], deprecated="auto", bcrypt__rounds=4)
PASSWORD = "plum-orbit-velvet"
NOON = datetime(2024, 3, 14, 12, 0, 0)

user_session = Table(
    "user_session_association",
    Base.metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), primary_key=True),
)


class Group(Base):
    __tablename__ = "groups"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    email = Column(String, unique=True)
    username = Column(String, unique=True)
    full_name = Column(String)
    hashed_password = Column(String)
    disabled = Column(Boolean, default=False)
    role = Column(String, default="user")
    group = Column(Integer, ForeignKey("groups.id"))
    created_at = Column(DateTime, default=datetime.utcnow)
    updated_at = Column(DateTime, default=datetime.utcnow)
    deleted_at = Column(DateTime)
    last_login = Column(DateTime)
    sessions = relationship("Session", secondary=user_session, back_populates="users")


class Session(Base):
    __tablename__ = "sessions"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    created_at = Column(DateTime(timezone=True), default=datetime.utcnow)
    ended_at = Column(DateTime(timezone=True))
    state = Column(String, default="inactive")
    users = relationship("User", secondary=user_session, back_populates="sessions")


def fill(url):
    """Makes the database; the ids of the rows that cannot be taken, by table."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)

    def user(id, name, **more):
        fields = {
            "id": id,
            "email": f"{name}@example.org",
            "username": name,
            "full_name": f"{name.title()} Ünlü",
            "hashed_password": passwords.hash(PASSWORD),
            "created_at": NOON + timedelta(days=id),
            "updated_at": NOON + timedelta(days=id, hours=1),
        }
        return User(**{**fields, **more})

    with Work(engine) as work:
        work.add_all([Group(id=1, name="Croquet"), Group(id=4, name="Échecs"), Group(id=5, name="CROQUET")])
        work.flush()
        alice = user(1, "alice", role="admin", group=1, last_login=NOON)
        bob, carol = user(2, "bob", group=4), user(3, "carol", disabled=True)
        dora = user(8, "dora", deleted_at=NOON + timedelta(days=30), group=1)
        erin = user(9, "erin", full_name=None, group=None)
        left_out = user(11, "alice2", email="ALICE@example.org")
        work.add_all([alice, bob, carol, dora, erin, left_out])
        work.flush()
        utc = NOON.astimezone()
        work.add_all(
            [
                Session(id=1, name="Anatomy", created_at=utc, state="inactive", users=[alice, bob, erin]),
                Session(id=2, name="Optics", created_at=utc, state="active", users=[bob]),
                Session(id=7, name="Old", created_at=utc, ended_at=utc + timedelta(hours=1), state="inactive", users=[carol, dora]),
                Session(id=8, name="Empty", created_at=utc, state="ACTIVE"),
                Session(id=9, name="Odd", created_at=utc, state="paused", users=[bob]),
            ]
        )
        work.commit()
    return {"groups": [5], "users": [11], "sessions": [9], "user_session_association": ["9/2"]}
