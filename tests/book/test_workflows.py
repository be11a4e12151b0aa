"""The workflows do what the repository offers, with as few rights as that takes."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
NAMES = ("test", "weekly", "publish", "release")

# The only jobs that may change anything, and what.
RIGHTS = {
    ("publish", "deploy"): {"pages": "write", "id-token": "write"},
    ("release", "release"): {"contents": "write"},
}
PINNED = re.compile(r"actions/[\w-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
ON_UNIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios")


@cache
def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; BaseLoader leaves every word a word.
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in NAMES:
        for title, job in workflow(name)["jobs"].items():
            yield name, title, job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, title, job in jobs():
        for step in job["steps"]:
            yield f"{name}/{title}", step


def commands() -> list[str]:
    return [line for _, step in steps() for line in step.get("run", "").splitlines()]


def test_these_are_all_the_workflows() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.yml" for name in NAMES}


def test_actions_are_pinned_by_hash_and_say_their_version() -> None:
    used = [(where, step["uses"]) for where, step in steps() if "uses" in step]
    assert len(used) > 10
    assert not [entry for entry in used if not PINNED.fullmatch(entry[1])]
    versions: dict[str, set[str]] = {}
    for name in NAMES:
        for line in (FOLDER / f"{name}.yml").read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                found = re.search(r"uses: (\S+) # (v\d+\.\d+\.\d+)$", line)
                assert found, line
                versions.setdefault(found[1].split("@")[0], set()).add(f"{found[1]} {found[2]}")
    assert not {action: seen for action, seen in versions.items() if len(seen) > 1}


def test_rights_are_those_that_a_job_needs() -> None:
    for name in NAMES:
        assert workflow(name)["permissions"] == {"contents": "read"}, name
    given = {
        (name, title): job["permissions"] for name, title, job in jobs() if "permissions" in job
    }
    assert given == RIGHTS


def test_a_job_that_may_write_runs_no_code_of_the_repository() -> None:
    for name, title, job in jobs():
        if (name, title) in RIGHTS:
            used = " ".join(step.get("uses", "") for step in job["steps"])
            assert "actions/checkout" not in used
            assert "needs" in job


def test_no_one_else_can_trigger_a_job_with_rights() -> None:
    triggers = {name: set(workflow(name)["on"]) for name in NAMES}
    assert triggers["test"] == {"push", "pull_request"}
    assert triggers["weekly"] == {"schedule", "workflow_dispatch"}
    assert workflow("release")["on"] == {"push": {"tags": ["v*"]}}
    after = {"workflows": ["test"], "types": ["completed"], "branches": ["main"]}
    assert workflow("publish")["on"] == {"workflow_run": after}
    assert workflow("test")["name"] == "test"


def test_only_what_the_tests_passed_on_main_is_published() -> None:
    # `workflow_run` comes after red tests too, and after those of a fork whose branch is `main`;
    # it brings the rights of this repository to all of them.
    build, deploy = (workflow("publish")["jobs"][name] for name in ("build", "deploy"))
    run = "github.event.workflow_run"
    assert set(build["if"].split(" && ")) == {
        f"{run}.conclusion == 'success'",
        f"{run}.event == 'push'",
        f"{run}.head_branch == 'main'",
        f"{run}.head_repository.full_name == github.repository",
    }
    assert deploy["needs"] == "build"
    assert "if" not in deploy  # skipped with what it needs
    # A red run would take the place of a green one that waits.
    assert "concurrency" not in workflow("publish")
    assert build["steps"][0]["with"]["ref"] == f"${{{{ {run}.head_sha }}}}"
    # Green means all of it: no job or step of the tests may fail unseen.
    tests = (FOLDER / "test.yml").read_text(encoding="utf-8")
    assert "continue-on-error" not in tests
    assert any(step.get("run") == ".ci/run" for step in workflow("test")["jobs"]["book"]["steps"])


def test_the_token_is_not_left_behind() -> None:
    checkouts = [entry for entry in steps() if "actions/checkout@" in entry[1].get("uses", "")]
    assert len(checkouts) >= 5
    for where, step in checkouts:
        assert step["with"]["persist-credentials"] == "false", where
        # Only publishing takes another commit than the one that its event is about.
        allowed = {"ref"} if where == "publish/build" else set()
        assert set(step["with"]) - {"persist-credentials"} == allowed, where


def test_no_expression_is_written_into_a_command() -> None:
    # A title or a branch name put into a shell line is code; variables of the shell are not.
    assert not [line for line in commands() if EXPRESSION.search(line)]
    # Of what an event brings along, only the hash of a commit: nothing that somebody may word.
    simple = r"(matrix|steps)(\.[\w-]+)+|github\.(token|repository|ref)"
    known = rf"{simple}|github\.event\.workflow_run\.head_sha"
    for name in NAMES:
        text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
        for found in EXPRESSION.findall(text):
            assert re.fullmatch(known if name == "publish" else simple, found.strip()), name
        assert "secrets." not in text


def test_every_job_ends_by_itself() -> None:
    assert all(0 < int(job["timeout-minutes"]) <= 180 for _, _, job in jobs())


def test_versions_of_python_are_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = SpecifierSet(project["requires-python"])
    package = workflow("test")["jobs"]["package"]["strategy"]["matrix"]["python"]
    lowest = re.fullmatch(r">=(\d+\.\d+)", project["requires-python"])
    assert lowest is not None
    assert lowest[1] in package
    asked = [
        step["with"]["python-version"]
        for _, step in steps()
        if "actions/setup-python@" in step.get("uses", "")
    ]
    plain = [version for version in asked if not EXPRESSION.search(version)]
    assert all(supported.contains(version) for version in [*package, *plain])
    # The book is built with the Python of the environment that Binder makes.
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert {f"python={version}" for version in plain} == {environment["dependencies"][0]}


def test_the_lock_is_what_everyone_installs() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"][-1]["pip"][0] == "-r requirements.lock"
    package = [step.get("run", "") for step in workflow("test")["jobs"]["package"]["steps"]]
    assert any(line.endswith("-r requirements.lock") for line in package)
    assert "-r requirements.lock" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_package_is_tested_on_three_systems_with_the_tests_that_need_no_browser() -> None:
    package = workflow("test")["jobs"]["package"]
    systems = {name.split("-")[0] for name in package["strategy"]["matrix"]["system"]}
    assert systems == {"ubuntu", "macos", "windows"}
    (command,) = [line for line in commands() if "-m pytest" in line]
    folders = set(re.findall(r"tests/\w+", command))
    assert folders == {
        f"tests/{name}" for name in ("models", "data", "live", "validation", "exercises")
    }
    assert all((ROOT / folder).is_dir() for folder in folders)
    # Windows has no make.
    shared = [step["run"] for step in package["steps"] if "run" in step and "if" not in step]
    assert all(line.startswith("python -m ") for line in shared)


def test_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    asked = [
        word
        for line in commands()
        if line.startswith("make ")
        for word in line.split()[1:]
        if "=" not in word
    ]
    assert {"site", "offline", "pdf", "epub", "wheel"} <= set(asked)
    assert set(asked) <= targets
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_is_published_is_what_the_targets_write() -> None:
    def holds(path: str, text: str) -> bool:
        return text in (ROOT / path).read_text(encoding="utf-8")

    (pages,) = [s for _, s in steps() if "upload-pages-artifact@" in s.get("uses", "")]
    assert pages["with"]["path"] == "_build/site"
    (files,) = [
        step["with"]["path"]
        for where, step in steps()
        if where == "release/build" and "upload-artifact@" in step.get("uses", "")
    ]
    assert files.split() == [
        "_build/*-offline.zip",
        "_build/pdf/*.pdf",
        "_build/epub/*.epub",
        "_build/wheel/*.whl",
    ]
    assert holds("book/pdf.py", '"_build" / "pdf"')
    assert holds("book/epub.py", '"_build" / "epub"')
    assert holds("book/offline.py", "-offline.zip")
    assert holds("Makefile", "--wheel-dir _build/wheel")


def test_what_a_workflow_sets_is_what_the_tests_ask_for() -> None:
    asked: set[str] = set()
    for name, _, job in jobs():
        if name in ("weekly", "release"):
            asked |= set(job.get("env", {}))
            for step in job["steps"]:
                asked |= set(step.get("env", {}))
    switches = asked - {"GH_TOKEN", "GH_REPO"}
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    assert switches
    for switch in switches:
        assert any(f'environ.get("{switch}"' in text for text in tests), switch


def test_dependabot_watches_packages_and_actions() -> None:
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert settings["version"] == 2
    watched = {update["package-ecosystem"] for update in settings["updates"]}
    assert watched == {"pip", "github-actions"}
    (pip,) = [u for u in settings["updates"] if u["package-ecosystem"] == "pip"]
    # Jupyter Book 2 has no _config.yml: what is pinned below 2 stays there.
    (ignored,) = [rule for rule in pip["ignore"] if rule["dependency-name"] == "jupyter-book"]
    newer = SpecifierSet(",".join(ignored["versions"]))
    assert [newer.contains(version) for version in ("1.0.4.post1", "1.1", "2.0.0", "3.1")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_what_make_lock_writes_is_what_the_weekly_job_hands_out() -> None:
    (files,) = [
        step["with"]["path"]
        for where, step in steps()
        if where == "weekly/newest" and "upload-artifact@" in step.get("uses", "")
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(files.split()) == set(re.findall(r"--output-file (\S+)", makefile))


def test_the_package_can_be_imported_without_what_only_unix_has() -> None:
    program = f"""
import importlib, pkgutil, sys
for name in {ON_UNIX_ONLY!r}:
    sys.modules[name] = None
import mechanisms
for module in pkgutil.walk_packages(mechanisms.__path__, "mechanisms."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
