"""Runs and reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _of_review() -> sa.Column:
    return sa.Column("review", sa.String(32), sa.ForeignKey("reviews.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sample", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stages", sa.Text, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("options", sa.Text),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_created", "runs", ["created"])
    op.create_index("ix_runs_sha256", "runs", ["sha256"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("owner_key", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("updated", sa.String(32), nullable=False),
        sa.Column("supersedes", sa.String(32)),
        sa.Column("superseded_by", sa.String(32)),
        sa.Column("imported", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_updated", "reviews", ["updated"])
    op.create_index("ix_reviews_status", "reviews", ["status"])
    op.create_table(
        "participants",
        _of_review(),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("review", "place", name="pk_participants"),
    )
    op.create_index("ix_participants_key", "participants", ["key"])
    op.create_table(
        "revisions",
        _of_review(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("review", "number", name="pk_revisions"),
    )
    op.create_table(
        "comments",
        _of_review(),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("anchor", sa.String(16), nullable=False),
        sa.Column("of", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("resolved_by", sa.Text),
        sa.Column("resolved_at", sa.String(32)),
        sa.PrimaryKeyConstraint("review", "id", name="pk_comments"),
    )
    op.create_table(
        "signatures",
        _of_review(),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("stand", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("review", "id", name="pk_signatures"),
    )
    op.create_table(
        "events",
        _of_review(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("review", "number", name="pk_events"),
    )
