"""Where faces are, and keypoints by which cut-outs of earlier photos are found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("checks", sa.Column("faces", sa.JSON(), nullable=True))
    op.create_table(
        "sketches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name="fk_sketches_check_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sketches"),
        sa.UniqueConstraint("check_id", name="uq_sketches_check_id"),
    )
    op.create_table(
        "sketch_words",
        sa.Column("word", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sketch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sketch_id"],
            ["sketches.id"],
            name="fk_sketch_words_sketch_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "sketch_id", name="pk_sketch_words"),
    )
    op.create_index("ix_sketch_words_sketch_id", "sketch_words", ["sketch_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("sketch_words")
    op.drop_table("sketches")
    op.drop_column("checks", "faces")
