"""The questions of Exercise 1 in their order, counted from 1, and those for extra credit by their names."""

from workshop.exercises.questions import vanished, what_happened, who_called

QUESTIONS = (
    what_happened.BUSIEST_SERVICE,
    what_happened.EVENTS_IN_US_EAST_1,
    who_called.WHAT_CLOUDFORMATION_CALLED,
    who_called.ON_WHOSE_BEHALF,
    who_called.SIGN_INS_WITHOUT_MFA,
    who_called.FIRST_FAILED_CALL,
    what_happened.KINDS_OF_EVENTS,
    what_happened.SHARE_THAT_ONLY_READS,
    who_called.WHO_FAILS_MOST,
    what_happened.QUIETEST_HOUR,
    what_happened.DELIVERED_TWICE,
)

# The others are for those who want more.
FOR_EVERYBODY = (1, 6, 10)
EXTRA_CREDIT = {"vanished hour": vanished.VANISHED_HOUR}
