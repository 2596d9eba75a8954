"""`largesse …`: the command line. The composition root beside wsgi.py.

Webapp and workers do not know each other, and neither may start the other; whoever starts both stands above both, so this file lies at
the root and not in one of them. Each command imports what it needs when it runs, so that a process holds only its own part in memory.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

import logs
import resources
import settings


def _release(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"Largesse {resources.release()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_release, help="Say which release this is.")
def main() -> None:
    """Largesse distributes incentives: who gets which code, when, through which channel, and why."""
    logs.begin("command")


def find_database() -> None:
    """Use the embedded servers of LARGESSE_DATA where no others are named. For commands beside a running `largesse run`."""
    now = settings.current()
    if now.database_url:
        return
    from workers.processes import embedded

    where = now.data.absolute()
    if not embedded.postgres_answers(where / "postgres"):
        remedy = "Start Largesse with `largesse run` (`make run` in a checkout), or set DATABASE_URL."
        raise click.ClickException(f"No database: nothing runs from {where}. {remedy}")
    settings.change(
        DATABASE_URL=embedded.postgres_url(where / "postgres"),
        BROKER_URL=now.broker_url or embedded.valkey_url(where / "valkey"),
    )


@main.command()
def run() -> None:
    """Start everything: database and broker unless others are named, web, workers, clock."""
    from workers.processes.supervisor import CannotRun, Supervisor

    try:
        Supervisor(settings.current()).run()
    except CannotRun as why:
        raise click.ClickException(str(why)) from None


@main.command(hidden=True)
@click.argument("answer", type=click.Path(path_type=Path))
def prepare(answer: Path) -> None:
    """Migrate and fill an empty database; what to say about signing in is written to ANSWER. Called by `run`."""
    from workers.commands import prepare_database as steps

    try:
        answer.touch(mode=0o600)
        answer.write_text(json.dumps({"sign_in": steps.prepare()}))
    except steps.NotPrepared as why:
        raise click.ClickException(str(why)) from None


@main.command()
def web() -> None:
    """Serve the pages, on LARGESSE_BIND and PORT."""
    find_database()
    import wsgi
    from workers.processes import port

    now = settings.current()
    try:
        wsgi.serve()
    except OSError as why:
        raise click.ClickException(port.unusable(now.bind, now.port, why)) from None


@main.command()
@click.option("--lane", type=click.Choice(["bulk", "trigger"]), required=True)
def worker(lane: str) -> None:
    """Work for one lane: bulk runs, or what customers triggered."""
    find_database()
    from workers.processes import worker

    worker.serve(lane)


@main.command()
def clock() -> None:
    """Ask every second what is due. Several may run; one leads."""
    find_database()
    import logs
    from workers.clock import loop
    from workers.processes.reporter import reporting
    from workers.processes.worker import until_asked
    from workers.sending import stopping

    logs.begin("clock")
    with reporting("clock"):
        loop.run(until_asked(stopping.ASKED))


@main.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    find_database()
    from workers.commands import prepare_database as steps

    try:
        steps.migrate()
    except steps.NotPrepared as why:
        raise click.ClickException(str(why)) from None
    click.echo("The database is at the newest migration.")


@main.command()
def doctor() -> None:
    """Check that everything adds up; what to do where it does not. Ends with 1 then."""
    find_database()
    from workers.commands import doctor as rounds

    sys.exit(0 if rounds.visit(click.echo) else 1)


@main.group()
def admin() -> None:
    """Administrators, where nobody can sign in."""


def _administrator(email: str) -> None:
    find_database()
    from domain.workspace.people import first_administrator as first
    from workers.session import transaction

    with transaction() as session:
        password = first.administrator(session, email)
    click.echo(f"{email} can sign in as an administrator with the password {password}")


@admin.command()
@click.argument("email")
def create(email: str) -> None:
    """Make EMAIL an administrator; prints a password."""
    _administrator(email)


@admin.command()
@click.argument("email")
def reset(email: str) -> None:
    """Give EMAIL a new password and let them in again as an administrator."""
    _administrator(email)


@main.group()
def keys() -> None:
    """The keys that encrypt credentials and sign links."""


@keys.command()
def rotate() -> None:
    """Make a new key, encrypt everything under it, and keep the old ones for reading."""
    find_database()
    from workers.commands import rotate_key as turn

    click.echo(turn.rotate())


@main.group("api-key")
def api_key() -> None:
    """Keys of programs that ask for codes."""


@api_key.command("create")
@click.option("--name", required=True, help="Who will use it.")
@click.option("--platform", default="", help="The platform it is for (braze, iterable, …); such keys may publish by GET.")
@click.option("--create-customers", is_flag=True, help="Customers we do not know are added.")
def create_api_key(name: str, platform: str, create_customers: bool) -> None:
    """Make a key and print it as JSON; its token is shown this once."""
    find_database()
    from domain.kernel.actor import Actor
    from domain.kernel.errors import Refused
    from domain.workspace.api_keys.create import make
    from workers.session import transaction

    with transaction() as session:
        try:
            made = make(session, Actor("command line", "Command line"), name, platform=platform, may_create_customers=create_customers)
        except Refused as wrong:
            raise click.ClickException(str(wrong)) from None
    click.echo(json.dumps({"app_id": made.key.app_id, "app_token": made.token}))


def _or_say(do: Callable[[Path], None], file: Path) -> None:
    from workers.commands.backup import BackupError

    find_database()
    try:
        do(file)
    except BackupError as why:
        raise click.ClickException(str(why)) from None


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE. Keep the secret keys beside it: without them its credentials cannot be read."""
    from workers.commands.backup import save

    _or_say(save, file)
    click.echo(f"Written to {file}.")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces everything in the database. Go on?")
def restore(file: Path) -> None:
    """Replace everything in the database by the backup in FILE."""
    from workers.commands import prepare_database as steps
    from workers.commands.backup import restore as back

    _or_say(back, file)
    steps.migrate()
    click.echo("Restored. What is due is held until a person has looked.")


@main.command()
def demo() -> None:
    """Fill an empty database with the bakery Maple & Rye."""
    find_database()
    from domain.demo import fill as bakery
    from workers.session import transaction

    with transaction() as session:
        bakery.fill(session)
    click.echo("Maple & Rye has opened.")


@main.command()
def memory() -> None:
    """Say how much memory each running process of ours holds."""
    from workers.processes import memory as scales

    click.echo(scales.table(settings.current().data.absolute()))


def entry() -> None:
    """The command itself: what is wrong with the environment is said in words."""
    try:
        main()
    except settings.SettingsError as why:
        sys.exit(f"Error: {why}")


if __name__ == "__main__":
    entry()
