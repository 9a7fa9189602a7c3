"""`make bench`: every bench_*.py here, or the one named. Each prints ratios within one run; these are what to trust."""

import importlib
import sys
from pathlib import Path


def main(names: list[str]) -> None:
    known = sorted(p.stem.removeprefix("bench_") for p in Path(__file__).parent.glob("bench_*.py"))
    if wrong := [n for n in names if n not in known]:
        sys.exit(f"no such benchmark: {', '.join(wrong)}. There are: {', '.join(known)}")
    for name in names or known:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.bench_{name}").main()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
