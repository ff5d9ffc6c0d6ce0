"""The plan of a year of five accounts: which of the four days' events are in which log file, when and where.

Most files hold calls that follow each other in the four days, moved to another day of another account, within a quarter
of an hour. In a year that is large enough, up to eight files follow each other in turn: then the sessions in them are
the same, as they are where temporary credentials outlive a log file by hours. Three times a year (fewer in a small one)
an account is attacked as in the four days.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import accumulate, groupby, pairwise

from . import company, oddities
from .company import DAY
from .dice import KEY_LETTERS, Dice
from .stage import Event
from .templates import Template, templates_of

# Each account's Region beside us-east-1, where global services are recorded. The first one is Maple Ferry's.
ACCOUNTS = {
    company.ACCOUNT: company.HOME,
    "222233334444": "us-west-2",
    "333344445555": "eu-west-1",
    "666677778888": "eu-central-1",
    "777788889999": "ap-southeast-2",
}
WEEKS = 52
_WEEK = 7 * DAY
BEGIN = company.FIRST_DAY - WEEKS * _WEEK  # a Monday; the year ends where the four days begin
_ATTACKS, _RECORDS_AN_ATTACK = 3, 1_000  # a year that has fewer than so many records for it is spared an attack
_QUARTER_OF_AN_HOUR = 900
_IN_A_ROW = 8  # files that follow each other at most; fewer in a small year, so that few weeks have none
_LETTERS = 26**4


@dataclass(frozen=True)
class PlannedFile:
    """One log file: the templates of its records, oldest first, and how their moments become those of the file.

    An event at `anchor` is moved by `shift`; earlier events are moved too, and come closer to it by `squeeze`.
    `letters` go into the access keys of its sessions; `attack`: it holds a part of an attack.
    """

    number: int
    account: str
    region: str
    templates: list[Template]
    anchor: int
    shift: int
    squeeze: float
    letters: bytes
    attack: bool

    @property
    def newest(self) -> int:
        """When the latest event in it happens."""
        return self.moment(self.templates[-1].event.when)

    def moment(self, when: int) -> int:
        """Return the moment of the year for a moment of the four days."""
        return self.anchor + self.shift - int((self.anchor - when) * self.squeeze)


class YearPlan:
    """All files of a year, in the order of accounts, Regions and time, and the attacks: [{"account", "day"}].

    `events` are those of the four days. The same events, seed and sizes make the same plan.
    """

    def __init__(self, seed: int, events: list[Event], records: int, per_file: int) -> None:
        oddities.sprinkle(seed, events)
        events.sort(key=lambda event: (event.when, event.ids))
        self._dice, self._per_file, self._left = Dice(seed, "year"), per_file, records
        self._attack_templates: list[Template] = []
        self._usual: dict[str, list[Template]] = {company.HOME: [], company.GLOBAL: []}
        templates = templates_of(events)
        for template in templates:
            mine = self._attack_templates if is_of_the_attack(template.event) else self._usual[template.event.region]
            mine.append(template)
        self._times = {region: [known.event.when for known in usual] for region, usual in self._usual.items()}
        self._names = sorted({name for template in templates for _, name in template.names})
        self.files: list[PlannedFile] = []
        self.attacks: list[dict[str, str]] = []
        accounts = self._dice.shuffled(ACCOUNTS)
        for number in range(min(_ATTACKS, records // _RECORDS_AN_ATTACK)):
            self._plan_attack(number, accounts[number])
        in_a_row = max(1, min(_IN_A_ROW, records // per_file // (2 * WEEKS)))
        while self._left:
            self._plan_files(in_a_row)
        self.files.sort(key=lambda file: (file.account, file.region, file.newest, file.number))

    def _plan_attack(self, number: int, account: str) -> None:
        """Plan the files of one attack: each holds what the intruder did within minutes, and what others did."""
        week = self._dice.whole(number * WEEKS // _ATTACKS + 3, (number + 1) * WEEKS // _ATTACKS - 3)
        shift, letters = (week - WEEKS) * _WEEK, _in_letters(_LETTERS - 1 - number)
        self._left -= len(self._attack_templates)
        for region, usual in self._usual.items():
            steps = [template for template in self._attack_templates if template.event.region == region]
            for _, numbered in groupby(_numbered(steps), key=lambda pair: pair[0]):
                step = [template for _, template in numbered]
                before = bisect_right(self._times[region], step[-1].event.when)
                others = usual[max(0, before - min(self._left, self._size())) : before]
                self._left -= len(others)
                together = sorted([*others, *step], key=lambda one: (one.event.when, one.event.ids))
                self._add(account, region, together, together[-1].event.when, shift, 1.0, letters, True)
        day = datetime.fromtimestamp(self._attack_templates[-1].event.when + shift, timezone.utc)
        self.attacks.append({"account": account, "day": f"{day:%Y-%m-%d}"})

    def _plan_files(self, count: int) -> None:
        """Plan so many files of everyday business that follow each other, if there are records left for them."""
        dice = self._dice
        account, region = dice.pick(tuple(ACCOUNTS)), dice.weighted({name: len(u) for name, u in self._usual.items()})
        usual = self._usual[region]
        ends = list(accumulate(self._size() for _ in range(count)))
        ends = list(dict.fromkeys(min(end, self._left, len(usual)) for end in ends))
        start = dice.whole(0, len(usual) - ends[-1])
        chosen = usual[start : start + ends[-1]]
        day = dice.whole(0, WEEKS * 7 - 1)
        while day % 7 > 4 and dice.chance(0.7):  # few work at the weekend
            day = dice.whole(0, WEEKS * 7 - 1)
        oldest, newest = chosen[0].event.when, chosen[-1].event.when
        end = BEGIN + day * DAY + (newest + dice.whole(-_QUARTER_OF_AN_HOUR, _QUARTER_OF_AN_HOUR)) % DAY
        squeeze = min(1.0, _QUARTER_OF_AN_HOUR * len(ends) / max(1, newest - oldest))
        letters = _in_letters(len(self.files))
        self._left -= len(chosen)
        for first, last in pairwise((0, *ends)):
            self._add(account, region, chosen[first:last], newest, end - newest, squeeze, letters, False)

    def _add(
        self,
        account: str,
        region: str,
        templates: list[Template],
        anchor: int,
        shift: int,
        squeeze: float,
        letters: bytes,
        attack: bool,
    ) -> None:
        region = ACCOUNTS[account] if region == company.HOME else region
        number = len(self.files)
        self.files.append(PlannedFile(number, account, region, templates, anchor, shift, squeeze, letters, attack))

    def _size(self) -> int:
        return self._dice.whole(max(1, self._per_file // 2), max(1, self._per_file * 3 // 2))

    def names_of(self, account: str) -> dict[bytes, bytes]:
        """Return an account's own names for each of Maple Ferry's: its number, its Region, its ids."""
        if account == company.ACCOUNT:
            return {name: name for name in self._names}
        theirs = {}
        for name in self._names:
            alphabet = "0123456789abcdef" if name == name.lower() else KEY_LETTERS
            theirs[name] = Dice(account, name.decode()).letters(len(name), alphabet).encode()
        return theirs | {company.ACCOUNT.encode(): account.encode(), company.HOME.encode(): ACCOUNTS[account].encode()}


def is_of_the_attack(event: Event) -> bool:
    """Return whether an event belongs to the incident of the four days."""
    return event.label is not None and event.label.step not in ("everyday", "look-alike")


def _numbered(templates: list[Template]) -> Iterator[tuple[int, Template]]:
    """Yield (number of the step, template): a step ends where nothing happens for ten minutes."""
    step, before = 0, templates[0].event.when if templates else 0
    for template in templates:
        step += template.event.when - before > 600
        before = template.event.when
        yield step, template


def _in_letters(number: int) -> bytes:
    return bytes(65 + number // 26**power % 26 for power in range(4))
