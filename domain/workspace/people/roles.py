"""Who may do what? The table of verbs; pages and commands ask for a verb, never for a role."""

VERBS = {
    "see": "see everything here, codes masked",
    "edit customers": "edit customers",
    "import customers": "import customers",
    "erase customers": "erase customers",
    "edit segments": "edit segments",
    "edit campaigns": "edit campaigns",
    "edit distributions": "edit distributions",
    "launch": "launch distributions",
    "reveal codes": "see codes in clear",
    "edit connections": "change connections",
    "edit project": "change the project",
    "manage people": "invite and change people",
    "see audit": "read the audit trail",
    "repair": "see and repair what broke",
}
"""Verb -> how it is called in “Ada may change connections”."""

_ADMIN_ONLY = frozenset({"edit connections", "edit project", "manage people", "see audit", "repair"})

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset({"see"}),
    "marketer": frozenset(VERBS) - _ADMIN_ONLY,
    "admin": frozenset(VERBS),
}
"""Role -> the verbs it may."""

ABOUT = {
    "admin": "Everything, with connections, project and people.",
    "marketer": "Customers, segments, campaigns and distributions, launching included.",
    "viewer": "Sees everything and changes nothing; codes stay masked.",
}


def may(role: str, verb: str) -> bool:
    """Whether a role may. Raises KeyError for a verb that is not in the table, so that a misspelt one is found at once."""
    VERBS[verb]
    return verb in ROLES[role]


def roles_that_may(verb: str) -> tuple[str, ...]:
    """The roles that may, least powerful first."""
    return tuple(role for role, verbs in ROLES.items() if verb in verbs)
