"""Codes and promotions are redeemed: uses of codes become redemptions, which can be rolled back; rules have names, messages and assignments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = postgresql.JSONB


def _counts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in names]


def _ids(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Uuid(), nullable=True) for name in names]


def _redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("noun", sa.Text(collation="C"), nullable=False),
        *_ids("parent_id", "voucher_id", "tier_id", "campaign_id", "customer_id", "order_id"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("failure_words", sa.Text(), server_default="", nullable=False),
        sa.Column("rolled_back_at", TIME, nullable=True),
        *_counts("minor", "discount_minor"),
        sa.Column("taken", JSON(none_as_null=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        *_ids("key_id", "file_id"),
        sa.Column("tracking_id", sa.Text(), nullable=True),
        sa.Column("metadata", JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_redemptions"),
        sa.ForeignKeyConstraint(["parent_id"], ["redemptions.id"], name="fk_redemptions_parent_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name="fk_redemptions_voucher_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_redemptions_order_id"),
        sa.CheckConstraint("noun IN ('voucher', 'promotion_tier', 'stack')", name=op.f("ck_redemptions_noun")),
        sa.CheckConstraint("result IN ('succeeded', 'failed')", name=op.f("ck_redemptions_result")),
        sa.CheckConstraint("rolled_back_at IS NULL OR result = 'succeeded'", name=op.f("ck_redemptions_rolled_back")),
    )
    op.execute("""
        INSERT INTO redemptions (id, at, noun, voucher_id, campaign_id, customer_id, result, minor, source, file_id)
        SELECT largesse_uuid7(), u.at, 'voucher', u.voucher_id, u.campaign_id, v.customer_id, 'succeeded', u.minor, 'file', u.file_id
        FROM voucher_uses u JOIN vouchers v ON v.id = u.voucher_id
    """)
    op.drop_table("voucher_uses")
    for noun in ("voucher", "tier", "campaign", "customer"):
        name = f"{noun}_id"
        op.create_index(f"ix_redemptions_{noun}", "redemptions", [name, "at"], postgresql_where=sa.text(f"{name} IS NOT NULL"))
    for noun in ("order", "parent"):
        name = f"{noun}_id"
        op.create_index(f"ix_redemptions_{noun}", "redemptions", [name], postgresql_where=sa.text(f"{name} IS NOT NULL"))
    op.create_index("ix_redemptions_at", "redemptions", ["at", "id"])


def _beside_them() -> None:
    op.create_table(
        "rollbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        *_ids("parent_id"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tracking_id", sa.Text(), nullable=True),
        sa.Column("metadata", JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollbacks"),
        sa.UniqueConstraint("redemption_id", name="uq_rollbacks_redemption_id"),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemptions.id"], name="fk_rollbacks_redemption_id", ondelete="CASCADE"),
    )
    op.create_table(
        "redemption_holds",
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("object_id", "key", name="pk_redemption_holds"),
    )
    op.create_index("ix_redemption_holds_until", "redemption_holds", ["until"])
    op.create_table(
        "customer_redemptions",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        *_counts("succeeded", "failed", "rolled_back", "discount_minor"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_redemptions"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_redemptions_customer_id", ondelete="CASCADE"),
    )
    op.execute("""
        INSERT INTO customer_redemptions (customer_id, succeeded)
        SELECT r.customer_id, count(*) FROM redemptions r JOIN customers c ON c.id = r.customer_id GROUP BY 1
    """)


def _rules() -> None:
    op.add_column("vouchers", sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("promotion_tiers", sa.Column("metadata", JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("rules", sa.Column("name_key", sa.Text(collation="C"), nullable=True))
    op.add_column("rules", sa.Column("message", sa.Text(), server_default="", nullable=False))
    op.add_column("rules", sa.Column("messages", JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("rules", sa.Column("counts", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("rules", sa.Column("said", JSON(none_as_null=True), nullable=True))
    op.create_unique_constraint("uq_rules_name_key", "rules", ["name_key"])
    op.create_table(
        "rule_assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.Text(collation="C"), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_assignments"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_assignments_rule_id"),
        sa.CheckConstraint("noun IN ('campaign', 'voucher', 'promotion_tier')", name=op.f("ck_rule_assignments_noun")),
    )
    op.create_index("uq_rule_assignments_object", "rule_assignments", ["object_id", "noun", "rule_id"], unique=True)
    op.create_index("ix_rule_assignments_rule", "rule_assignments", ["rule_id", "id"])


def upgrade() -> None:
    _redemptions()
    _beside_them()
    _rules()


def downgrade() -> None:
    op.drop_table("rule_assignments")
    op.drop_constraint("uq_rules_name_key", "rules")
    for column in ("said", "counts", "messages", "message", "name_key"):
        op.drop_column("rules", column)
    op.drop_column("promotion_tiers", "metadata")
    op.drop_column("vouchers", "disabled")
    op.drop_table("customer_redemptions")
    op.drop_table("redemption_holds")
    op.drop_table("rollbacks")
    op.create_table(
        "voucher_uses",
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("voucher_id", "at", name="pk_voucher_uses"),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name="fk_voucher_uses_voucher_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_voucher_uses_campaign_id"),
    )
    op.create_index("ix_voucher_uses_campaign_id", "voucher_uses", ["campaign_id"])
    op.execute("""
        INSERT INTO voucher_uses (voucher_id, at, campaign_id, minor, file_id)
        SELECT voucher_id, at, campaign_id, minor, file_id FROM redemptions
        WHERE voucher_id IS NOT NULL AND result = 'succeeded' AND rolled_back_at IS NULL ON CONFLICT DO NOTHING
    """)
    op.drop_table("redemptions")
