"""With how many made-up examples a law is tried: the same few at each commit, others and many more once a week."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

THOROUGH = "thorough"
TIMES = 30


def begin(*, thorough: bool) -> None:
    """Before the first module of tests is read. It counts for laws that name no number of examples, too."""
    settings.register_profile("at a commit", max_examples=35, derandomize=True, deadline=None)
    settings.register_profile(THOROUGH, max_examples=35 * TIMES, deadline=None)
    settings.load_profile(THOROUGH if thorough else "at a commit")


def examples(count: int) -> settings:
    """`count` examples, the same in each run, so that what fails at a commit is that commit's doing; with `--thorough` (`make laws`)
    thirty times as many, and others each time. A law may take as long as it does on a busy machine.
    """
    thorough = settings.get_current_profile_name() == THOROUGH
    return settings(
        max_examples=count * TIMES if thorough else count,
        derandomize=not thorough,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
