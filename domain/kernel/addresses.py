"""What is a valid address, and how is it remembered when it must be forgotten?"""

import functools
import hashlib
import re

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from phonenumbers.phonemetadata import PhoneMetadata

REACHED_BY = {"email": "email", "phone": "sms"}
"""Kind of address -> the channel that uses it."""
_PHONE_WORDS = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short for a phone number of its country",
    phonenumbers.ValidationResult.TOO_LONG: "is too long for a phone number of its country",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has a country code that does not exist",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has a length no phone number of its country has",
}
_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:\.[A-Za-z0-9_+-]{1,31})?@(?:[a-z0-9]{1,50}\.){1,3}([a-z]{2,20})")
"""Nine addresses of ten: what this fits is valid as it stands, and need not be taken apart (25 times as fast, for imports)."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def email(text: str) -> str:
    """The e-mail address as it is stored. Raises ValueError in words; asks no name server."""
    if (plain := _PLAIN_EMAIL.fullmatch(text)) and plain[1] not in SPECIAL_USE_DOMAIN_NAMES:
        return text
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as wrong:
        raise ValueError(f"“{text}” is no e-mail address. {wrong}") from wrong


def phone(text: str, country: str = "") -> str:
    """The number as E.164. `country` is the project's (`GB`): its dial code is given to a number that has none.

    Only length and country code are judged: ranges reserved for fiction and new ranges are as good as any.
    """
    if _E164.fullmatch(text) and _possible(text[1:]):
        return text
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as wrong:
        if wrong.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not country:
            raise ValueError(
                f"“{text}” has no country code. Write it like +44 7700 900018, or set the project's dial code under Settings."
            ) from wrong
        raise ValueError(f"“{text}” is no phone number. Write it like +44 7700 900018.") from wrong
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(f"“{text}” {_PHONE_WORDS.get(verdict, 'is no phone number')}. Write it like +44 7700 900018.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _possible(digits: str) -> bool:
    """Whether a number in E.164 is certainly possible as it stands; False where the library must look closer."""
    for size in (1, 2, 3):
        lengths, prefix = _lengths(int(digits[:size]))
        if lengths:
            national = digits[size:]
            return len(national) in lengths and (prefix is None or prefix.match(national) is None)
    return False


@functools.cache
def _lengths(code: int) -> tuple[frozenset[int], re.Pattern[str] | None]:
    """Of a calling code: the lengths of its national numbers, and the prefix that would be cut off them."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ("",))[0]
    about = PhoneMetadata.metadata_for_region(region, None) if region not in {"", "001"} else None
    if about is None:
        return frozenset(), None
    prefix = about.national_prefix_for_parsing
    lengths = about.general_desc.possible_length if about.general_desc else ()
    return frozenset(lengths), re.compile(prefix) if prefix else None


def address_hash(kind: str, address: str) -> str:
    """The key of an `email` or `phone` in the suppression list; empty for an empty address.

    Plain SHA-256 without a secret: it must stay the same when keys are rotated and equal the hash made in SQL for a whole import.
    """
    folded = address.strip().lower()
    return hashlib.sha256(f"{kind}:{folded}".encode()).hexdigest() if folded else ""


def shown(number: str) -> str:
    """A number in E.164 as people write it: `+44 7700 900018`."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def hint(address: str) -> str:
    """Enough of an address for its owner to know it, too little for anybody else: `d…@o….example`, `+44…18`."""
    local, at, host = address.rpartition("@")
    if at:
        name, _, ending = host.partition(".")
        return f"{local[:1]}…@{name[:1]}….{ending}"
    return f"{address[:3]}…{address[-2:]}" if address else ""
