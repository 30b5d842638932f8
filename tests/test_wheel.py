"""The wheel holds everything a run needs: the demo runs from it, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    environment = {**os.environ, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], check=True, env=environment)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.timeout(300)
def test_the_demo_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, in another folder; the libraries are lent from this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Libraries from here, but not the project: the editable installation hangs on a .pth file, which is only
    # read in a site folder, not in one that is merely on the path.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": sysconfig.get_path("purelib"), "HOME": str(tmp_path)}
    where = subprocess.run(
        [python, "-c", "import receiver, fixtures; print(receiver.__file__, fixtures.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    ).stdout
    assert where.count(str(tmp_path)) == 2, where
    done = subprocess.run(
        [python, "-m", "ptsn", "demo", "--headless", "--for", "6s"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Panic alarm" in done.stdout, done.stdout


def test_the_wheel_holds_data_and_types(wheel: Path) -> None:
    """Tables, fixtures and the typing marks."""
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("protocols/catalogue/contact_id_events.csv", "fixtures/district.toml", "receiver/py.typed"):
        assert name in names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]
