"""Why a photo that is asked for cannot be taken, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "omissions",
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("technician_id", sa.String(length=32), nullable=False),
        sa.Column("submitted_by", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("shot", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("capture", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["work_orders.id"], name="fk_omissions_order_id_work_orders"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["accounts.id"], name="fk_omissions_technician_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["accounts.id"], name="fk_omissions_submitted_by_accounts"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_omissions_team_id_teams"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name="fk_omissions_decided_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_omissions"),
        sa.UniqueConstraint("submitted_by", "key", name="uq_omissions_submitted_by_key"),
    )
    op.create_index("ix_omissions_created_at", "omissions", ["created_at"])
    op.create_index("ix_omissions_order_id", "omissions", ["order_id"])
    op.create_index("ix_omissions_technician_id", "omissions", ["technician_id"])
    op.create_index("ix_omissions_state_created_at", "omissions", ["state", "created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("omissions")
