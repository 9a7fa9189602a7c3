"""Topic files → Topics: every word checked, numbered and filed under what it does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from pipelines.errors import QueryError, UserError
from pipelines.query import NamedSet, Node, Phrase, Term, parse, walk
from pipelines.tomlfile import Steps, TomlFile, at_home, read_toml, shipped_toml, suggestion
from pipelines.topics.scan import Index
from pipelines.topics.topicfile import Entity, SetsFile, TopicFile
from pipelines.topics.words import SIGNS, Word, word
from pipelines.wording import Language


class Role(StrEnum):
    ANCHOR = "anchor"
    STRONG = "strong"
    WEAK = "weak"
    PRODUCT = "product"
    EXEMPT = "exempt"  # cancels the owner's words inside it
    UNLESS = "unless"  # another sense of the owner's weak words
    VETO = "veto"
    TAG = "tag"  # brings the owner, a sub-topic
    QUERY = "query"  # a word of the query; owner: its key in Topic.query_words


@dataclass(frozen=True, slots=True)
class Duty:
    """What a word does in a topic: its role, for whom, and (of a veto) in which of the lists."""

    role: Role
    owner: str
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic, ready to run."""

    file: TopicFile
    path: str
    duties: Mapping[int, tuple[Duty, ...]]  # word number → what it does here
    entities: Mapping[str, Entity]
    query: Node | None = None
    query_sets: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        return self.file.name

    def titled(self, language: Language) -> str:
        """What readers of this language see."""
        return self.file.titled(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Topics that run together: one pass over the text finds the words of all."""

    topics: tuple[Topic, ...]
    index: Index

    def __getitem__(self, name: str) -> Topic:
        return next(topic for topic in self.topics if topic.name == name)


def load_topics(names: Sequence[str], folder: Path) -> Topics:
    """The topics of these names: shipped ones, or TOML files in `folder`, with or without .toml. Raises FileProblem."""
    parsed = [find_topic(name, folder) for name in names]
    return compile_topics(parsed)


def shipped() -> tuple[str, ...]:
    """Names of the topics that come with sosik."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml") and name != "sets.toml"))


def find_topic(name: str, folder: Path) -> TomlFile:
    """The file of a shipped name or of a path relative to `folder`. Raises UserError."""
    if name in shipped():
        return shipped_toml(__package__, f"{name}.toml")
    path = path_of(name, folder)
    if not path.exists() and not name.endswith(".toml"):
        hint = suggestion(name, list(shipped()))
        raise UserError(
            f'there is no topic "{name}"{hint} (shipped: {", ".join(shipped())}). '
            f"Write your own with: sosik topics new {shlex.quote(name)}, and name the file that it writes")
    return read_toml(path)


def path_of(name: str, folder: Path) -> Path:
    """Where a topic that is not shipped is read from: the file of this name, else NAME.toml."""
    path = folder / at_home(name)
    return path if name.endswith(".toml") or path.is_file() else folder / at_home(f"{name}.toml")


def compile_topics(parsed: Iterable[TomlFile]) -> Topics:
    """Topics from files already read. Raises FileProblem, with the line of what is wrong."""
    words = _Words()
    topics: list[Topic] = []
    for file in parsed:
        topic = _Compiler(file, words).topic()
        if topic.name in (other.name for other in topics):
            raise file.problem(f'two topics are called "{topic.name}": rename one', ("name",))
        topics.append(topic)
    return Topics(topics=tuple(topics), index=Index(words.all))


_SET_NAMED = re.compile(r"@([a-z0-9_-]+|[^\s@]+)", re.IGNORECASE)  # in a phrase: Korean goes on behind it (@cn과의)


class _Words:
    """Words numbered as they come; the same word is kept once, whatever topic it is of."""

    def __init__(self) -> None:
        self.all: list[Word] = []
        self._numbers: dict[Word, int] = {}
        self._read: dict[str, int] = {}

    def number(self, written: str) -> int:
        """Raises ValueError with a complaint for the user."""
        if written not in self._read:
            made = word(written)
            if made not in self._numbers:
                self._numbers[made] = len(self.all)
                self.all.append(made)
            self._read[written] = self._numbers[made]
        return self._read[written]


