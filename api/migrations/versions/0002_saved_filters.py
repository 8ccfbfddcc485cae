"""Saved filters of the queue; old idempotency keys can be found by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "saved_filters",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_saved_filters_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filters"),
        sa.UniqueConstraint("account_id", "name", name="uq_saved_filters_account_id_name"),
    )
    op.create_index("ix_saved_filters_created_at", "saved_filters", ["created_at"])
    op.create_index("ix_claims_claimed_at", "claims", ["claimed_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_claims_claimed_at", "claims")
    op.drop_table("saved_filters")
