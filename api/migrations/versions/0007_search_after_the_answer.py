"""Parts of earlier photos are looked for after the answer; words have one index, no more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
INDEX = "ix_checks_search_pending"


def upgrade() -> None:
    """Apply; earlier checks were searched for before they were answered."""
    op.add_column(
        "checks",
        sa.Column("search_pending", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        INDEX,
        "checks",
        ["created_at"],
        sqlite_where=sa.text("search_pending"),
        postgresql_where=sa.text("search_pending"),
    )
    _make_words_anew(with_reference=False)


def downgrade() -> None:
    """Take back; what is still pending is never searched for."""
    _make_words_anew(with_reference=True)
    op.create_index("ix_sketch_words_sketch_id", "sketch_words", ["sketch_id"])
    op.drop_index(INDEX, "checks")
    op.drop_column("checks", "search_pending")


def _make_words_anew(with_reference: bool) -> None:
    op.execute("CREATE TABLE kept_words AS SELECT word, sketch_id FROM sketch_words")
    op.drop_table("sketch_words")
    reference = sa.ForeignKeyConstraint(
        ["sketch_id"], ["sketches.id"], name="fk_sketch_words_sketch_id", ondelete="CASCADE"
    )
    op.create_table(
        "sketch_words",
        sa.Column("word", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sketch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "sketch_id", name="pk_sketch_words"),
        *([reference] if with_reference else []),
        sqlite_with_rowid=with_reference,
    )
    op.execute("INSERT INTO sketch_words SELECT word, sketch_id FROM kept_words")
    op.drop_table("kept_words")
