"""How an answer is judged and what is said about it: package, sandbox, verdict, diagnosis, wording.

common_mistakes   mistakes that exercises have in common
exceptions        what is behind a function that does not come to its end
fields_read       what a function asked of a record, in words
behaviour         what a detector did, as its run tells
contract          whether a detector keeps the contract: what it returns, prints and changes
trial             stages 1 and 2: an answer is packaged, and runs in the sandbox
verdict           stage 3: how the trial came out
repairs           mistakes as repairs of the answer, for stage 4: what is said of an answer was tried in it
diagnosis         stage 4: why the answer is not right, and which mistake is named
wording           stage 5: what the attendee reads
kinds             the kinds of exercises that are judged by these stages
judge             the way through them
"""
