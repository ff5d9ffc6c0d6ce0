"""`workshop prove`: the workshop's whole loop in an account or on the emulator, with a dated record of what was seen.

record     the record: JSON to resume from and a Markdown page to read, both written after each step
generator  the activity generator's work: asked for, and waited for until the function has found its records
steps      what is proven, step by step: what each does, what it saw, and which claim of docs/proven.md that supports
ending     how a run ends: at every exit the stack is torn down, and the record has what is left
run        the plan and the question, and the steps that are not done yet
"""
