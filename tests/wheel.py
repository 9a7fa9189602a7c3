"""`make wheel`: build the wheel, install it into a fresh environment, and run the tests against that instead of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BESIDE = ("tests", "seeds", "benchmarks", "docs", "deploy", "pyproject.toml", "scrapy.cfg", "Makefile", "sosik.example.toml",
          "README.md", "README.ko.md", "CHANGELOG.md", "CONTRIBUTING.md", "constraints.txt")  # what tests read, but the code


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shutil.rmtree(ROOT / "build", ignore_errors=True)  # what an earlier build left there would go into the wheel
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
        wheel = next((folder / "dist").glob("*.whl"))
        run(sys.executable, "-m", "venv", str(folder / "venv"))
        python = folder / "venv" / "bin" / "python"
        run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt"),
            f"{wheel}[dev]")
        there = folder / "elsewhere"
        there.mkdir()
        for name in BESIDE:
            place = ROOT / name
            if place.is_dir():
                shutil.copytree(place, there / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif place.exists():
                shutil.copy(place, there / name)
        run(str(python), "-c", "import crawler, pipelines; assert 'site-packages' in crawler.__file__", cwd=there)
        run(str(python), "-m", "pytest", "-q", "-n", "2", "-m", "not checkout", cwd=there)
    shutil.rmtree(ROOT / "build", ignore_errors=True)


def run(*command: str, cwd: Path = ROOT) -> None:
    subprocess.run(command, check=True, cwd=cwd)


if __name__ == "__main__":
    main()
