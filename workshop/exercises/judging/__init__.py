"""How an answer is judged and what is said about it.

common_mistakes   mistakes that any detector can have
exceptions        what to say when a function does not come to its end
fields_read       what a function asked of a record, in words
source_slips      slips that no record can show, seen in the text of the answer
verdict           judges a detector
"""
