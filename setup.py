"""The list of packages: found, plus ``signatures/``, which ships as ``classifier.signatures``.

Everything else about the build is in pyproject.toml.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["classifier", "classifier.*"]), "classifier.signatures"],
    package_dir={"classifier.signatures": "signatures"},
)
