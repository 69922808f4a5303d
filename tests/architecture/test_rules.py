"""No file of ours breaks a rule, and each rule catches the violation it is for."""

import pytest

from tests.architecture.rules import RULES, Rule, Source, sources

PLANTED = {
    "no_file_is_long": [("tasks/planted.py", "x = 1\n" * 301), ("deployments/setup/planted.sh", "true\n" * 301)],
    "no_flow_is_long": [("flows/planted.py", "@flow\ndef long():\n" + "    step()\n" * 39)],
    "no_module_is_a_drawer": [
        ("decnet_core/utils.py", ""),
        ("tests/helpers/x.py", ""),
        ("tasks/fleet_manager.py", ""),
        ("decnet_core/cli/common.py", ""),
    ],
    "nobody_removes_the_unnamed": [
        ("decnet_core/adapters/planted.py", 'COMMAND = ["docker", "compose", "down"]\n'),
        ("tasks/planted.py", 'run("up", "--remove-orphans")\n'),
        ("deployments/setup/planted.sh", 'docker compose -f "$file" down\n'),
    ],
    "settings_alone_read_the_environment": [
        ("decnet_core/planted.py", 'import os\nx = os.environ["HOME"]\n'),
        ("tasks/planted.py", 'import os\nx = os.getenv("HOME")\n'),
        ("flows/planted.py", "from os import environ\n"),
    ],
    "imports_stand_at_the_top": [
        ("tasks/planted.py", "def late():\n    import json\n"),
        ("decnet_core/planted.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json\n"),
    ],
    "tests_patch_nothing": [("tests/planted.py", "from unittest.mock import patch\n")],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_given_every_file_of_ours_then_none_breaks_the_rule(rule: Rule):
    broken = [f"{source.path}: {finding}" for source in sources() for finding in rule(source)]

    assert broken == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_given_a_planted_violation_then_the_rule_catches_it(rule: Rule):
    for path, text in PLANTED[rule.__name__]:
        assert list(rule(Source(path, text))), f"{path} went through"


def test_given_the_tree_then_the_rules_have_seen_all_of_it():
    tops = {source.path.partition("/")[0] for source in sources()}

    assert tops >= {"decnet_core", "tasks", "flows", "deployments", "tests", ".ci"}
