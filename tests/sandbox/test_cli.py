"""Claims about the command `xtiger sandbox`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from xtiger.sandbox import Sandbox, serve
from xtiger.sandbox.cli import sandbox
from xtiger.sandbox.state import State

#: A shell without job control lets its background jobs ignore Ctrl-C, and they hand that down.
_RUN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from xtiger.sandbox.cli import sandbox; sandbox()"
)


def test_command_serves_until_ctrl_c(tmp_path: Path) -> None:
    """It prints address, client id and secret, serves, and ends well on Ctrl-C."""
    command = [sys.executable, "-u", "-c", _RUN, "--seed", "demo", "--state", "x.db"]
    folder = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        said = dict(line.strip().split(":", 1) for line in lines)
        url = said["Sandbox"].strip()
        status = requests.get(f"{url}/connections", timeout=5).status_code
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        finally:
            process.kill()

    assert ["Sandbox", "Client id", "Client secret", "Control token"] == list(said)
    assert (401, 0) == (status, process.returncode)


def test_scripts_read_where_it_is(tmp_path: Path) -> None:
    """With --json one object says all, and the token in it controls the sandbox."""
    command = [sys.executable, "-u", "-c", _RUN, "--json"]
    folder = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n"):
            text += process.stdout.readline()
        said = json.loads(text)
        header = {"Authorization": f"Bearer {said['control_token']}"}
        url = f"{said['url']}/sandbox"
        statuses = [requests.get(url, headers=h, timeout=5).status_code for h in ({}, header)]
        process.send_signal(signal.SIGINT)
        try:
            rest = process.stdout.read()
            process.wait(timeout=10)
        finally:
            process.kill()

    assert ([401, 200], "", None) == (statuses, rest, said["webhook_key"])


def test_state_in_use_is_a_clear_error(tmp_path: Path) -> None:
    """A file that another sandbox has open ends the command with a sentence."""
    path = tmp_path / "x.db"
    state = State(path, {})
    result = CliRunner().invoke(sandbox, ["--state", str(path)])
    state.close()

    assert 1 == result.exit_code
    assert "Stop the sandbox that has it open, or give another file." in result.output


def test_taken_port_is_a_clear_error() -> None:
    """A port that somebody else listens on ends the command with a sentence."""
    with serve(Sandbox()) as server:
        result = CliRunner().invoke(sandbox, ["--port", str(server.port)])

    assert 1 == result.exit_code
    assert "Choose another --port or --host." in result.output


def test_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    """A state file in a folder that is not there is named."""
    result = CliRunner().invoke(sandbox, ["--state", str(tmp_path / "none" / "x.db")])

    assert 1 == result.exit_code
    assert "No such file or directory" in result.output


def test_wrong_fault_is_a_clear_error() -> None:
    """A fault that cannot be read ends the command with the reason."""
    answer = CliRunner().invoke(sandbox, ["--fault", "earthquake"])

    assert (1, True) == (answer.exit_code, "Unknown fault 'earthquake'" in answer.output)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--currency", "XXX"], "Unknown currency 'XXX'; use one of: AED, AUD, CAD, "),
        (["--country", "US", "--seed", "demo"], "The seed demo is a company of the UK"),
        (["--country", "FR"], "'FR' is not one of 'NZ', 'AU', 'UK', 'US', 'ZA', 'CA', 'GLOBAL'"),
    ],
)
def test_unknown_country_or_currency_is_a_clear_error(options: list[str], told: str) -> None:
    """What there is not ends the command with what there is."""
    answer = CliRunner().invoke(sandbox, options)

    assert answer.exit_code
    assert told in answer.output


def test_command_opens_an_organisation_elsewhere(tmp_path: Path) -> None:
    """--country and --currency say where a new organisation is; the state file keeps it."""
    path = tmp_path / "x.db"
    with serve(Sandbox()) as server:  # takes the port, so that the command ends by itself
        options = ["--country", "GLOBAL", "--currency", "INR", "--state", str(path)]
        CliRunner().invoke(sandbox, [*options, "--port", str(server.port)])
    with Sandbox(state=path) as box:
        found = box.table("Organisation")[0]

    assert ("INR", "IN") == (found["BaseCurrency"], found["CountryCode"])


def test_wrong_webhook_is_a_clear_error() -> None:
    """An address that no POST can go to ends the command with the reason."""
    answer = CliRunner().invoke(sandbox, ["--webhook", "crm.example:x"])

    assert (1, True) == (answer.exit_code, "A webhook needs an address" in answer.output)


def test_command_delivers_webhooks(tmp_path: Path) -> None:
    """With --webhook the key is printed, and the receiver is asked at once."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers["x-xero-signature"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, "-u", "-c", _RUN, "--webhook"]
        folder = Path(__file__).resolve().parents[2]
        with subprocess.Popen(
            [*command, f"http://localhost:{server.server_port}/"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(7)]
            deadline = time.monotonic() + 10
            while len(asked) < 4 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            finally:
                process.kill()
        server.shutdown()

    assert "Webhook key" == lines[5].split(":")[0]
    assert (4, 0) == (len(asked[:4]), process.returncode)
