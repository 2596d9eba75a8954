"""Who comes to the bakery? About 1,200 people, the same in every installation, with dates that count back from today.

Addresses are reserved for documentation (example.com, 07700 900xxx): nothing can ever reach anybody.
"""

import datetime
import unicodedata
import uuid
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.customers.profiles import metadata
from domain.demo import names
from domain.kernel import clock
from domain.kernel.addresses import address_hash
from domain.tables.customers import Consent, ConsentLog, Customer, Permission

SIZE = 1_204
METADATA = {"orders": "number", "spend": "number", "last_order": "date", "favourite": "text", "tier": "text"}


@dataclass
class DemoCustomers:
    """The rows as they are made. `dice` always falls alike."""

    now: datetime.datetime
    permissions: list[Permission]
    dice: Random = field(default_factory=lambda: Random(1204))  # noqa: S311 - nothing secret is drawn
    customers: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    dead: dict[str, datetime.datetime] = field(default_factory=dict)
    """Hash of an address -> since when nobody reads it: what is written to it bounces."""
    taken: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, city: str, orders: int, away: int, favourite: str) -> None:
        """One customer with `orders`, the last of them `away` days ago (without orders: `away` days since they joined)."""
        since = self.now - datetime.timedelta(days=away + orders * self.dice.randint(9, 40), minutes=self.dice.randint(0, 1400))
        row = self._row(name, city, since)
        row["details"] = self._details(orders, away, favourite)
        self.customers.append(row)
        self._agree(row["id"], since)
        if row["email"] and self.dice.random() < 0.02:
            self.dead[row["email_hash"]] = self.now - datetime.timedelta(days=self.dice.randint(0, 90))

    def _row(self, name: str, city: str, since: datetime.datetime) -> dict[str, Any]:
        number = len(self.customers)
        letters, _ = next((code, share) for town, code, share in names.CITIES if town == city)
        email = self._email(name) if self.dice.random() < 0.96 or number < len(names.CAST) else ""
        phone = f"+447700900{number % 1000:03}" if number < 1000 and self.dice.random() < 0.7 else ""
        born = datetime.date(self.dice.randint(1948, 2006), self.dice.randint(1, 12), self.dice.randint(1, 28))
        return {
            "id": id_of(since, self.dice), "created_at": since, "updated_at": since, "updated_by": "Largesse",
            "source_id": f"crm-{48_000 + number}", "typed_name": name, "email": email, "phone": phone,
            "email_hash": address_hash("email", email), "phone_hash": address_hash("phone", phone),
            "birthdate": born if self.dice.random() < 0.6 else None,
            "line1": f"{self.dice.randint(1, 180)} {self.dice.choice(names.STREETS)}", "city": city, "country": "GB",
            "postal_code": f"{letters}{self.dice.randint(1, 9)} {self.dice.randint(1, 9)}{''.join(self.dice.choices('ABDEFGHJLNP', k=2))}",
            "locale": "en-GB", "time_zone": "Europe/London",
        }  # fmt: skip

    def _email(self, name: str) -> str:
        plain = "".join(
            c for c in unicodedata.normalize("NFKD", name.lower().replace("ł", "l")) if c.isascii() and (c.isalpha() or c == " ")
        )
        first, *rest = plain.split()
        local = ".".join((first, rest[-1])) if rest else first
        self.taken[local] += 1
        count = self.taken[local]
        return f"{local}{count if count > 1 else ''}@{self.dice.choice(('example.com', 'example.org', 'example.net'))}"

    def _details(self, orders: int, away: int, favourite: str) -> dict[str, Any]:
        if not orders:
            return {"orders": 0}
        spend = sum(self.dice.randint(380, 4200) for _ in range(orders)) / 100
        tier = "Gold" if spend > 400 else "Silver" if spend > 150 else "Bronze"
        last = (self.now - datetime.timedelta(days=away)).date().isoformat()
        return {"orders": orders, "spend": spend, "last_order": last, "favourite": favourite, "tier": tier}

    def _agree(self, customer: uuid.UUID, at: datetime.datetime) -> None:
        for permission, share in zip(self.permissions, (0.86, 0.45), strict=True):
            said = self.dice.random()
            if said < share + 0.05:
                given = said < share or len(self.customers) <= len(names.CAST)
                word = {"customer_id": customer, "permission_id": permission.id, "given": given, "version": 1, "how": "web form"}
                self.consents.append(word | {"at": at})
                self.log.append(word | {"id": id_of(at, self.dice), "created_at": at, "by": "Largesse"})


def id_of(since: datetime.datetime, dice: Random) -> uuid.UUID:
    """A UUIDv7 of that moment: ids sort by the time something came."""
    return uuid.UUID(int=int(since.timestamp() * 1000) << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62))


def arrive(session: Session, permissions: list[Permission]) -> DemoCustomers:
    """Write all of them, with what they allow."""
    metadata.register(session, METADATA)
    crowd = DemoCustomers(clock.now(session), permissions)
    for one in names.CAST:
        crowd.add(*one)
    towns = [town for town, _, share in names.CITIES for _ in range(share)]
    while len(crowd.customers) < SIZE:
        dice = crowd.dice
        orders = 0 if dice.random() < 0.08 else min(int(dice.expovariate(0.22)) + 1, 40)
        away = dice.randint(0, 27) if orders == 0 else int(dice.triangular(1, 400, 25))
        name = f"{dice.choice(names.FIRST)} {dice.choice(names.LAST)}"
        crowd.add(name, dice.choice(towns), orders, away, dice.choice(names.FAVOURITES))
    session.execute(insert(Customer), crowd.customers)
    session.execute(insert(Consent), crowd.consents)
    session.execute(insert(ConsentLog), crowd.log)
    return crowd
