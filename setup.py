"""Which packages go into the wheel? Ours, and three folders of files under a name of their own; pyproject.toml says the rest.

pyproject.toml can look for packages or name them, but not both (docs/adr/0005).
"""

from setuptools import find_packages, setup

FILES = {f"largesse_files.{folder}": folder for folder in ("migrations", "static", "templates")}

setup(
    packages=[*find_packages(include=["webapp*", "integrations*", "workers*", "domain*"]), *FILES],
    package_dir=FILES,
    package_data={
        "": ["*.html", "*.tsv", "*.txt"],
        "largesse_files.migrations": ["*.mako", "versions/*.py"],
        "largesse_files.static": ["**/*"],
        "largesse_files.templates": ["**/*"],
    },
)
