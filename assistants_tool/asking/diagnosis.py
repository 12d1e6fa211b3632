"""Is this endpoint fit for the tool? What was found out about it -> Checks, each with what to do next.

`look` and `probe` ask the endpoint and judge nothing: an error is an answer, too. `diagnose` judges and asks nothing. What could not be
looked at is `unknown`, which is never shown as missing. `look` sends nothing but GET; `probe` makes one assistant and deletes it again.
"""

from __future__ import annotations

import asyncio
import datetime
import difflib
import enum
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from assistants_tool import models
from assistants_tool.errors import DefinitionError, EndpointError, Fate, ToolError, UnreachedError
from assistants_tool.objects.assistant import Assistant, Listing
from assistants_tool.objects.dialects import ASSISTANTS_DIALECT, Dialect
from assistants_tool.objects.endpoint import Offer
from assistants_tool.planning.lifecycle import shutdown
from assistants_tool.project.target import Embedded, Key, Remote

if TYPE_CHECKING:
    from assistants_tool.models import Takes, Word
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Served, ServingEndpoint
    from assistants_tool.objects.payload import Body

T = TypeVar("T")


class Verdict(enum.Enum):
    """`unknown`: it could not be looked at, or what was seen proves nothing."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the diagnosis: what was found, and what to do next where that is not well."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """The assistant that was made to find out: the answer to each step, or its error; None for a step that was not taken.

    Where the answer to the create was lost, `created` is its error, and `found` what a listing knows of the probe.
    """

    body: Body
    created: Assistant | EndpointError
    read: Assistant | EndpointError | None = None
    listed: Listing | EndpointError | None = None
    found: Assistant | None = None
    removal: EndpointError | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the endpoint answered. `read` is one of those that it listed, by its id; None where it listed none."""

    listing: Listing | EndpointError
    models: Served | EndpointError
    probe: Probe | None = None
    read: Assistant | EndpointError | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known. `seen` is an error where the endpoint could not be opened; `environment` is the one that was chosen."""

    endpoint: Embedded | Remote
    definitions: tuple[Definition, ...] | DefinitionError
    seen: Seen | ToolError
    today: datetime.date
    environment: str = ""

    @property
    def unreached(self) -> UnreachedError | None:
        error = self.seen.listing if isinstance(self.seen, Seen) else self.seen
        return error if isinstance(error, UnreachedError) else None

    @property
    def answer(self) -> Seen | str:
        """What the endpoint answered, or why it did not."""
        if self.unreached:
            return "the endpoint was not reached"
        if isinstance(self.seen, Seen):
            return self.seen
        return "the endpoint could not be opened" if isinstance(self.endpoint, Embedded) else "there is no key"

    @property
    def dialect(self) -> Dialect:
        return self.endpoint.speech.dialect


def diagnose(case: Case) -> tuple[Check, ...]:
    """The checks, in the order in which one needs another."""
    return tuple(check for judge in _CHECKS for check in judge(case))


# --- asking


async def look(endpoint: ServingEndpoint) -> Seen:
    """Ask for all that shows without a write."""
    listing = await _answered(endpoint.listing())
    if isinstance(listing, UnreachedError):  # a second request would only wait for the same nothing once more
        return Seen(listing, listing)
    listed = listing.assistants[:1] if isinstance(listing, Listing) else ()
    read = [await _answered(_by_id(endpoint, one.id, "has just listed")) for one in listed]
    return Seen(listing, await _answered(endpoint.models()), read=read[0] if read else None)


async def _answered(answer: Awaitable[T]) -> T | EndpointError:
    try:
        return await answer
    except EndpointError as error:
        return error


PROBE_KEY = "assistants-tool-probe"


def probe_body(
    definitions: tuple[Definition, ...] | DefinitionError,
    seen: Seen,
    takes: Takes = models.ANYTHING,
    dialect: Dialect = ASSISTANTS_DIALECT,
) -> Body:
    """A small assistant, as the API has it, that says what it is. Its metadata is as long as a mark may be; its name is like no other."""
    token = secrets.token_hex(models.METADATA_VALUE_MAX // 2)
    stated = {
        "model": _probe_model(definitions, seen, takes),
        "name": f"assistants-tool probe {token[:12]}, to be deleted",
        "metadata": {PROBE_KEY: token},
    }
    return dict(dialect.carry(stated, f"{PROBE_KEY}-{token[:12]}").fields)


def _probe_model(definitions: tuple[Definition, ...] | DefinitionError, seen: Seen, takes: Takes) -> str:
    found = () if isinstance(definitions, DefinitionError) else definitions
    wanted = [one.model for one in found if one.model]
    served = {} if isinstance(seen.models, EndpointError) else seen.models
    offered = [name for name, one in served.items() if not models.unfit_for_assistants(one.model or name)]
    return next(
        iter([*(one for one in wanted if takes.deployments or not models.unfit_for_assistants(one)), *offered]),
        "gpt-4o",
    )


async def probe(endpoint: ServingEndpoint, body: Body, stop: asyncio.Event) -> Probe:
    """Create, read by id, list, and delete in every case. Once `stop` is set, what is left of it is the delete."""
    try:
        created = await endpoint.create(body)
    except EndpointError as error:
        return await _clear_away(endpoint, Probe(body, error))
    done = Probe(body, created)
    try:
        if not stop.is_set():
            done = replace(done, read=await _answered(_by_id(endpoint, created.id)))
        if not stop.is_set():
            done = replace(done, listed=await _answered(endpoint.listing()))
    finally:
        removal = await _answered(endpoint.delete(created.id))
    return replace(done, removal=removal)


async def _by_id(endpoint: ServingEndpoint, assistant_id: str, what: str = "has just made") -> Assistant:
    found = await endpoint.get(assistant_id)
    if found is None:
        raise EndpointError(f"the endpoint does not find {assistant_id}, which it {what}", Fate.MISSING)
    return found


async def _clear_away(endpoint: ServingEndpoint, done: Probe) -> Probe:
    """A create that failed may have happened: look for it."""
    if not _in_doubt(done.created):
        return done
    listed = await _answered(endpoint.listing())
    rows = listed.assistants if isinstance(listed, Listing) else ()
    found = next((one for one in rows if one.name == done.body["name"]), None)
    removal = await _answered(endpoint.delete(found.id)) if found else None
    return replace(done, listed=listed, found=found, removal=removal)


def _in_doubt(created: Assistant | EndpointError) -> bool:
    return isinstance(created, EndpointError) and created.fate.in_doubt


# --- judging


def _ok(name: str, found: str) -> Check:
    return Check(name, Verdict.OK, found)


def _failed(name: str, found: object, advice: str) -> Check:
    return Check(name, Verdict.FAILED, str(found), advice)


def _unknown(name: str, found: object, advice: str) -> Check:
    return Check(name, Verdict.UNKNOWN, str(found), advice)


def _unchecked(name: str, why: str, advice: str = "") -> Check:
    return _unknown(name, f"not checked: {why}", advice)


def _key(case: Case) -> Iterator[Check]:
    endpoint, name = case.endpoint, "key"
    if isinstance(endpoint, Embedded):
        yield _ok(name, "the embedded endpoint needs none")
    elif isinstance(case.seen, ToolError) and not case.unreached:
        yield _failed(name, case.seen, "until there is one, nothing is sent to the endpoint")
    elif endpoint.keys:
        yield _ok(name, f"found in {' and '.join(map(_source, endpoint.keys))}")
    elif isinstance(case.seen, Seen) and isinstance(case.seen.listing, Listing):
        yield _ok(name, "none is named, and the endpoint asks for none")
    else:
        where = "set OPENAI_API_KEY" if endpoint.ambient else "name it in project.yaml: api_key: {env: NAME}"
        yield _unknown(name, "none is named, and requests go without one", f"if the endpoint asks for one, {where}")


def _source(key: Key) -> str:
    if key.scope:
        return f"the identity that Azure's libraries find here, for {key.scope}"
    return f"what the command {key.command[0]!r} prints" if key.command else f"the variable {key.variable}"


def _endpoint(case: Case) -> Iterator[Check]:
    name = "endpoint"
    if case.unreached:
        yield _failed(name, case.unreached, "check the address and the way to it, for example with curl")
    elif isinstance(answer := case.answer, Seen):
        yield _ok(name, f"{case.endpoint} answers")
    elif isinstance(case.endpoint, Embedded):
        yield _failed(name, case.seen, "the database's folder has to be writable")
    else:
        yield _unchecked(name, answer)


def _beta(case: Case) -> Iterator[Check]:
    name, answer, wanted = "beta header", case.answer, case.dialect.beta
    header = f"'OpenAI-Beta: {wanted}'"
    if not wanted or (case.dialect.is_that_of_files and not case.endpoint.kind.headers):
        return
    if isinstance(answer, str):
        yield _unchecked(name, answer)
    elif _refuses_header(answer.listing):
        advice = f"{header} was sent: something in between may remove it; put the address of the server behind it into base_url"
        yield _failed(name, answer.listing, advice)
    elif isinstance(answer.listing, EndpointError):
        yield _unchecked(name, "the list did not answer")
    elif any(_is_version_1(one) for one in answer.listing.assistants):
        found = f"{header} was not refused, but there are assistants in the shape of version 1 (file_ids, no tool_resources)"
        yield _unknown(name, found, "where the endpoint, or a proxy, has a setting for version 2, use it")
    else:
        yield _ok(name, f"{header} was sent and not refused")


def _refuses_header(listing: Listing | EndpointError) -> bool:
    return isinstance(listing, EndpointError) and "openai-beta" in str(listing).lower()


def _is_version_1(assistant: Assistant) -> bool:
    return "file_ids" in assistant.body and "tool_resources" not in assistant.body


def _usual(case: Case) -> Iterator[Check]:
    """What the kind of server is known to refuse for, and whether this one did: a list that is answered tells of all of them."""
    answer, kind = case.answer, case.endpoint.kind
    if isinstance(case.endpoint, Embedded):
        return
    refused = [one for one in (_refusals(answer) if isinstance(answer, Seen) else ()) if one.known]
    for name, sound in kind.sound.items():
        error = next((one for one in refused if one.known == name), None)
        if isinstance(answer, str):
            yield _unchecked(name, answer)
        elif error:
            advice = next(one.advice for one in kind.refusals if one.name == name)
            yield _failed(name, str(error).removesuffix(f"; {advice}"), advice)
        elif isinstance(answer.listing, Listing):
            yield _ok(name, sound)
        else:
            yield _unchecked(name, "the list did not answer")


def _refusals(seen: Seen) -> Iterator[EndpointError]:
    done = seen.probe
    steps = (seen.listing, seen.read, *((done.created, done.read, done.listed, done.removal) if done else ()))
    return (one for one in steps if isinstance(one, EndpointError))


_AFTER_FAILURE = {
    Fate.MISSING: "choose an endpoint that has /assistants, or try with --embedded",
    Fate.NO_VERB: "choose an endpoint that can list assistants, or, if it is a proxy, the server behind it",
    Fate.AMBIGUOUS: "look into the endpoint's own log, or try again later",
}


def _list(case: Case) -> Iterator[Check]:
    name, answer = "list", case.answer
    if isinstance(answer, str):
        yield _unchecked(name, answer)
    elif _refuses_header(answer.listing):
        yield _unchecked(name, "the beta header was not accepted")
    elif isinstance(answer.listing, Listing):
        yield _completeness(name, answer.listing)
    elif answer.listing.fate is Fate.THROTTLED:
        yield _unknown(name, answer.listing, "wait, then run this again")
    else:
        advice = _AFTER_FAILURE.get(answer.listing.fate, "fix what the endpoint objects to, then run this again")
        yield _failed(name, answer.listing, advice)


def _completeness(name: str, listing: Listing) -> Check:
    count = len(listing.assistants)
    if listing.incomplete:
        advice = "apply creates and deletes nothing because of this list; report this to the endpoint's developers"
        return _failed(name, f"{_several(count, 'assistant')}, and there may be more: {listing.incomplete}", advice)
    marked = sum(one.mark is not None for one in listing.assistants)
    damaged = sum(one.damaged is not None for one in listing.assistants)
    more = f", {damaged} with one that is damaged" if damaged else ""
    return _ok(name, f"{_several(count, 'assistant')}, {marked} with this tool's mark{more}")


def _read(case: Case) -> Iterator[Check]:
    """Where nothing is listed, only a probe tells. An endpoint without it can neither update nor delete with care."""
    answer = case.answer
    found = answer.read if isinstance(answer, Seen) else None
    if isinstance(found, Assistant):
        yield _ok("read", "one of those that are listed was read by its id")
    elif found is not None and found.fate in (Fate.MISSING, Fate.NO_VERB):
        yield _failed("read", found, "creates, updates and deletes cannot be verified there: " + _UNMANAGEABLE)
    elif found is not None:
        yield _unchecked("read", str(found), "run this again")


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# --- metadata


def _metadata(case: Case) -> Iterator[Check]:
    name, answer = "metadata", case.answer
    if isinstance(answer, str):
        yield _unchecked(name, answer)
    elif answer.probe:
        yield _probed_metadata(name, answer.probe)
    elif isinstance(answer.listing, EndpointError):
        yield _unchecked(name, "the list did not answer")
    elif any(one.mark for one in answer.listing.assistants):
        yield _ok(name, "kept: there are assistants with this tool's mark")
    elif answer.listing.keeps_metadata:
        yield _ok(name, "kept: some assistants there have it")
    else:
        yield _unknown(name, "no assistant there has any", "--probe makes one, reads it back and deletes it")


_AGAIN = "run this again with --probe"
_UNMANAGEABLE = "nothing can be managed there: use another endpoint, or, if it is a proxy, the server behind it"


def _probed_metadata(name: str, done: Probe) -> Check:
    if isinstance(done.created, EndpointError):
        return _unchecked(name, f"the probe was not made: {done.created}")
    read = done.read
    if read is None or (isinstance(read, Assistant) and done.listed is None):
        return _unchecked(name, "the probe was interrupted", _AGAIN)
    if isinstance(read, EndpointError):
        plain = read.fate in (Fate.MISSING, Fate.NO_VERB)
        return _failed(name, read, _UNMANAGEABLE) if plain else _unchecked(name, str(read), _AGAIN)
    if not _bears(read, done.body):
        return _failed(name, "the endpoint did not keep what the probe held", _UNMANAGEABLE)
    return _listed_metadata(name, done)


def _listed_metadata(name: str, done: Probe) -> Check:
    """What is kept has to show in the list, too: by that it is found again."""
    listed = done.listed
    if not isinstance(listed, Listing):
        return _unchecked(name, str(listed), _AGAIN)
    if any(_bears(one, done.body) for one in listed.assistants):
        return _ok(name, "kept: the probe's came back, by its id and in the list")
    if listed.incomplete:
        return _unchecked(name, f"the probe is not in a list that may be incomplete: {listed.incomplete}", _AGAIN)
    return _failed(name, "the list does not show the probe with what it held", _UNMANAGEABLE)


def _bears(assistant: Assistant, body: Body) -> bool:
    return bool(assistant.pairs.get(PROBE_KEY) == body["metadata"][PROBE_KEY])


def _probe(case: Case) -> Iterator[Check]:
    done = case.seen.probe if isinstance(case.seen, Seen) else None
    if done is None:
        return
    name, left = "probe", done.found or done.created
    if isinstance(left, Assistant):
        made = f"{left.id} was made"
        if done.removal is None:
            yield _ok(name, f"{made}, and deleted again")
        else:
            by_hand = f"`assistants delete {left.id} --unmanaged`, or by other means"
            advice = (
                "delete it by other means" if done.removal.fate is Fate.NO_VERB else f"delete it by hand: {by_hand}"
            )
            yield _failed(name, f"{made}, but could not be deleted: {done.removal}", advice)
    elif _in_doubt(left):
        advice = "look for it with `assistants list` in a while, and delete it if it is there"
        yield _unknown(name, f"{done.body['name']!r} may have been made: {left}", advice)
    else:
        yield _unknown(name, f"it was not made: {left}", "apply would fail likewise: fix what the endpoint objects to")


# --- definitions, their models, and days


def _definitions(case: Case) -> Iterator[Check]:
    name, found = "definitions", case.definitions
    if isinstance(found, DefinitionError):
        said = f"{_several(len(found.problems), 'problem')}; the first: {found.problems[0]}"
        yield _failed(name, said, "`assistants validate` names each with its line; correct them")
    elif not found:
        yield _unknown(name, "there are none", "if there should be some, name their folder with -f")
    elif unread := [f"{', '.join(one.unread)} ({one.key})" for one in found if one.unread]:
        said = f"{_several(len(found), 'definition')}; variables that are not set: {', '.join(unread)}"
        yield _unknown(name, said, "set them for plan and apply")
    else:
        yield _ok(name, _several(len(found), "definition"))


def _needs_definitions(name: str, judge: Callable[[Case, Mapping[str, list[Definition]]], Check], case: Case) -> Check:
    """The definitions by their model; what there is to say where there are none."""
    if isinstance(case.definitions, DefinitionError):
        return _unchecked(name, "the definitions have errors")
    if not case.definitions:
        return _unknown(name, "not checked: there are no definitions", "")
    users: dict[str, list[Definition]] = {}
    for one in case.definitions:
        if one.model:
            users.setdefault(one.model, []).append(one)
    return judge(case, users) if users else _unchecked(name, "the variables that name the models are not set")


def _models(case: Case) -> Iterator[Check]:
    yield _needs_definitions("models", _served, case)


def _served(case: Case, users: Mapping[str, list[Definition]]) -> Check:
    name, answer = "models", case.answer
    if isinstance(case.endpoint, Embedded):
        return _ok(name, "the embedded endpoint accepts any, and runs none")
    if isinstance(answer, str):
        return _unchecked(name, answer)
    no_word = "the first apply shows whether the endpoint takes them"
    if isinstance(answer.models, EndpointError):
        return _unknown(name, f"the endpoint does not say which it serves: {answer.models}", no_word)
    if not answer.models:
        return _unknown(name, "the endpoint lists none at all", no_word)
    missing = {model: using for model, using in users.items() if model not in answer.models}
    if not missing:
        return _ok(name, f"served: {_named(users)}")
    hints = "".join(f"; for {shown} there is {near!r}" for shown, near in _near(missing, answer.models))
    advice = f"correct the model, or make the endpoint serve it{hints}"
    return _failed(name, f"not among the {len(answer.models)} that the endpoint lists: {_named(missing)}", advice)


def _near(missing: Mapping[str, list[Definition]], served: Served) -> Iterator[tuple[str, str]]:
    for model, using in missing.items():
        for near in difflib.get_close_matches(model, served, n=1):
            yield using[0].shown_model, near


def _named(users: Mapping[str, list[Definition]]) -> str:
    """The models, with the keys of the definitions that want them."""
    return ", ".join(f"{using[0].shown_model} ({_some_keys(using)})" for model, using in users.items())


def _some_keys(using: list[Definition]) -> str:
    more = f" and {len(using) - 3} more" if len(using) > 3 else ""
    return ", ".join(one.key for one in using[:3]) + more


def _retirement(case: Case) -> Iterator[Check]:
    name, known = "retirement", case.endpoint.retirement
    if isinstance(case.endpoint, Embedded):
        played = case.endpoint.kind.retirement
        more = (
            f"; {played.service}, which it acts as, ends /assistants on {_in_days(played.day, case.today)}"
            if played
            else ""
        )
        yield _ok(name, f"the embedded endpoint stays{more}")
    elif known is None:
        yield _ok(name, f"no shutdown date known for {case.endpoint.host}")
    elif known.day > case.today:
        way = models.way_on(case.environment)
        yield _ok(name, f"{known.service} ends /assistants on {_in_days(known.day, case.today)}; {way}")
    elif isinstance(case.seen, Seen) and isinstance(case.seen.listing, Listing):
        found = f"{known.service} was to end /assistants on {known.day}, but the list still answers"
        yield _unknown(name, found, f"move while it does: {models.way_on(case.environment)}")
    else:
        way = f"write `api: {known.api}` next to base_url, or use" if known.api else "use"
        still = "Azure AI Foundry (classic), or one of your own; --embedded to try without"
        advice = f"{way} a server that still has it: {still}; {models.FROM_SAVED}"
        yield _failed(name, f"{known.service} switched /assistants off on {known.day}", advice)


def _in_days(day: datetime.date, today: datetime.date) -> str:
    return f"{day}, in {_several((day - today).days, 'day')}"


def _shutdown(case: Case) -> Iterator[Check]:
    yield _needs_definitions("shutdown dates", _ending, case)


def _ending(case: Case, users: Mapping[str, list[Definition]]) -> Check:
    """The endpoint's own word counts; OpenAI's days say little about a server that may have a model of that name itself."""
    name, takes = "shutdown dates", case.endpoint.takes
    if isinstance(case.endpoint, Embedded):
        return _ok(name, "the embedded endpoint runs no models")
    own = case.seen.models if isinstance(case.seen, Seen) and not isinstance(case.seen.models, EndpointError) else {}
    found = {using[0].shown_model: shutdown(model, own.get(model, _SILENT), takes) for model, using in users.items()}
    days = {model: one for model, one in found.items() if one}
    past = {model: one for model, one in days.items() if one.day <= case.today}
    if said := [f"{model} on {one.day}" for model, one in past.items() if one.word == "endpoint"]:
        said_so = f"the endpoint says that it shut down {', '.join(said)}"
        return _failed(name, said_so, "choose other models for the definitions")
    if past:
        told = "; ".join(f"{_MAKERS[one.word]} shut down {model} on {one.day}" for model, one in past.items())
        return _unknown(name, f"{told}; the endpoint names no day", _INSTEAD[takes.deployments])
    coming = [f"{model}{_WHOSE[one.word]} on {_in_days(one.day, case.today)}" for model, one in days.items()]
    return _ok(name, f"coming: {', '.join(coming)}" if coming else "none is known for these models")


_INSTEAD = {
    False: "choose other models, unless the endpoint has some of these names of its own",
    True: "deploy other models, unless Microsoft has given these more time",
}
_MAKERS: Mapping[Word, str] = {"openai": "OpenAI", "microsoft": "Microsoft"}
_WHOSE: Mapping[Word, str] = {"endpoint": "", "openai": " (OpenAI's)", "microsoft": " (Microsoft's)"}
_SILENT = Offer()


_CHECKS: tuple[Callable[[Case], Iterator[Check]], ...] = (
    _key,
    _endpoint,
    _beta,
    _usual,
    _list,
    _read,
    _metadata,
    _probe,
    _definitions,
    _models,
    _retirement,
    _shutdown,
)
