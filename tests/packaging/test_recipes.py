"""The recipes of the four wheels agree with the workspace and with what the packages say."""

from __future__ import annotations

import configparser
import importlib
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.source import PACKAGES, ROOT
from xtiger.hookspecs import ExtensionInfo


def _read(name: str) -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / name, encoding="utf-8")
    return config


def _lines(config: configparser.ConfigParser, section: str, option: str) -> set[str]:
    if not config.has_option(section, option):
        return set()
    return {line.strip() for line in config.get(section, option).splitlines() if line.strip()}


@pytest.fixture
def workspace() -> configparser.ConfigParser:
    """The setup.cfg of the checkout."""
    return _read("setup.cfg")


@pytest.fixture
def recipes() -> dict[str, configparser.ConfigParser]:
    """Package → its recipe."""
    return {path.stem: _read(f"packaging/{path.name}") for path in ROOT.glob("packaging/*.cfg")}


def test_every_package_has_one_recipe(recipes: dict[str, configparser.ConfigParser]) -> None:
    """Each top-level package has exactly one .cfg, and each .cfg its package."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert set(PACKAGES) == packages == set(recipes)


def test_a_recipe_carries_its_package_only(recipes: dict[str, configparser.ConfigParser]) -> None:
    """A wheel holds its own package; "xtiger*" would swallow the others."""
    found = {
        name: _lines(recipe, "options.packages.find", "include") for name, recipe in recipes.items()
    }

    assert {name: {name, f"{name}.*"} for name in PACKAGES} == found


@pytest.mark.parametrize("group", ["console_scripts", "xtiger.extensions"])
def test_entry_points_are_the_union(
    workspace: configparser.ConfigParser, recipes: dict[str, configparser.ConfigParser], group: str
) -> None:
    """A checkout offers exactly the entry points of the four wheels."""
    union = set().union(*(_lines(r, "options.entry_points", group) for r in recipes.values()))

    assert union == _lines(workspace, "options.entry_points", group)


def test_requirements_are_the_union(
    workspace: configparser.ConfigParser, recipes: dict[str, configparser.ConfigParser]
) -> None:
    """What a wheel needs beside xtiger, a checkout installs, too; xtiger's are the workspace's."""
    own = _lines(workspace, "options", "install_requires")
    added = {
        line
        for recipe in recipes.values()
        for line in _lines(recipe, "options", "install_requires")
        if Requirement(line.replace("{minor}", "0")).name != "xtiger"
    }

    assert set() == added - own


def test_extras_are_the_union(
    workspace: configparser.ConfigParser, recipes: dict[str, configparser.ConfigParser]
) -> None:
    """Every extra of a wheel is one of the checkout with the same requirements."""
    section = "options.extras_require"
    extras = {
        extra: _lines(recipe, section, extra)
        for recipe in recipes.values()
        if recipe.has_section(section)
        for extra in recipe.options(section)
    }
    own = {extra: _lines(workspace, section, extra) for extra in workspace.options(section)}
    del own["dev"], own["docs"], own["examples"]  # for work on the checkout itself

    assert own == extras


def test_plugins_say_what_their_recipes_say(
    recipes: dict[str, configparser.ConfigParser],
) -> None:
    """Name, label and needs of each EXTENSION equal those that the zip's manifest will carry."""
    described = {
        ExtensionInfo(
            name=recipe["extension"]["name"],
            label=recipe["extension"]["label"],
            package=package,
            requires=tuple(recipe["extension"]["requires"].split()),
        )
        for package, recipe in recipes.items()
    }
    said = {importlib.import_module(f"{name}.plugin").EXTENSION for name in PACKAGES}

    assert described == said


def test_the_packaging_library_is_not_hidden() -> None:
    """packaging/ has no __init__.py: as a package it would hide the library of that name."""
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_libraries_say_that_they_are_typed() -> None:
    """Each package carries py.typed, so that type checkers read its annotations."""
    assert [] == [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()]


def _requirements(config: configparser.ConfigParser) -> list[Requirement]:
    lines = _lines(config, "options", "install_requires")
    if config.has_section("options.extras_require"):
        for extra in config.options("options.extras_require"):
            lines |= _lines(config, "options.extras_require", extra)
    found = [Requirement(line.replace("{minor}", "0")) for line in sorted(lines)]
    return [one for one in found if one.name != "xtiger-workspace"]


def test_every_requirement_has_a_lower_bound(
    workspace: configparser.ConfigParser, recipes: dict[str, configparser.ConfigParser]
) -> None:
    """No requirement, and no tool of the build, may be satisfied by a version of any age."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    found = [Requirement(line) for line in build]
    for config in (workspace, *recipes.values()):
        found += _requirements(config)
    unbounded = [
        str(one)
        for one in found
        if not {">=", "~=", "=="} & {specifier.operator for specifier in one.specifier}
    ]

    assert ([], True) == (unbounded, len(found) > 40)


#: Versions of which advisories are public: none of them may be installed beside the library.
ADVISED_AGAINST = {
    "cryptography": ["49.0.0"],
    "Django": ["5.2.16"],
    "Flask": ["3.1.2"],
    "jinja2": ["3.1.5"],
    "marshmallow": ["3.26.1", "4.0.0", "4.1.1"],
    "pytest": ["9.0.2"],
    "requests": ["2.32.5"],
    "urllib3": ["2.6.3"],
    "waitress": ["3.0.0"],
    "Werkzeug": ["3.1.5"],
}


def test_no_bound_lets_a_version_with_an_advisory_in(
    workspace: configparser.ConfigParser, recipes: dict[str, configparser.ConfigParser]
) -> None:
    """The last version that an advisory names is below every bound of its package."""
    found = [one for config in (workspace, *recipes.values()) for one in _requirements(config)]
    let_in = [
        str(one)
        for one in found
        for version in ADVISED_AGAINST.get(one.name, ())
        if one.specifier.contains(version)
    ]

    assert ([], set()) == (let_in, set(ADVISED_AGAINST) - {one.name for one in found})