class _Compiler:
    """One topic file."""

    def __init__(self, file: TomlFile, words: _Words) -> None:
        self.file = file
        self.words = words
        self.record = file.record(TopicFile)
        self.duties: dict[int, list[Duty]] = {}
        self.sets = {**_shared_sets(file), **self.record.sets}

    def topic(self) -> Topic:
        self._check_names()
        self.sets = {name: tuple(self._with_sets(words, ("sets", name), (name,))) for name, words in self.sets.items()}
        for name, anchor in self.record.anchor.items():
            self._file(anchor.words, Duty(Role.ANCHOR, name), ("anchor", name, "words"))
            self._file(anchor.exempt, Duty(Role.EXEMPT, name), ("anchor", name, "exempt"))
        for i, entity in enumerate(self.record.entity):
            for role in (Role.STRONG, Role.WEAK, Role.EXEMPT, Role.UNLESS):
                self._file(getattr(entity, role), Duty(role, entity.id), ("entity", i, role.value))
            self._file(entity.products, Duty(Role.PRODUCT, entity.id), ("entity", i, "products"))
        for i, veto in enumerate(self.record.veto):
            self._file(veto.any, Duty(Role.VETO, veto.id, -1), ("veto", i, "any"))
            for part, listed in enumerate(veto.all):
                self._file(listed, Duty(Role.VETO, veto.id, part), ("veto", i, "all", part))
        for i, subtopic in enumerate(self.record.subtopic):
            self._file(subtopic.words, Duty(Role.TAG, subtopic.id), ("subtopic", i, "words"))
        query = self._query()
        return Topic(
            file=self.record, path=str(self.file.path), duties={n: tuple(d) for n, d in self.duties.items()},
            entities={e.id: e for e in self.record.entity}, query=query, query_sets=self.sets)

    def _file(self, written: Iterable[str], duty: Duty, at: Steps) -> None:
        for i, each in enumerate(self._with_sets(written, at)):
            try:
                number = self.words.number(each)
            except ValueError as error:
                raise self.file.problem(str(error), (*at, i)) from error
            duties = self.duties.setdefault(number, [])
            if duty not in duties:
                duties.append(duty)

    def _with_sets(self, written: Iterable[str], at: Steps, inside: tuple[str, ...] = ()) -> Iterator[str]:
        """`@race` is each word of the set, `중국과의 @race` the phrase with each of them. `inside`: the sets being read."""
        for each in written:
            before, name, after = self._set_named(each)
            if not name:
                yield each
                continue
            if name in inside:
                raise self.file.problem(f"the set @{name} names itself", at)
            members = self._with_sets(self._set(name, at), at, (*inside, name))
            if before or after:
                members = self._with_sets((f"{before}{member.lstrip(SIGNS)}{after}" for member in members), at, inside)
            yield from members

    def _set_named(self, written: str) -> tuple[str, str, str]:
        """What stands before the first set that a phrase names, its name, and what stands after; no name when it names none."""
        if written.startswith("@") and written[1:] in self.sets:
            return "", written[1:], ""
        named = _SET_NAMED.search(written)
        return (written[: named.start()], named[1], written[named.end() :]) if named else (written, "", "")

    def _set(self, name: str, at: Steps) -> tuple[str, ...]:
        if name not in self.sets:
            raise self.file.problem(f"there is no set @{name}{suggestion(name, list(self.sets))}", at)
        return self.sets[name]

    def _check_names(self) -> None:
        record = self.record
        if not re.fullmatch(r"[a-z0-9가-힣][a-z0-9가-힣-]{0,60}", record.name):
            raise self.file.problem("must be small letters, digits and hyphens, such as my-topic", ("name",))
        if bool(record.query) == bool(record.entity or record.rule):
            raise self.file.problem("needs either one query, or [[entity]] and [[rule]] groups", ("query",))
        anchors, subtopics = list(record.anchor), [s.id for s in record.subtopic]
        for i, entity in enumerate(record.entity):
            self._known(entity.needs, anchors, "anchor", ("entity", i, "needs"))
            self._known((entity.subtopic,) if entity.subtopic else (), subtopics, "subtopic", ("entity", i, "subtopic"))
            if not (entity.strong or entity.weak):
                raise self.file.problem(f'entity "{entity.id}" has no names: give it strong or weak ones', ("entity", i))
            if entity.weak and not entity.needs:
                raise self.file.problem(f'entity "{entity.id}": weak names need context: name anchors', ("entity", i, "needs"))
        for i, rule in enumerate(record.rule):
            for key in ("all", "none", "plain", "not_led_by"):
                self._known(getattr(rule, key), anchors, "anchor", ("rule", i, key))
            self._known((rule.subtopic,) if rule.subtopic else (), subtopics, "subtopic", ("rule", i, "subtopic"))
            if not rule.all:
                raise self.file.problem("needs at least one anchor", ("rule", i, "all"))
        for i, veto in enumerate(record.veto):
            self._known(veto.unless, anchors, "anchor", ("veto", i, "unless"))
            self._known(veto.drops, [*anchors, *(e.id for e in record.entity)], "anchor or entity", ("veto", i, "drops"))
        entities, rules = [*anchors, *(e.id for e in record.entity)], [r.id for r in record.rule]
        for kind, ids in (("entity", entities), ("rule", rules), ("subtopic", subtopics)):
            for i, each in enumerate(ids):
                if each in ids[:i]:
                    raise self.file.problem(f'the id "{each}" is used twice', (kind, i, "id"))

    def _known(self, names: Iterable[str], known: list[str], kind: str, at: Steps) -> None:
        for name in names:
            if name not in known:
                raise self.file.problem(f'there is no {kind} "{name}"{suggestion(name, known)}', at)

    def _query(self) -> Node | None:
        if not self.record.query:
            return None
        try:
            query = parse(self.record.query)
        except QueryError as error:
            raise self.file.problem(error.pointed, ("query",)) from error
        for node in walk(query):
            match node:
                case Term():
                    self._file([query_word(node)], Duty(Role.QUERY, query_word(node)), ("query",))
                case Phrase():
                    self._file([node.text], Duty(Role.QUERY, node.text), ("query",))
                case NamedSet():
                    for each in self._set(node.name, ("query",)):
                        self._file([each], Duty(Role.QUERY, each), ("query",))
                case _:
                    pass
        return query


def query_word(term: Term) -> str:
    """A query's word as topic files write it."""
    return f"{'*' if term.is_inside else ''}{term.text}{'*' if term.is_prefix else ''}"


def _shared_sets(file: TomlFile) -> dict[str, tuple[str, ...]]:
    """The shipped sets, and those of a sets.toml beside the topic file."""
    ours = shipped_toml(__package__, "sets.toml").record(SetsFile).sets
    beside = Path(file.path).parent / "sets.toml"
    theirs = read_toml(beside).record(SetsFile).sets if isinstance(file.path, Path) and beside.exists() else {}
    return {**ours, **theirs}
