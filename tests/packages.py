"""Looks at built packages as a package index and a new user would.

Usage: python -m tests.packages FOLDER, with one wheel and one sdist in it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from tests.faulty_server import FaultyServer

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/defacto-webhooks/defacto-webhooks"
FILE = """
version: 1
webhooks:
- {name: invoices, to_url: https://hooks.example.com/, event_types: [Invoice.VERIFIED]}
"""
SAID = (("plan", "1 to create"), ("apply -y", "1 change made"), ("plan", "No changes"))


def metadata(wheel: Path) -> Message:
    """What an index shows of `wheel`."""
    with ZipFile(wheel) as files:
        [name] = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(files.read(name).decode())


def check_links(readme: str, version: str) -> None:
    """Every link and image leads to a file of this version, from wherever the text is read."""
    links = re.findall(r'(?:\]\(|src="|srcset=")([^)"]+)', readme)
    assert links
    here = (
        f"{REPOSITORY}/blob/v{version}/",
        f"https://raw.githubusercontent.com/{REPOSITORY.split('/', 3)[3]}/v{version}/",
    )
    for link in links:
        assert link.startswith(("https://", "#")), f"{link} leads nowhere on a package index"
        for start in here:
            if link.startswith(start):
                assert (ROOT / link.removeprefix(start).partition("#")[0]).exists(), link


def check_sdist(sdist: Path) -> None:
    """It holds what the wheel is built from, and no tests, which need the repository."""
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert "src/defacto_webhooks/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]


def check_installs(wheel: Path, folder: Path) -> None:
    """In an environment with nothing but Python, without extras, it plans and applies."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    (folder / "webhooks.yaml").write_text(FILE)
    with FaultyServer() as server:
        server.reset([])
        for arguments, said in SAID:
            done = subprocess.run(
                [folder / "venv/bin/defacto-webhooks", *arguments.split()],
                cwd=folder,
                env={"DEFACTO_API_URL": server.url, "DEFACTO_API_KEY": server.key},
                capture_output=True,
                text=True,
                check=True,
            )
            assert said in done.stdout, done.stdout


def main() -> None:
    [wheel], [sdist] = (list(Path(sys.argv[1]).glob(pattern)) for pattern in ("*.whl", "*.tar.gz"))
    told = metadata(wheel)
    check_links(str(told.get_payload()), told["Version"])
    check_sdist(sdist)
    with tempfile.TemporaryDirectory() as folder:
        check_installs(wheel.resolve(), Path(folder).resolve())


if __name__ == "__main__":
    main()
