"""What deploy/ hands out fits the program: commands, settings, files, and whatever the programs that read it say of it."""

import configparser
import dataclasses
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import largesse
import resources
import settings
from tests.integrations import certificates
from tests.journeys.installation import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("largesse:")}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/largesse/bin/largesse"
VARIABLES = {settings.variable(setting) for setting in dataclasses.fields(settings.Settings)}
OTHERS = {"PATH", "PYTHONUNBUFFERED"}
"""What the image tells Python and the shell, not Largesse."""
NAMED = r"\b([A-Z][A-Z_]+)="


def understood(words: list[str]) -> str:
    """The name of the subcommand that `largesse WORDS` runs. Raises click.UsageError where there is none, or it lacks an option."""
    context = click.Context(largesse.main)
    name, command, rest = largesse.main.resolve_command(context, words)
    assert command
    command.make_context(name, rest, parent=context)
    return command.name or ""


def unit(path: Path) -> configparser.ConfigParser:
    """A unit of systemd; of lines that come more than once the last is kept."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path)
    return read


def test_compose_runs_every_process_by_a_command_there_is() -> None:
    commands = {name: understood(list(service["command"])) for name, service in OURS.items()}

    assert commands == {"migrate": "migrate", "web": "web", "worker-bulk": "worker", "worker-trigger": "worker", "clock": "clock"}
    assert {service["command"][-1] for name, service in OURS.items() if name.startswith("worker")} == {"bulk", "trigger"}


def test_compose_keeps_what_must_be_kept_and_starts_nobody_before_the_migration() -> None:
    folder = re.search(r"LARGESSE_DATA=(\S+)", (DEPLOY / "Dockerfile").read_text())
    assert folder
    volumes = {volume.partition(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", ())}

    assert volumes == COMPOSE["volumes"].keys()
    assert all(f"largesse:{folder[1]}" in service["volumes"] for service in OURS.values())
    assert all("migrate" in service["depends_on"] for name, service in OURS.items() if name != "migrate")
    assert {service["image"] for service in OURS.values()} == {f"largesse:{resources.release()}"}


def test_compose_reads_its_secrets_from_files_that_have_an_example() -> None:
    files = {service["env_file"] for service in COMPOSE["services"].values() if "env_file" in service}

    assert {f"{file}.example" for file in files} == {path.name for path in DEPLOY.glob("*.example")}
    assert "deploy/*.env\n" in (ROOT / ".gitignore").read_text()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_there_is(path: Path) -> None:
    program, *words = unit(path)["Service"]["ExecStart"].split()

    assert program == PROGRAM
    for lane in ("bulk", "trigger"):
        assert understood([word.replace("%i", lane) for word in words]) in path.stem


def test_the_target_wants_every_process() -> None:
    wanted = unit(DEPLOY / "systemd" / "largesse.target")["Unit"]["Wants"].split()
    files = {re.sub(r"@\w+", "@", name) for name in wanted}

    assert files | {"largesse-migrate.service"} == {path.name for path in UNITS}
    assert {"largesse-worker@bulk.service", "largesse-worker@trigger.service"} <= set(wanted)


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here; the units were read as the other tests read them")
    for path in (*UNITS, DEPLOY / "systemd" / "largesse.target"):
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))

    said = subprocess.run(("systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()), capture_output=True, text=True, check=False)

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("path", [DEPLOY / "Dockerfile", DEPLOY / "largesse.env.example", *UNITS], ids=lambda path: path.name)
def test_every_variable_is_a_setting(path: Path) -> None:
    words = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
    named = {variable for variable in re.findall(NAMED, words) if variable.isupper()}

    assert named - VARIABLES - OTHERS == set()


def test_the_example_of_the_environment_can_be_read() -> None:
    lines = [line for line in (DEPLOY / "largesse.env.example").read_text().splitlines() if line and not line.startswith("#")]

    read = settings.read(dict(line.split("=", 1) for line in lines))

    assert (read.https, read.proxies) == (True, 1)


def _copied(text: str) -> list[str]:
    """What the image copies from the source tree."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    return [word for line in lines for word in line.split()]


def test_the_image_is_given_every_file_it_is_built_from() -> None:
    copied = _copied((DEPLOY / "Dockerfile").read_text())
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    program = {f"{name}.py" for name in ("largesse", "logs", "resources", "settings", "wsgi")}

    assert all((ROOT / name).exists() for name in copied)
    assert all(f"!{name}" in allowed or (name.endswith(".py") and "!*.py" in allowed) for name in copied)
    assert program | {"webapp", "workers", "domain", "integrations", "static", "templates", "migrations"} <= set(copied)


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    last = text.split("\nFROM ")[-1]
    command = re.search(r'^CMD \["(\w+)"\]$', last, re.MULTILINE)

    assert re.search(r"^USER largesse$", last, re.MULTILINE)
    assert "/healthz" in last
    assert command
    assert understood([command[1]]) == "web"


def test_nginx_understands_its_example(tmp_path: Path) -> None:
    if not shutil.which("nginx"):
        pytest.skip("nginx is not here")
    pem = certificates.of("largesse.example.com", tmp_path)
    text = re.sub(r"/etc/nginx/largesse\.(crt|key)", str(pem), (DEPLOY / "nginx.conf").read_text())
    (tmp_path / "site.conf").write_text(text)
    temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {temporary} include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)

    said = subprocess.run(("nginx", "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path), capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr


def test_caddy_understands_its_example() -> None:
    if not shutil.which("caddy"):
        pytest.skip("caddy is not here")
    words = ("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")

    said = subprocess.run(words, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr


def test_proxies_take_as_large_a_body_as_the_program() -> None:
    from webapp import _config

    bytes_taken = _config()["MAX_CONTENT_LENGTH"]

    assert f"client_max_body_size {bytes_taken >> 20}m;" in (DEPLOY / "nginx.conf").read_text()
    assert f"max_size {bytes_taken >> 20}MiB" in (DEPLOY / "Caddyfile").read_text()
