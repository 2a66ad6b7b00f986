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


@pytest.mark.parametrize(
    "asked",
    [
        "import inspect; inspect.cleandoc(' a') == 'a' and inspect.signature(run).parameters",
        "from inspect import cleandoc; cleandoc(' a') == 'a'",
        "import ctypes.util; ctypes.util.find_library and ctypes.c_int(3).value == 3",
        "import numpy as np; np.arange(3).ctypes.shape[0] == 3",
        "import pickle, numpy as np; pickle.loads(pickle.dumps(np.arange(3)))[2] == 2",
        "import numpy as np; np.dtype('2i4, 3f8').fields is not None",
        "from platform import machine; machine()",
        "import ast; ast.literal_eval('[1]') == [1]",
        "import textwrap; textwrap.dedent(' a') == 'a'",
        "import msgspec; msgspec.json.schema(msgspec.Struct)['$ref']",
        "import msgspec; msgspec.inspect.type_info(int)",
        "from msgspec.inspect import IntType, type_info; type_info(int) == IntType()",
    ],
)
@pytest.mark.parametrize("before", ["", "import numpy"])
def test_a_module_that_stands_for_another_is_the_other_when_it_is_asked(asked, before) -> None:
    imports, _, question = asked.rpartition("; ")
    code = (
        "from classifier.cli.spared import spare\n"
        f"spare(); {before or 'pass'}\n"
        f"def run(a): pass\n{imports}\nprint(bool({question}))"
    )
    assert run(code) == "True\n"


def test_what_numpy_asks_nothing_of_is_not_imported_with_it() -> None:
    code = (
        "import sys; from classifier.cli.spared import EARLIER, LATER, spare\n"
        "spare(); import numpy\n"
        "print([name for name in (*LATER, *EARLIER) if hasattr(sys.modules[name], '__file__')])"
    )
    assert run(code) == "[]\n"


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
