"""Who has a check open, and who has looked at it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "holds",
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_holds_account_id"),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name="fk_holds_check_id"),
        sa.PrimaryKeyConstraint("check_id", name="pk_holds"),
    )
    op.create_table(
        "looks",
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_looks_account_id"),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name="fk_looks_check_id"),
        sa.PrimaryKeyConstraint("check_id", "account_id", name="pk_looks"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("looks")
    op.drop_table("holds")
