"""Mistakes as repairs of the answer's syntax tree: what is said of an answer was tried in it.

answer      an answer as repairs see it: its syntax tree, and what its exercise and its notebook know
repair      what a repair is, and an answer with one mistake put right
names       names that mean nothing, or not what was meant
calls       methods and functions that Python has otherwise, or that are called otherwise
fields      what fields are called, what they lie in, and that a record may lack them
texts       texts that a value is compared with, and pieces of a value
conditions  what is compared, how comparisons are joined, and which way round
patterns    patterns of the module re
publishing  the parameters of boto3's calls
returns     what a function returns and prints, and in which order
search      which repair, or which two, put an answer right
"""
