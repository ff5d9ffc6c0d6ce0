"""What a sweep is to do: detectors under names of their own, and how each of them may be asked."""

from dataclasses import dataclass, field

from workshop.attendee_code.call_slips import slip
from workshop.hunting.verdict_memo.kept_state import kept_by
from workshop.hunting.verdict_memo.proof import NotProven, prove


@dataclass
class Plan:
    """Detectors by name, the proofs of those that are simple, why the others are not, and who of them changes nothing.

    It is made once, where the detectors' source is, and can be sent to whoever does a part of the work.
    """

    detectors: dict
    proofs: dict = field(default_factory=dict)
    not_simple: dict = field(default_factory=dict)
    unchanging: set = field(default_factory=set)
    may_keep: dict = field(default_factory=dict)
    exact: bool = False

    @classmethod
    def of(cls, detectors, exact=False):
        """Return the plan for some detectors; `exact`: show every record in full, whatever is proven.

        Raises: ValueError when there is no detector, TypeError when something is none.
        """
        if not detectors:
            raise ValueError('hunt(source, *detectors) needs at least one detector: hunt("data", deleting_logs)')
        plan = cls({}, exact=exact)
        for detector in detectors:
            if not callable(detector):
                got = repr(detector) if len(repr(detector)) < 60 else f"an object of type {type(detector).__name__}"
                raise TypeError(
                    f"A detector is a function that takes a record; got {got}. "
                    f"{slip('hunt(source, {})', detector, several=True)}"
                )
            name = plan._free_name(detector)
            plan.detectors[name] = detector
            try:
                plan.proofs[name] = prove(detector)
            except NotProven as reason:
                plan.not_simple[name] = str(reason)
                plan.unchanging |= {name} if reason.changes_nothing else set()
                if not reason.keeps_nothing:
                    plan.may_keep[name] = kept_by(detector)
        if not plan.in_parts:
            plan.proofs = {name: prove(plan.detectors[name], in_parts=False) for name in plan.proofs}
        return plan

    @property
    def in_full(self):
        """Whether each record is shown in full, in order."""
        return self.exact or bool(self.not_simple)

    def why_not_in_parts(self) -> str:
        """Return why one process should show all records in order; an empty text if there is no reason."""
        if self.exact:
            return "exact=True shows all records in order"
        for name in self.may_keep:
            return f"{name} may keep something from one record to the next: {self.not_simple[name]}"
        return ""

    def refuse_parts(self, asked: str) -> None:
        """Refuse that several processes show a part of the records each, as is `asked`, if that makes a difference.

        Raises: ValueError with the reason.
        """
        if self.exact and asked.startswith("processes"):
            raise ValueError(f"{asked} and exact=True exclude each other: the latter shows all records in order.")
        for name, kept in self.may_keep.items():
            if kept:
                raise ValueError(
                    f"{asked} gives each process a part of the records, but {name} keeps something from one record to "
                    f"the next: {kept}. Without {asked.partition('=')[0]}=, one process shows it all records in order."
                )

    @property
    def in_parts(self):
        """Whether no detector needs more of userIdentity than some fields of it."""
        return all(proof.in_parts for proof in self.proofs.values())

    @property
    def asks_if_empty(self):
        """Whether it matters to a detector if there is anything in userIdentity."""
        return any(proof.asks_if_empty for proof in self.proofs.values())

    def fields(self):
        """Return the fields that simple detectors can read."""
        return {name for proof in self.proofs.values() for name in proof.fields}

    def begun(self):
        """Return {field: how many of its letters are enough for all detectors}, where some are enough."""
        letters = {}
        for name in self.fields():
            enough = [proof.begun.get(name) for proof in self.proofs.values() if name in proof.fields]
            if None not in enough:
                letters[name] = max(enough)
        return letters

    def changes_nothing(self, name):
        """Tell whether a detector is known to leave the record as it was."""
        return name in self.unchanging or (name in self.proofs and not self.proofs[name].may_change)

    def _free_name(self, detector):
        name = plain = getattr(detector, "__name__", None) or type(detector).__name__
        namesakes = 1
        while name in self.detectors:
            namesakes += 1
            name = f"{plain} ({namesakes})"
        return name
