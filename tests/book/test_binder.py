"""What Binder does with this repository, rehearsed: an environment, a server, a notebook.

By default the present environment stands for Binder's, and the shortest notebook is run.
``BINDER_NOTEBOOKS=all`` makes a fresh environment as `environment.yml` says, in a copy of the
repository, and runs every notebook there; that takes some ten minutes.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from run_links import binder_link
from websocket import create_connection

from benchmarks.checkout import copy_to

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PIP_SECTION: list[str] = ENVIRONMENT["dependencies"][-1]["pip"]
NOTEBOOKS = [
    path.relative_to(ROOT).with_suffix("").as_posix()
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
]
WHOLE = os.environ.get("BINDER_NOTEBOOKS") == "all"
TRIED = NOTEBOOKS if WHOLE else ["notebooks/principles"]
TOKEN = uuid.uuid4().hex
PASS = {"Authorization": f"token {TOKEN}"}
REPOSITORIES = {
    "https://github.com/someone/retuning": "https://mybinder.org/v2/gh/someone/retuning/HEAD",
    "https://gitlab.com/a/b/retuning": "https://mybinder.org/v2/gl/a%2Fb%2Fretuning/HEAD",
}


def _pins(python: Path) -> dict[str, str]:
    """Versions that the lock file names for a Python on this computer."""
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    there = {
        "python_version": version.rpartition(".")[0],
        "python_full_version": version,
    }
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in map(Requirement, lines)
        if pin.marker is None or pin.marker.evaluate(there)
    }


def _installed(python: Path) -> dict[str, str]:
    command = [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {canonicalize_name(item["name"]): item["version"] for item in listed}


@dataclass(frozen=True)
class Machine:
    """What Binder would start: a Python with the packages, and the repository."""

    python: Path
    root: Path


def _pip(machine: Machine, *options: str | Path) -> None:
    """Install what `environment.yml` lists for pip, at the root, as conda does."""
    listed = [word for line in PIP_SECTION for word in line.split()]
    command = [machine.python, "-m", "pip", "install", "--quiet", *listed, *options]
    done = subprocess.run(command, cwd=machine.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def _python() -> str:
    """The Python that `environment.yml` asks for, or else the present one."""
    wanted = next(item for item in ENVIRONMENT["dependencies"] if str(item).startswith("python="))
    found = shutil.which(wanted.replace("=", ""))
    works = found and subprocess.run([found, "--version"], capture_output=True).returncode == 0
    return found if found and works else sys.executable


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """This environment, or a fresh one made as Binder makes it."""
    if not WHOLE:
        return Machine(Path(sys.executable), ROOT)
    folder = tmp_path_factory.mktemp("binder")
    subprocess.run([_python(), "-m", "venv", folder / "env"], check=True)
    fresh = Machine(folder / "env" / "bin" / "python", folder / "repository")
    copy_to(fresh.root)
    _pip(fresh)
    return fresh


def test_the_environment_is_the_lock_without_conflict(machine: Machine, tmp_path: Path) -> None:
    installed = _installed(machine.python)
    pins = _pins(machine.python)
    wrong = {name: pin for name, pin in pins.items() if installed.get(name) != pin}
    assert not wrong
    # Asked again, pip resolves the same list and finds nothing to add but the book's own package.
    report = tmp_path / "report.json"
    _pip(machine, "--dry-run", "--no-build-isolation", "--report", report)
    added = [item["metadata"]["name"] for item in json.loads(report.read_text())["install"]]
    assert added == ["mechanisms"]


@pytest.mark.parametrize("docname", NOTEBOOKS)
def test_the_launch_link_names_the_notebook(docname: str) -> None:
    for repository, start in REPOSITORIES.items():
        link = binder_link(repository, docname)
        address, query = link.split("?")
        assert address == start
        assert query == "urlpath=lab%2Ftree%2F" + docname.replace("/", "%2F") + ".ipynb"
        (opened,) = parse_qs(urlsplit(link).query)["urlpath"]
        assert (ROOT / opened.removeprefix("lab/tree/")).is_file()


@pytest.fixture(scope="module")
def server(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Jupyter server at the root of the repository, as on Binder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        f"JUPYTER_{name.upper()}_DIR": str(tmp_path_factory.mktemp(name))
        for name in ("config", "data", "runtime")
    }
    command = [
        machine.python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=machine.root, env={**os.environ, **own, "PYTHONPATH": ""},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            assert process.poll() is None, "the server did not start"
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _ask(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **PASS}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer: bytes = reply.read()
    return answer


def _run(channel: Any, code: str) -> list[dict[str, Any]]:
    """Run one cell through the kernel's channel and return what it put out."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "rehearsal",
              "username": "learner", "version": "5.3", "date": ""}  # fmt: skip
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
               "allow_stdin": False, "stop_on_error": True}  # fmt: skip
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {},
               "content": content}  # fmt: skip
    channel.send(json.dumps(message))
    outputs = []
    while True:
        said = json.loads(channel.recv())
        if said["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if said["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            outputs.append({"type": said["msg_type"], **said["content"]})
        if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
            return outputs


@pytest.mark.parametrize("docname", TRIED)
def test_the_notebook_runs_on_a_server_at_the_root(
    machine: Machine, server: str, docname: str
) -> None:
    link = binder_link(next(iter(REPOSITORIES)), docname)
    (opened,) = parse_qs(urlsplit(link).query)["urlpath"]
    assert b"jupyter-config-data" in _ask(f"{server}/{opened}")
    path = opened.removeprefix("lab/tree/")
    cells = json.loads(_ask(f"{server}/api/contents/{path}"))["content"]["cells"]
    start = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = json.loads(_ask(f"{server}/api/sessions", start))["kernel"]["id"]
    address = f"{server.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    channel = create_connection(address, header=PASS)
    channel.settimeout(300)
    figures = 0
    try:
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            outputs = _run(channel, cell["source"])
            wrong = [o for o in outputs if o["type"] == "error" or o.get("name") == "stderr"]
            assert not wrong, f"{cell['id']}: {wrong}"
            widget = "application/vnd.jupyter.widget-view+json"
            figures += sum(widget in output.get("data", {}) for output in outputs)
        (where,) = _run(channel, "import mechanisms; print(mechanisms.__file__)")
        assert Path(where["text"].strip()).parents[1] == machine.root
    finally:
        channel.close()
        _ask(f"{server}/api/kernels/{kernel}", method="DELETE")
    assert figures > 0
