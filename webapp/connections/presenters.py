"""What do pages of connections tell? Settings in words, warnings, and the whole list in a sentence; never a secret."""

from domain.connections import configured
from domain.connections.fields import matters
from domain.tables.connections import Connection
from integrations.contract import Provider, Settings


def _settings(connection: Connection, provider: Provider) -> Settings | None:
    try:
        return configured.settings_of(connection, provider)
    except configured.Unusable:
        return None


def saved(connection: Connection, provider: Provider) -> frozenset[str]:
    """Keys of the secrets it has."""
    known = _settings(connection, provider) or {}
    return frozenset(field.key for field in provider.fields if field.secret and known.get(field.key))


def warned(connection: Connection, provider: Provider | None) -> tuple[str, ...]:
    """What somebody about to send by it should know."""
    known = _settings(connection, provider) if provider else None
    return provider.warnings(known) if provider and provider.warnings and known is not None else ()


def settings_in_words(connection: Connection, provider: Provider | None) -> list[tuple[str, str]]:
    """The settings as whoever may not change them reads them: labels and words, secrets only as being there or not."""
    if provider is None:
        return []
    kept = saved(connection, provider)
    shown = []
    for field in provider.fields:
        if not matters(field, connection.config):
            continue
        value = connection.config.get(field.key, "")
        if field.secret:
            shown.append((field.label, "saved" if field.key in kept else "not set"))
        elif value:
            shown.append((field.label, dict(field.choices).get(value, value)))
    return shown


def sentence(connections: list[Connection]) -> str:
    """All of it in one sentence, what is wrong first."""
    paused = sum(c.paused_at is not None for c in connections)
    failing = sum(c.paused_at is None and c.health == "failing" for c in connections)
    untested = sum(c.paused_at is None and c.health == "unknown" for c in connections)
    fine = len(connections) - paused - failing - untested
    said = ((failing, "fails", "fail"), (paused, "is paused", "are paused"), (untested, "was never tested", "were never tested"))
    parts = [f"{_counted(count)} {singular if count == 1 else plural}" for count, singular, plural in said if count]
    works = f"{_counted(fine)} {'works' if fine == 1 else 'work'}"
    if not connections:
        return "Through whom messages leave."
    if not parts:
        return "Every connection works." if fine > 1 else "It works."
    told = ", ".join([*parts, works] if fine else parts)
    return f"{told[:1].upper()}{told[1:]}."


def _counted(count: int) -> str:
    return ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")[count] if count < 10 else str(count)
