"""By what does a channel know a customer? An address, or the id that a platform gave them, which stands in a field of the profile."""

from dataclasses import dataclass

from domain.connections.configured import provider_of
from domain.customers.profiles.fields import FIELDS
from domain.tables.connections import Connection
from integrations.contract import Mode

_COLUMNS = {f.key: f"c.{f.key}" if f.empty is not None else f"coalesce(c.{f.key}, '')" for f in FIELDS if f.recognised}
_SUPPRESSIBLE = {field.key for field in FIELDS if field.address}


@dataclass(frozen=True)
class CustomerAddress:
    """`sql` reads the address from `c`, a row of customers. `kind`: `email` or `phone`, where the list of suppressed addresses counts."""

    sql: str
    reason: str = ""
    """Why somebody without it is left out; empty where nothing is needed."""
    kind: str = ""


def address_of(connection: Connection, mode: Mode) -> CustomerAddress:
    """How this mode of this connection knows people. Raises Unusable where the provider is not installed."""
    match mode.identify_by:
        case "none":
            return CustomerAddress("''")
        case "id":
            name = provider_of(connection).name.replace("'", "’").replace(":", "")
            chosen = str(connection.config.get("id_field") or "source_id")
            sql = _COLUMNS.get(chosen) or _metadata(str(connection.config.get("id_key") or ""))
            return CustomerAddress(sql, f"no_id {name}", chosen if chosen in _SUPPRESSIBLE else "")
        case kind:
            return CustomerAddress(_COLUMNS[kind], f"no_{kind}", kind)


def _metadata(key: str) -> str:
    """A key of free metadata; what people typed was checked when it was saved, and can end neither the quotes nor the statement."""
    return f"coalesce(c.metadata ->> '{key.replace(chr(39), chr(39) * 2).replace(':', '')}', '')"
