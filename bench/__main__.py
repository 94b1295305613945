"""`make bench`: every figure in one run, side by side. Times are of this machine today; the ratios carry."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Run each bench in a process of its own; the long lists are built once and shared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--peers", type=Path, default=Path(".venv-bench"), help="where harlequin and posting are"
    )
    peers = parser.parse_args().peers
    with tempfile.TemporaryDirectory(prefix="ccms-tui-bench-") as folder:
        for title, module, options in (
            ("First paint", "bench.first_paint", _peers(peers)),
            ("Key to paint", "bench.scroll_bench", ["--keep", folder]),
            ("Search as you type", "bench.search_bench", ["--keep", folder]),
            ("Look up callers", "bench.lookup_bench", ["--keep", folder]),
            ("Cut-over", "bench.simulate_bench", ["--keep", folder]),
            ("A long past", "bench.scale_bench", ["--keep", folder]),
            ("Import", "bench.import_bench", []),
        ):
            print(f"\n## {title}\n", flush=True)
            subprocess.run([sys.executable, "-m", module, *options], check=True)


def _peers(folder: Path) -> list[str]:
    options = []
    for name in ("harlequin", "posting"):
        program = folder / name / "bin" / name
        if program.exists():
            options += [f"--{name}", str(program)]
    return options


if __name__ == "__main__":
    main()
