"""Which facts can a customer have? One row a fact, read by forms, profiles, files, the API, messages, conditions and erasure."""

import datetime
import decimal
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.conditions.facts import Type
from domain.customers.profiles import readers
from domain.customers.profiles.header_words import WORDS, letters
from domain.customers.profiles.readers import Reading
from domain.kernel.text import numbers


class Control(enum.Enum):
    """How a fact is typed into a form."""

    TEXT = enum.auto()
    EMAIL = enum.auto()
    PHONE = enum.auto()
    NUMBER = enum.auto()
    DATE = enum.auto()
    CODE = enum.auto()
    """Letters that are no words: no spelling is checked."""
    TIME_ZONE = enum.auto()


def _words(value: Any) -> str:
    if isinstance(value, decimal.Decimal):
        return numbers.written(value)
    return str(plain(value)) if value is not None else ""


def plain(value: Any) -> Any:
    """A stored value as JSON has it: a date is a text, a number a whole one where it is whole."""
    match value:
        case datetime.date():
            return value.isoformat()
        case decimal.Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case _:
            return value


@dataclass(frozen=True)
class CustomerField:
    """One fact about a customer, and everything that is said of it anywhere."""

    key: str
    """Attribute of `Customer` with the value that counts. It is the condition and variable `customer.<key>`, and a column of exports."""
    label: str
    example: str
    """A value as somebody types it."""
    read: Callable[[str, Reading], Any] = readers.text
    """What is stored for what was typed; raises ValueError in words."""
    words: Callable[[Any], str] = _words
    """The text of a stored value that `read` reads as the same; empty for a missing one."""
    help: str = ""
    control: Control = Control.TEXT
    section: str = ""
    """Legend of the part of the form it stands in, and label of the one line that a profile makes of the part."""
    joins_next: bool = False
    """In that line only a space stands between it and the next fact, as between postal code and city."""
    heads: bool = False
    """Stands in the head of the profile and not again below."""
    typed_in: str = ""
    """The column that is written, where the value that counts is made of what was typed in several; empty: `key` itself."""
    empty: Any = ""
    """What is stored where it is missing."""
    personal: bool = True
    """Erasing a customer empties it."""
    finds: bool = False
    """Enough to find the customer again by: a new one has at least one of these."""
    recognised: int = 0
    """A line of a file may mean the customer who has it; 1 is asked before 2. 0: it tells nothing."""
    address: bool = False
    """Can be suppressed: its hash is kept in `<key>_hash`."""
    in_brief: bool = False
    """Stands where a customer is said in few columns: members of a segment as a file, posts that nobody designed."""
    in_passing: bool = False
    """Asked for where a customer is added on the way."""
    in_reference: bool = False
    """Stands in the short form of a customer that the API has inside other things."""
    fact: Type = Type.TEXT
    """The type of the condition."""
    exact: bool = False
    """A text whose case matters to conditions."""
    folded_in: str = ""
    """The column that has the text in lower case; empty: none."""
    variable: str = ""
    """How the editor of messages calls it, where that is not its label; messages say `customer.<key>`."""
    fallback: str = ""
    """What a message says in its place, as the editor proposes it."""
    api: tuple[str, ...] = ()
    """The reference's names in the API, the one we answer with first; a dot leads into an object. None: only our own."""
    headers: tuple[str, ...] = ()
    """How headers of English files call it besides its key, label and API names; letters and digits only, in lower case."""

    @property
    def column(self) -> str:
        """The column that is written."""
        return self.typed_in or self.key

    @property
    def api_names(self) -> tuple[str, ...]:
        """All names by which programs may give it; the first is the one it is answered with."""
        return tuple(dict.fromkeys((*self.api, self.key)))

    @property
    def known_as(self) -> frozenset[str]:
        """All headers it is recognised by, folded as by `letters`."""
        return frozenset(map(letters, (self.key, self.label, *self.api_names, *self.headers))) | WORDS.get(self.key, frozenset())


