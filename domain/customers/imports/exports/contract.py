"""What does a known export say of itself? By which headers it is known, and what its unusual columns mean.

Names, addresses and other facts are recognised by their headers as in any file; a row says only what headers alone cannot tell: who agreed
to what and when, and who must never be written to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.customers.profiles.header_words import letters

LEFT_OUT = ""
CONSENT, GIVEN, WITHDRAWN = "consent", "given", "withdrawn"
"""A permission by yes or no; given, or withdrawn, since the date in the column. Followed by `:` and the channel it is for."""
NEVER, NEVER_SINCE = "suppress", "suppress_at"
"""Never to be written to, by yes or no; or wherever the column says anything."""


@dataclass(frozen=True)
class KnownExport:
    """One kind of file that a system exports."""

    key: str
    name: str
    source: str
    """Where the system says what its export holds."""
    marks: tuple[str, ...]
    """Headers that all stand in it."""
    says: str
    """What it says about who may be written to, for the page."""
    lacks: tuple[str, ...] = ()
    """Headers that stand in a neighbour of it and never in itself."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Header -> what it becomes: LEFT_OUT, the key of a special column, or `consent:email`, `given:email`, `withdrawn:sms`."""
    beginnings: Mapping[str, str] = field(default_factory=dict)
    """The same for headers that only begin like this."""
    texts: tuple[str, ...] = ()
    """Headers of metadata that look like numbers or dates and are none."""

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a file with this header is such an export."""
        names = set(map(letters, header))
        return names.issuperset(map(letters, self.marks)) and names.isdisjoint(map(letters, self.lacks))

    def meaning(self, name: str) -> str | None:
        """What this column becomes; None where its header alone tells."""
        plain = letters(name)
        for known, meaning in self.columns.items():
            if letters(known) == plain:
                return meaning
        return next((meaning for start, meaning in self.beginnings.items() if plain.startswith(letters(start))), None)
