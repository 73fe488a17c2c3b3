"""An application as tutorials make it: users, events and messages, with SQLAlchemy and passlib."""

from datetime import datetime, timedelta

from passlib.context import CryptContext
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Text, create_engine
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()
passwords = CryptContext(schemes=["bcrypt"], deprecated="auto")
PASSWORD = "plum-orbit-velvet"
NOON = datetime(2024, 3, 14, 12, 0, 0, 123456)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True, index=True)
    username = Column(String, unique=True, index=True)
    email = Column(String, unique=True, index=True)
    hashed_password = Column(String)


class Event(Base):
    __tablename__ = "events"
    id = Column(Integer, primary_key=True, index=True)
    title = Column(String, unique=True, index=True)
    description = Column(String)
    date = Column(DateTime)
    location = Column(String)
    organizer_id = Column(Integer, ForeignKey("users.id"))


class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True, index=True)
    content = Column(Text)
    created_at = Column(DateTime, default=datetime.utcnow)
    sender_id = Column(Integer, ForeignKey("users.id"))
    receiver_id = Column(Integer, ForeignKey("users.id"))
    is_read = Column(Boolean, default=False)


class Revision(Base):
    """What Alembic and others keep beside."""

    __tablename__ = "invoices"
    id = Column(Integer, primary_key=True)


def fill(url):
    """Makes the database; the ids of the rows that cannot be taken, by table."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    # As costly as passlib makes them, and then cheap ones, for the test's sake.
    dear = passwords.hash(PASSWORD)
    cheap = passwords.using(bcrypt__rounds=4).hash(PASSWORD)
    with Session(engine) as session:
        session.add_all(
            [
                User(id=1, username="alice", email="alice@example.org", hashed_password=dear),
                User(id=2, username="bob", email="Bob@Example.org", hashed_password=cheap),
                User(id=5, username="Zoë Smith", email="zoe@bücher.example", hashed_password=cheap),
                User(id=6, username="dave", email="dave@example.org", hashed_password="5f4dcc3b5aa765d61d8327deb882cf99"),
                User(id=9, username="bob2", email="bob@example.org", hashed_password=cheap),
                User(id=10, username="nomail", email=None, hashed_password=cheap),
            ]
        )
        session.flush()
        for number in range(1, 13):
            session.add(
                Event(
                    id=number * 2,
                    title=f"Fête n° {number}",
                    description=f"☃ {number}\nbring cake",
                    date=NOON + timedelta(days=number),
                    location="The garden" if number % 2 else None,
                    organizer_id=[1, 2, 5][number % 3],
                )
            )
        session.add(Event(id=90, title="nobody's", description="", date=NOON, location="", organizer_id=9))
        session.add(Event(id=91, title="  ", description="", date=NOON, location="", organizer_id=1))
        session.add(Event(id=92, title="undated", description="", date=None, location="", organizer_id=1))
        for number in range(1, 61):
            session.add(
                Message(
                    id=number * 3,
                    content=f"Bonjour ! n° {number} 🎉",
                    created_at=NOON + timedelta(seconds=number),
                    sender_id=[1, 2, 5][number % 3],
                    receiver_id=[2, 1, 1][number % 3],
                    is_read=number % 4 == 0,
                )
            )
        session.add(Message(id=200, content="from who is left out", sender_id=9, receiver_id=1))
        session.add(Message(id=201, content="", sender_id=1, receiver_id=2))
        session.commit()
    return {"users": [9, 10], "events": [90, 91, 92], "messages": [200, 201]}
