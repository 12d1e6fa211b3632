"""The laws of a tool that loses nothing, tells nothing and deletes nothing on a guess, over made-up days of work.

`python -m benchmarks.days` plays longer ones.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from assistants_tool.objects.dialects import ASSISTANTS_DIALECT, DIALECTS
from tests.apiworld import VARIABLES, People, World

DICE = st.randoms(use_true_random=False)


class Days(RuleBasedStateMachine):
    """What the users of one project, and those who edit its endpoint by hand, do in any order."""

    people: People
    dialect = ASSISTANTS_DIALECT

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()

    @initialize(dice=DICE, drops=st.sampled_from([frozenset(), frozenset({"top_p", "description"})]))
    def begin(self, dice: random.Random, drops: frozenset[str]) -> None:
        # Of a version that a restore made anew, nothing says any more what the server made of it.
        drops = frozenset() if self.dialect.members.versions else drops
        world = World(drops=drops, dialect=self.dialect)
        self.people = People(dice, Path(self._folder.name), os.environ, world)

    @rule(dice=DICE)
    def writes_a_file(self, dice: random.Random) -> None:
        self._with(dice).write_a_file()

    @rule(dice=DICE)
    def removes_a_file(self, dice: random.Random) -> None:
        self._with(dice).remove_a_file()

    @rule(name=st.sampled_from(VARIABLES))
    def turns_a_variable(self, name: str) -> None:
        self.people.turn(name)

    @rule(dice=DICE)
    def edits_by_hand(self, dice: random.Random) -> None:
        self._with(dice).edit_by_hand()

    @rule(dice=DICE)
    def adds_what_the_tool_does_not_know(self, dice: random.Random) -> None:
        self._with(dice).add_by_hand()

    @rule(dice=DICE)
    def copies_by_hand(self, dice: random.Random) -> None:
        self._with(dice).copy_by_hand()

    @rule(dice=DICE)
    def makes_or_deletes_by_hand(self, dice: random.Random) -> None:
        people = self._with(dice)
        dice.choice((people.make_by_hand, people.delete_by_hand))()

    @rule()
    def applies(self) -> None:
        self.people.apply()

    @rule(dice=DICE)
    def applies_in_bad_weather(self, dice: random.Random) -> None:
        self._with(dice).apply_in_bad_weather()

    @rule(dice=DICE)
    def goes_there_and_back(self, dice: random.Random) -> None:
        self._with(dice).there_and_back()

    def _with(self, dice: random.Random) -> People:
        self.people.dice = dice
        return self.people

    def teardown(self) -> None:
        self._folder.cleanup()
        for name in VARIABLES:
            os.environ.pop(name, None)


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class DaysOfAgents(Days):
    dialect = DIALECTS["agents"]


class DaysOfPromptAgents(Days):
    dialect = DIALECTS["prompt-agents"]


others = settings(TestDays.settings, max_examples=10)
TestDaysOfAgents = DaysOfAgents.TestCase
TestDaysOfAgents.settings = others
TestDaysOfPromptAgents = DaysOfPromptAgents.TestCase
TestDaysOfPromptAgents.settings = others
