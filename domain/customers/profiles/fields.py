"""Which facts can a customer have, what may be in them, and by which names do other people's files know them?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.customers.profiles import readers
from domain.customers.profiles.readers import Reading


@dataclass(frozen=True)
class CustomerField:
    """One fact. `read` turns what was typed into what is stored, or raises ValueError in words."""

    key: str
    label: str
    read: Callable[[str, Reading], Any]
    hint: str = ""
    names: tuple[str, ...] = ()
    """How headers of files call it, letters and digits only; Voucherify's among them."""


FIELDS: tuple[CustomerField, ...] = (
    CustomerField("name", "Name", readers.text, names=("name", "fullname", "customername", "displayname", "customer")),
    CustomerField("email", "Email", readers.email, names=("email", "emailaddress", "mail", "customeremail")),
    CustomerField("phone", "Phone", readers.phone, "With country code: +44 7700 900018", (
        "phone", "phonenumber", "mobile", "tel", "telephone")),
    CustomerField("source_id", "Your id", readers.source_id, "The key of this customer in your shop or CRM", (
        "sourceid", "customerid", "externalid", "userid", "id", "customernumber", "clientid")),
    CustomerField("birthdate", "Birthdate", readers.birthdate, "Year, month, day", ("birthdate", "birthday", "dateofbirth", "dob", "born")),
    CustomerField("line1", "Address", readers.text, names=("addressline1", "line1", "address", "address1", "street", "streetaddress")),
    CustomerField("line2", "Address, second line", readers.text, names=("addressline2", "line2", "address2")),
    CustomerField("city", "City", readers.text, names=("addresscity", "city", "town")),
    CustomerField("region", "Region", readers.text, names=("addressstate", "state", "region", "province", "county")),
    CustomerField("postal_code", "Postal code", readers.text, names=("addresspostalcode", "postalcode", "postcode", "zip", "zipcode")),
    CustomerField("country", "Country", readers.text, "A name or a code, kept as it is written", (
        "addresscountry", "country", "countrycode")),
    CustomerField("locale", "Language", readers.locale, "Like en or en-GB", ("locale", "language", "lang")),
    CustomerField("time_zone", "Time zone", readers.time_zone, "Like Europe/London", ("timezone", "tz", "zone")),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
_EMPTY: dict[str, Any] = {"source_id": None, "birthdate": None}


def empty(key: str) -> Any:
    """What is stored where this fact is missing."""
    return _EMPTY.get(key, "")


def read(key: str, typed: str, reading: Reading) -> Any:
    """What is stored for what was typed. Raises ValueError in words."""
    typed = typed.replace("\0", "").strip()
    return BY_KEY[key].read(typed, reading) if typed else empty(key)
