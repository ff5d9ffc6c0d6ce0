"""Functions that attendees write: read from their cells, packaged for Lambda, and run where they can harm nothing.

syntax_tree     `ast.parse`, which threads cannot use at the same time
as_python       how a value of the notebook is written as Python source
stubs           functions that are still to be written, and which of the analyzer's attendees write
cell_source     where the source of a cell's function is, and which names it uses
knowing         detectors that ask for more than the record: which they are, and how they get it
packaging       the attendee's functions and the analyzer in one file: what `check` runs and `deploy` uploads
call_slips      what was handed to a verb instead of a function, and what to write
sandbox_child   what runs in the sandbox's child process
sandbox         runs packaged functions on cases, in a child process: for `check`, and for `deploy`'s rehearsal
"""
