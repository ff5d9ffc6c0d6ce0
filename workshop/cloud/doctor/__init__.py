"""Whether this machine, and on request an AWS account, is ready for the workshop.

findings      what the doctor says, in a terminal and in a notebook
attendee_policy  the policy itself, for each way of making the stack
permissions   what an attendee may do, against what the workshop needs
machine       the checks of this machine
repairs       what can be put right on this machine
account       the checks of an AWS account
doctor        `doctor`
"""
