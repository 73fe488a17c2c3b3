"""The table of fastapi-users, whose ids are UUIDs, with Argon2 hashes."""

from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Boolean, String, Uuid, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PASSWORD = "plum-orbit-velvet"
# In the order in which they are to be numbered.
IDS = [UUID(int=number << 96) for number in (3, 7, 11, 200)]


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True, index=True)
    hashed_password: Mapped[str] = mapped_column(String(1024))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_superuser: Mapped[bool] = mapped_column(Boolean, default=False)
    is_verified: Mapped[bool] = mapped_column(Boolean, default=False)


def fill(url):
    """Makes the database; the ids of the rows that cannot be taken, by table."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    hashed = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    with Session(engine) as session:
        session.add_all(
            [
                User(id=IDS[1], email="bob@example.org", hashed_password=hashed, is_verified=True),
                User(id=IDS[0], email="alice@example.org", hashed_password=hashed, is_superuser=True),
                User(id=IDS[3], email="eve@example.org", hashed_password=hashed, is_active=False),
                User(id=IDS[2], email="nobody at all", hashed_password=hashed),
            ]
        )
        session.commit()
    return {"user": [IDS[2].hex]}
