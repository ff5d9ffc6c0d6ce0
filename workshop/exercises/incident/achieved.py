"""What the intruder achieved, in the words of MITRE ATT&CK (version 19), with the records that show it."""

from collections import Counter
from dataclasses import dataclass

from workshop.exercises.incident.intruder_steps import Act, Story


@dataclass(frozen=True)
class Technique:
    """One technique: its id and name in ATT&CK, what shows it in the lake, and which exercise brings it to light."""

    id: str
    name: str
    evidence: str
    known_by: str

    @property
    def link(self) -> str:
        """The page of the technique."""
        return page_of(self.id)


def page_of(technique: str) -> str:
    """Return the address of a technique's page, such as T1552.005's."""
    return f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/"


def techniques(story: Story) -> tuple[Technique, ...]:
    """Return the techniques of a Story in the order in which the intruder came to them, as a tuple of Technique."""
    first = story.intruders[0]
    looked = story.of("discovery")
    refused = sum(bool(act.error) for act in looked)
    read = read_secrets(story)
    tried = [act for act in story.of("secrets") if act.error]
    roles = list(dict.fromkeys(act.target for act in story.of("take-role") if act.call == "AssumeRole"))
    stopped = [act for act in story.of("stop-logging", "delete-trail") if not act.error]
    deleted = [act for act in story.of("delete-logs") if not act.error]
    elsewhere, home = _addresses(story.intruders), _addresses(story.of("own-use"))
    cloud_logs = "Disable or Modify Tools: Disable or Modify Cloud Log (before version 19: T1562.008)"
    return (
        Technique(
            "T1552.005",
            "Unsecured Credentials: Cloud Instance Metadata API",
            f"sessions of {first.session}, issued for the instance (ec2RoleDelivery {first.delivery}), in other hands",
            "theft",
        ),
        Technique(
            "T1078.004",
            "Valid Accounts: Cloud Accounts",
            f"the same keys used from {' and '.join(elsewhere)}, while the instance calls from {' and '.join(home)}",
            "theft",
        ),
        Technique(
            "T1580",
            "Cloud Infrastructure Discovery",
            f"{len(looked)} calls to look around, {refused} of them refused",
            "theft",
        ),
        Technique(
            "T1555.006",
            "Credentials from Password Stores: Cloud Secrets Management Stores",
            f"read: {', '.join(read)}",
            "theft",
        ),
        Technique(
            "T1098.001",
            "Account Manipulation: Additional Cloud Credentials",
            f"tried and refused: {', '.join(f'{act.call} ({act.error})' for act in tried)}",
            "theft",
        ),
        Technique(
            "T1548.005",
            "Abuse Elevation Control Mechanism: Temporary Elevated Cloud Access",
            f"from the stolen session into the role {', '.join(roles)}: a key that no longer looks like an instance's",
            "theft",
        ),
        Technique(
            "T1685.002",
            cloud_logs,
            ", ".join(f"{act.call} of {act.target}" for act in stopped if act.step == "stop-logging"),
            "stop",
        ),
        Technique(
            "T1685.002",
            cloud_logs,
            ", ".join(f"{act.call} of {act.target}" for act in stopped if act.step == "delete-trail"),
            "deletions",
        ),
        Technique(
            "T1070",
            "Indicator Removal",
            f"{counted(deleted)}; hit: {', '.join(_groups(deleted))}",
            "deletions",
        ),
    )


def counted(acts: list[Act]) -> str:
    """Return the calls, with how often each was made and failed: DeleteLogStream (4), DeleteTrail (2, 1 failed)."""
    counts, failed = Counter(act.call for act in acts), Counter(act.call for act in acts if act.error)
    notes = {call: [str(count)] * (count > 1) for call, count in counts.items()}
    for call, count in failed.items():
        notes[call].append(f"{count} failed")
    return ", ".join(f"{call} ({', '.join(note)})" if note else call for call, note in notes.items())


def _groups(acts: list[Act]) -> list[str]:
    return list(dict.fromkeys(act.target.split(", ")[0] for act in acts if act.target))


def _addresses(acts: list[Act]) -> list[str]:
    """Return the IP addresses that acts came from; a service's name is none."""
    return list(dict.fromkeys(act.address for act in acts if act.direct))


def read_secrets(story: Story) -> list[str]:
    """Return the names of the secrets and parameters that were read."""
    acts = [act for act in story.of("secrets") if not act.error and act.call != "Decrypt"]
    return list(dict.fromkeys(act.target + ("/*" if act.call.endswith("ByPath") else "") for act in acts))
