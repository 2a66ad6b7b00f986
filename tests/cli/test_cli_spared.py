"""What the command leaves out of its libraries is missed by nothing that it may still import."""

from __future__ import annotations

import subprocess
import sys

import pytest
from run_classify import OFFICE, environment


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "module", ["numpy.ma", "numpy.typing", "numpy.random", "pandas", "pyarrow"]
)
def test_what_is_imported_later_imports_as_before(module) -> None:
    code = (
        "from classifier.cli.spared import spare\n"
        f"spare(); import {module}; import typing_extensions, platform, uuid\n"
        "import numpy as np\n"
        "print(np.arange(3).sum(), platform.machine() > '', uuid.uuid1().version)"
    )
    assert run(code) == "3 True 1\n"


def test_docstrings_are_left_out_in_the_command_alone() -> None:
    code = "import numpy as np; print(np.ndarray.sum.__doc__ is None)"
    assert run(f"from classifier.cli.spared import spare; spare(); {code}") == "True\n"
    assert run(f"import classifier.pipeline; {code}") == "False\n"


@pytest.mark.parametrize("first", ["numpy.typing", "numpy._typing._array_like", "numpy._typing"])
def test_the_types_of_annotations_come_when_they_are_asked_for(first) -> None:
    code = (
        "from classifier.cli.spared import spare\n"
        "spare(); import sys, numpy as np\n"
        "print('numpy._typing._array_like' in sys.modules)\n"
        f"import {first}\n"
        "from numpy._typing import ArrayLike; import numpy.typing as npt\n"
        "print(npt.NDArray[np.int8] == np.ndarray[tuple[__import__('typing').Any, ...],"
        " np.dtype[np.int8]], npt.ArrayLike is ArrayLike, np.linalg.slogdet([[2.0]]).sign)"
    )
    assert run(code) == "False\nTrue True 1.0\n"


def test_where_the_libraries_are_there_already_they_stay_whole() -> None:
    code = (
        "import numpy as np, typing_extensions as known\n"
        "from classifier.cli.spared import spare\n"
        "spare(); import typing_extensions\n"
        "print(np.ndarray.sum.__doc__ is None, typing_extensions is known)"
    )
    assert run(code) == "False True\n"


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_reports_and_tables_are_made_without_it(tmp_path, ending) -> None:
    asked = f"--report html --report md -q -o {tmp_path / 'out'} --flows {tmp_path}/flows.{ending}"
    subprocess.run(
        [sys.executable, "-m", "classifier", OFFICE, *asked.split()], env=environment(), check=True
    )
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert (tmp_path / f"flows.{ending}").stat().st_size > 1000
