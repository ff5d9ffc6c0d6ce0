"""What makes a hunt fast: detectors that are simple, as their source shows, are not asked twice about the same.

What a simple detector says of a record depends on the values of some fields and on nothing else. So a log file is
decoded only as far as these fields, and the detector is asked only when their values are new together. The outcome is
that of the plain loop, which shows each record in full to each detector: `tests/hunting/test_any_detector.py` and
others compare the two.

The rest of the hunt knows one object of this room, `VerdictMemo` in `memo`. Modules that come first use none of those
below them.

Each part earns its place. A hunt with the exercises' detectors takes 2.0 times the floor of docs/benchmarks.md. It
takes 2.7 if they are asked also about what they only print, 3.3 if values are told apart by all their letters, 3.6 if
`userIdentity` is decoded as a whole (one process, 100,000 records, each part left out by itself, in turns).

Is a detector simple, and what does it read? (once, when a hunt begins)

source      the source of a function, if it is certainly what the function was made from
syntax      small questions about source
pure        what a simple detector may use
parts       the fields of `userIdentity`, as fields of their own where no more than these are read
names       what the names in its source stand for
text_uses   how much of each text a detector looks at: nothing, its first letters, or all
proof       `prove`: all of that together, or the reason why a detector is not simple
kept_state  where a detector keeps something from one record to the next, as far as it can be seen

What does it say? (file by file)

batch         the records of a file, with only those of their fields that are asked for
verdict_tree  what a detector said, by the values of the fields in the order in which it reads them
view          a record that notes what is read of it
verdicts      `Verdicts`: a detector and what it said
memo          `VerdictMemo`: all of that for the detectors of a hunt
"""
