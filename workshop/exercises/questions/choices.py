"""The quizzes: why the answers are what they are, with something to say about every choice."""

from dataclasses import dataclass

from workshop.exercises.feedback import Result, box, inline, wrapped
from workshop.exercises.questions.forms import shown

LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Choice:
    """One choice: its text, what is said when it is chosen, and whether it is the right one."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Quiz:
    """A why-question with one right choice among several."""

    asks: str
    choices: tuple[Choice, ...]

    @property
    def lettered(self) -> list[tuple[str, Choice]]:
        """The choices with their letters."""
        return list(zip(LETTERS, self.choices, strict=False))

    def judge(self, number: int, choice: object) -> Result:
        """Return the Result for a choice: its letter, its place from 1, or its text. It never raises."""
        name = f"Quiz {number}"
        place = self._place(choice)
        if place is None:
            letters = ", ".join(letter for letter, _ in self.lettered)
            text = f"There is no choice {shown(choice, 60)}. The choices are {letters}."
            return Result(name, "not attempted", text, advice=f'write the letter: quiz({number}, "A").')
        letter, chosen = self.lettered[place]
        got = f"{letter}: {chosen.text}"
        if chosen.right:
            return Result(name, "passed", chosen.feedback, got=got)
        return Result(name, "wrong", got=got, why=chosen.feedback, advice="choose again.", misconception=letter)

    def _place(self, choice: object) -> int | None:
        if isinstance(choice, int) and not isinstance(choice, bool):
            return choice - 1 if 1 <= choice <= len(self.choices) else None
        if not isinstance(choice, str):
            return None
        named = {}
        for place, (letter, offered) in enumerate(self.lettered):
            named[letter.casefold()] = named[_bare(offered.text)] = place
        return named.get(_bare(choice))

    def as_text(self, number: int) -> str:
        """Return the quiz as plain text."""
        lines = [f"  {letter}  {choice.text}" for letter, choice in self.lettered]
        return "\n".join([wrapped(f"Quiz {number}: {self.asks}"), *lines, f'Choose with quiz({number}, "A").'])

    def as_html(self, number: int) -> str:
        """Return the quiz as HTML without a script: each choice opens to what there is to say about it."""
        items = ""
        for letter, choice in self.lettered:
            verdict = "✓ Right." if choice.right else "✗ Not quite."
            items += (
                f"<details><summary><b>{letter}</b>&nbsp; {inline(choice.text)}</summary>"
                f"<p>{verdict} {inline(choice.feedback)}</p></details>"
            )
        return box("note", f"Quiz {number}", f"<p>{inline(self.asks)}</p>{items}")


def _bare(text: str) -> str:
    return text.strip().rstrip(".):").casefold()


QUIZZES = {
    2: Quiz(
        "Maple Ferry works in Canada only. Why do hundreds of its events say us-east-1?",
        (
            Choice(
                "An employee works from the United States.",
                "`awsRegion` is where the called service is, not the caller. Look at `sourceIPAddress` to find out "
                "where the caller is.",
            ),
            Choice(
                "CloudTrail keeps its log files there.",
                "The log files lie in the company's own bucket. The Region in the record is the one that was called.",
            ),
            Choice(
                "Global services, such as IAM, report their calls as us-east-1.",
                "Services without a Region of their own report that one. This is why a trail should cover all Regions: "
                "one for ca-central-1 alone would not show that somebody creates a user.",
                right=True,
            ),
            Choice(
                "An intruder has started machines in a Region that nobody looks at.",
                "A good thought: that happens, and an unused Region is a place to look. But which services were "
                "called there? Count `eventSource` for this Region.",
            ),
        ),
    ),
    4: Quiz(
        "CloudFormation made these calls. Why does `userIdentity` name a person?",
        (
            Choice(
                "It acts with the permissions of the person who asked for the stack.",
                "So a stack can do no more than that person. If a stack has a role of its own, `userIdentity` names "
                "the role instead.",
                right=True,
            ),
            Choice(
                "The person ran the same commands at the same time.",
                "Then the address would be the person's. Here `sourceIPAddress` is CloudFormation.",
            ),
            Choice(
                "CloudTrail always names the last person who signed in.",
                "Each record names the identity whose credentials signed this call.",
            ),
        ),
    ),
    5: Quiz(
        "One failed sign-in has the user name HIDDEN_DUE_TO_SECURITY_REASONS. Why would CloudTrail hide a name?",
        (
            Choice(
                "The user is an administrator.",
                "Administrators are named like everybody else; even root has a type of its own.",
            ),
            Choice(
                "It may be a password that somebody typed into the wrong field.",
                "No such user exists, so what was typed could be anything, a secret too, and logs are read by many.",
                right=True,
            ),
            Choice(
                "The intruder deleted it.",
                "Nobody can change a delivered record unnoticed: the digest files would show it.",
            ),
        ),
    ),
    7: Quiz(
        "Somebody deletes a log file from the bucket with DeleteObject. Will this lake show it?",
        (
            Choice(
                "Yes: deleting is a write, and writes are management events.",
                "The kind does not depend on reading or writing, but on what it is done to: an object in a bucket is "
                "data.",
            ),
            Choice(
                "Yes, as soon as the next log file is delivered.",
                "Only what a trail records is delivered, and this one was not told to record that kind.",
            ),
            Choice(
                "No: CloudTrail never records what happens to objects in a bucket.",
                "It can. Somebody has to switch it on, and pay for it.",
            ),
            Choice(
                "No: it is a data event, and this trail records none.",
                "Data events must be switched on. Without them, only the digest files show that a log file is gone.",
                right=True,
            ),
        ),
    ),
    9: Quiz(
        "One identity has the most failed calls. Is it the intruder?",
        (
            Choice(
                "Yes: an honest program does not fail so often.",
                "Programs fail all day: they create what is there already, and ask for what is gone. See its "
                "`errorCode`s.",
            ),
            Choice(
                "No: an intruder's calls do not fail, since the credentials are valid.",
                "Valid is not the same as allowed. An intruder who does not know what a key may do has to try.",
            ),
            Choice(
                "The number of failures does not say. New failures, of other kinds, close together, would.",
                "Compare with what is usual for this identity: other calls, other errors, at another time.",
                right=True,
            ),
        ),
    ),
    10: Quiz(
        "An hour has hardly any events. How could you find out whether log files were removed from the bucket?",
        (
            Choice(
                "Compare the bucket with the digest files, which list what was delivered.",
                "Each lists the log files of its hour with their hashes, is signed, and names the one before it: a "
                "missing file, changed file or missing digest shows.",
                right=True,
            ),
            Choice(
                "Look for DeleteObject in the logs.",
                "That would be a data event. Does this trail record any? See question 7.",
            ),
            Choice(
                "Look for StopLogging in the logs.",
                "That shows whether a trail was stopped. From then on it delivers nothing, but the log files that it "
                "had delivered stay there.",
            ),
            Choice(
                "It cannot be found out: what is gone is gone.",
                "The records in the files may be gone. But the fact that there were files is written elsewhere, too.",
            ),
        ),
    ),
    11: Quiz(
        "Why does CloudTrail deliver some records twice?",
        (
            Choice(
                "The call was made twice.",
                "Two calls are two events, each with an `eventID` of its own.",
            ),
            Choice(
                "It makes sure that none is lost, and would rather repeat one.",
                "Many queues and logs promise to deliver at least once. Their readers have to recognise a copy.",
                right=True,
            ),
            Choice(
                "Each Region keeps its own copy.",
                "Both copies have the same `awsRegion`. And global services are recorded in one Region only.",
            ),
        ),
    ),
}
