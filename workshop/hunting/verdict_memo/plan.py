"""What a sweep is to do: detectors under names of their own, and how each of them may be asked."""

from dataclasses import dataclass, field

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
                raise TypeError(f"A detector is a function that takes a record; got {detector!r}.")
            name = plan._free_name(detector)
            plan.detectors[name] = detector
            try:
                plan.proofs[name] = prove(detector)
            except NotProven as reason:
                plan.not_simple[name] = str(reason)
                plan.unchanging |= {name} if reason.changes_nothing else set()
        if not plan.in_parts:
            plan.proofs = {name: prove(plan.detectors[name], in_parts=False) for name in plan.proofs}
        return plan

    @property
    def in_full(self):
        """Whether each record is shown in full, in order."""
        return self.exact or bool(self.not_simple)

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
