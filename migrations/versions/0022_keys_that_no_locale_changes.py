"""Keys that no locale changes: one function folds text, key columns hold what it makes, and every index of text is COLLATE "C".

On databases of another locale than C searches by beginnings found nobody, because `≥ 'ann'` and `< 'ann􏿿'` is no range of beginnings in the
order of a language. An index in the order of the operating system's or ICU's collation is also wrong after their next release; one in
"C" never is. `lower()` differs between locales and knows nothing of `ß`, `İ` and combining accents; `largesse_fold` is the same everywhere, and
equals `domain.kernel.text.folding.fold`. It names nothing outside pg_catalog, so that a restored dump needs no search path.

Generated columns rewrite their tables once, and the indexes are built again: about a minute for a million customers and codes.
"""

import sys
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FREQUENT = "aeinrstoludhcmgkbpvyfzwjxq .-0123456789'_,/éèáàíóúöüäåøæñçãõâêîôûëïłśżźćńęąčšžřěůýőűğış" "оаеинтрслвкмдупяыьгзбчйхжшюцщэф"
"""Letters that are small already, the most frequent first: PostgreSQL's translate() looks for each letter from the front."""


def _mappings() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Letters that become one other, and those that become several."""
    one, several = [], []
    for number in range(128, sys.maxunicode + 1):
        letter = chr(number)
        if 0xD800 <= number < 0xE000 or not unicodedata.is_normalized("NFC", letter):
            continue
        plain = unicodedata.normalize("NFC", letter.casefold())
        if plain != letter:
            (one if len(plain) == 1 else several).append((letter, plain))
    return one, several


def _function() -> str:
    one, several = _mappings()
    small = FREQUENT.replace("'", "''")
    ascii = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    letters, plain = "".join(a for a, _ in one), "".join(b for _, b in one)
    whole = f"translate(normalize(t, NFC), '{small}{ascii}{letters}', '{small}{ascii.lower()}{plain}')"
    replaced = "folded"
    for letter, many in several:
        replaced = f"replace({replaced}, '{letter}', '{many}')"
    every = "".join(letter for letter, _ in several)
    return f"""
CREATE FUNCTION largesse_fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $f$
DECLARE folded text;
BEGIN
  IF octet_length(t) = char_length(t) THEN
    RETURN lower(t COLLATE "C");
  END IF;
  folded := {whole};
  IF folded COLLATE "C" ~ '[{every}]' THEN
    folded := {replaced};
  END IF;
  RETURN normalize(replace(folded, 'i\u0307', 'i'), NFC);
END
$f$"""


def fold(text: str) -> str:
    """As `domain.kernel.text.folding.fold` was at this step."""
    plain = unicodedata.normalize("NFC", text).casefold().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", plain)


NAMED = ("campaigns", "segments", "distributions", "connections", "permissions")
"""Tables whose `name_key` Python writes."""
C = sa.Text(collation="C")
INDEXED = sa.text("""
    SELECT DISTINCT c.relname AS table, a.attname AS column, a.attgenerated AS made
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> 'alembic_version' AND a.atttypid = 'text'::regtype
      AND a.attcollation <> '"C"'::regcollation AND a.attgenerated = ''
    ORDER BY 1, 2""")


def upgrade() -> None:
    op.execute(_function())
    _index_in_c()
    _customers()
    _codes()
    _names()
    op.add_column("audit", sa.Column("subject_key", C, sa.Computed("largesse_fold(subject_name)", persisted=True), nullable=False))
    op.create_index("ix_audit_subject_key", "audit", ["subject_key", "id"])


def _index_in_c() -> None:
    connection = op.get_bind()
    for row in connection.execute(INDEXED).all():
        connection.execute(sa.text(f'ALTER TABLE "{row.table}" ALTER COLUMN "{row.column}" TYPE text COLLATE "C"'))


KEYS = (
    ("name_key", "largesse_full_name(typed_name, typed_first_name, typed_last_name)", "ix_customers_name", None),
    ("email_key", "email", "ix_customers_email", "email_key <> ''"),
)
"""Column, what it is made of, its index, and of which customers."""


def _customers() -> None:
    """The keys of customers, made anew from what they were made of."""
    for key, of, index, where in KEYS:
        op.drop_index(index, "customers")
        op.drop_column("customers", key)
        op.add_column("customers", sa.Column(key, C, sa.Computed(f"largesse_fold({of})", persisted=True), nullable=False))
        op.create_index(index, "customers", [key, "id"], postgresql_where=sa.text(where) if where else None)
    for column in ("city", "country"):
        op.drop_index(f"ix_customers_{column}", "customers")
        op.create_index(f"ix_customers_{column}", "customers", [sa.text(f'(largesse_fold({column}) COLLATE "C")'), "id"], postgresql_where=sa.text(f"{column} <> ''"))


def _codes() -> None:
    op.drop_index("uq_vouchers_code", "vouchers")
    op.add_column("vouchers", sa.Column("code_key", C, sa.Computed("largesse_fold(code)", persisted=True), nullable=False))
    op.create_index("uq_vouchers_code", "vouchers", ["code_key"], unique=True)


def _names() -> None:
    """Names that Python folds. Two that were different until now keep their keys, so that neither is lost."""
    connection = op.get_bind()
    for table in NAMED:
        rows = connection.execute(sa.text(f"SELECT id, name_key FROM {table}")).all()
        taken = {row.name_key for row in rows}
        for row in rows:
            key = " ".join(fold(row.name_key).split())
            if key != row.name_key and key not in taken:
                taken.add(key)
                connection.execute(sa.text(f"UPDATE {table} SET name_key = :key WHERE id = :id"), {"key": key, "id": row.id})


def downgrade() -> None:
    op.drop_index("ix_audit_subject_key", "audit")
    op.drop_column("audit", "subject_key")
    op.drop_index("uq_vouchers_code", "vouchers")
    op.drop_column("vouchers", "code_key")
    op.create_index("uq_vouchers_code", "vouchers", [sa.literal_column("lower(code)")], unique=True)
    for column in ("city", "country"):
        op.drop_index(f"ix_customers_{column}", "customers")
        op.create_index(f"ix_customers_{column}", "customers", [sa.literal_column(f"lower({column})"), "id"], postgresql_where=sa.text(f"{column} <> ''"))
    for key, of, index, where in KEYS:
        op.drop_index(index, "customers")
        op.drop_column("customers", key)
        op.add_column("customers", sa.Column(key, sa.Text(), sa.Computed(f"lower({of})", persisted=True), nullable=False))
        op.create_index(index, "customers", [key, "id"], postgresql_where=sa.text(where) if where else None)
    op.execute("DROP FUNCTION largesse_fold(text)")
