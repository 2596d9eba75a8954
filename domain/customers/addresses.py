"""What is a valid address, and how is it remembered when it must be forgotten?"""

import hashlib


def address_hash(kind: str, address: str) -> str:
    """The key of an `email` or `phone` in the suppression list; empty for an empty address.

    Plain SHA-256 without a secret: it must stay the same when keys are rotated and equal the hash made in SQL for a whole import.
    """
    folded = address.strip().lower()
    return hashlib.sha256(f"{kind}:{folded}".encode()).hexdigest() if folded else ""
