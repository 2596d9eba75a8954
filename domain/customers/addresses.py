"""What is a valid address, and how is it remembered when it must be forgotten?"""

import hashlib

import phonenumbers
from email_validator import EmailNotValidError, validate_email

REACHED_BY = {"email": "email", "phone": "sms"}
"""Kind of address -> the channel that uses it."""
_PHONE_WORDS = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short for a phone number of its country",
    phonenumbers.ValidationResult.TOO_LONG: "is too long for a phone number of its country",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has a country code that does not exist",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has a length no phone number of its country has",
}


def email(text: str) -> str:
    """The e-mail address as it is stored. Raises ValueError in words; asks no name server."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as wrong:
        raise ValueError(f"“{text}” is no e-mail address. {wrong}") from wrong


def phone(text: str, country: str = "") -> str:
    """The number as E.164. `country` is the project's (`GB`): its dial code is given to a number that has none.

    Only length and country code are judged: ranges reserved for fiction and new ranges are as good as any.
    """
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


def address_hash(kind: str, address: str) -> str:
    """The key of an `email` or `phone` in the suppression list; empty for an empty address.

    Plain SHA-256 without a secret: it must stay the same when keys are rotated and equal the hash made in SQL for a whole import.
    """
    folded = address.strip().lower()
    return hashlib.sha256(f"{kind}:{folded}".encode()).hexdigest() if folded else ""


def hint(address: str) -> str:
    """Enough of an address for its owner to know it, too little for anybody else: `d…@o….example`, `+44…18`."""
    local, at, host = address.rpartition("@")
    if at:
        name, _, ending = host.partition(".")
        return f"{local[:1]}…@{name[:1]}….{ending}"
    return f"{address[:3]}…{address[-2:]}" if address else ""
