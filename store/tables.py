"""The tables, of types that SQLite and PostgreSQL both have. Times are ISO text in UTC, people and documents
JSON text: what was written is what is read, byte for byte, on either."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("title", Text, nullable=False),
    Column("sample", Text),
    Column("created", Double, nullable=False),  # seconds since the epoch
    Column("state", String(16), nullable=False),
    Column("stages", Text, nullable=False),
    Column("problem", Text),
    Column("options", Text),
    Column("cancelled", Boolean, nullable=False),
    Column("sha256", String(64)),  # of the model, once it was described
    Index("ix_runs_created", "created"),
    Index("ix_runs_sha256", "sha256"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("owner_key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("created", String(32), nullable=False),
    Column("updated", String(32), nullable=False),
    Column("supersedes", String(32)),
    Column("superseded_by", String(32)),
    Column("imported", Text),
    # Of the current revision, for lists.
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("sought", Text, nullable=False),
    Index("ix_reviews_updated", "updated"),
    Index("ix_reviews_status", "status"),
)

participants = Table(
    "participants",
    metadata,
    Column("review", ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("part", String(16), nullable=False),
    Index("ix_participants_key", "key"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("review", ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("previous", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("content", Text, nullable=False),
)

comments = Table(
    "comments",
    metadata,
    Column("review", ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(16), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("anchor", String(16), nullable=False),
    Column("of", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("resolved_by", Text),
    Column("resolved_at", String(32)),
)

signatures = Table(
    "signatures",
    metadata,
    Column("review", ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(16), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("part", String(16), nullable=False),
    Column("stand", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("note", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("review", ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)