_ADDRESS = "Address"
FIELDS: tuple[CustomerField, ...] = (
    CustomerField("name", "Name", "Dina Okafor", help="Left empty, it is the first and the last name together", typed_in="typed_name",
        heads=True, finds=True, in_brief=True, in_passing=True, in_reference=True, folded_in="name_key", variable="full name",
        fallback="customer", headers=("fullname", "customername", "displayname", "customer")),
    CustomerField("first_name", "First name", "Dina", help="Left empty, it is taken from the name", typed_in="typed_first_name", finds=True,
        fallback="there", headers=("fname", "givenname", "forename", "billingfirstname", "customerfirstname")),
    CustomerField("last_name", "Last name", "Okafor", help="Left empty, it is taken from the name", typed_in="typed_last_name", finds=True,
        headers=("lname", "surname", "familyname", "billinglastname", "customerlastname")),
    CustomerField("email", "Email", "dina@okafor.example", readers.email, control=Control.EMAIL, finds=True, recognised=2, address=True,
        in_brief=True, in_passing=True, in_reference=True, folded_in="email_key",
        headers=("emailaddress", "mail", "customeremail", "billingemail")),
    CustomerField("phone", "Phone", "+44 7700 900018", readers.phone, help="With country code: +44 7700 900018", control=Control.PHONE,
        finds=True, recognised=3, address=True, in_brief=True, in_passing=True, exact=True,
        headers=("phonenumber", "mobile", "mobilephone", "mobilephonenumber", "tel", "telephone", "billingphone")),
    CustomerField("source_id", "Your id", "crm-48213", readers.source_id, help="The key of this customer in your shop or CRM",
        control=Control.CODE, heads=True, empty=None, finds=True, recognised=1, in_brief=True, in_reference=True, exact=True,
        variable="customer number", headers=("customerid", "externalid", "userid", "id", "recordid", "customernumber", "clientid")),
    CustomerField("birthdate", "Birthday", "1990-06-02", readers.birthdate, help="Year, month, day", control=Control.DATE, empty=None,
        fact=Type.DATE, api=("birthdate", "birthday"), headers=("dateofbirth", "dob", "born")),
    CustomerField("locale", "Language", "en-GB", readers.locale, help="Like en or en-GB", control=Control.CODE,
        headers=("lang", "preferredlanguage")),
    CustomerField("time_zone", "Time zone", "Europe/London", readers.time_zone, help="Like Europe/London", control=Control.TIME_ZONE,
        headers=("tz", "zone")),
    CustomerField("line1", "Address", "12 Mill Lane", section=_ADDRESS, api=("address.line_1",), headers=(
        "street", "address1", "streetaddress", "addressstreet", "defaultaddressaddress1", "billingaddress1")),
    CustomerField("line2", "Address, second line", "Flat 3", section=_ADDRESS, api=("address.line_2",), headers=(
        "address2", "defaultaddressaddress2", "billingaddress2")),
    CustomerField("postal_code", "Postal code", "BS1 4DJ", section=_ADDRESS, joins_next=True, api=("address.postal_code",), headers=(
        "postcode", "zip", "zipcode", "zippostalcode", "defaultaddresszip", "billingpostcode")),
    CustomerField("city", "City", "Bristol", section=_ADDRESS, in_brief=True, api=("address.city",), headers=(
        "town", "defaultaddresscity", "billingcity")),
    CustomerField("region", "Region", "Avon", section=_ADDRESS, api=("address.state",), headers=(
        "state", "stateregion", "province", "county", "addressregion", "defaultaddressprovincecode", "billingstate")),
    CustomerField("country", "Country", "GB", help="A name or a code, kept as it is written", section=_ADDRESS, in_brief=True,
        api=("address.country",), headers=("countrycode", "countryregion", "defaultaddresscountrycode", "billingcountry")),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
EXPORTED = ("id", *BY_KEY)
"""How the file of all customers begins: our id and the facts. Behind them stand the metadata and when they came."""


def read(key: str, typed: str, reading: Reading) -> Any:
    """What is stored for what was typed. Raises ValueError in words."""
    typed = typed.replace("\0", "").strip()
    return BY_KEY[key].read(typed, reading) if typed else BY_KEY[key].empty


def brief() -> list[CustomerField]:
    """The few facts that stand for a customer, the owner's id before the rest."""
    return sorted((field for field in FIELDS if field.in_brief), key=lambda field: field.recognised != 1)
