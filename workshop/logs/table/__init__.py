"""CloudTrail records as a DataFrame, in little memory.

columns         the one table of the DataFrame's columns
packed          values in little room: numbers for values that repeat, and for ids and times
values          columns of values that repeat: each distinct value is kept once
repeated_ids    which ids have come before, exactly and in bounded memory
same_content    whether records with the same id are the same record
kept_texts      columns that keep their texts as something smaller
repeated_texts  columns of texts that repeat
event_ids       event ids in 20 bytes each
misfit_values   records with values of the wrong kind: only what is right of them, the rest listed
column_reader   log files to columns without building full records: what makes `load_events` fast
event_columns   what the column reader has collected, as pandas columns
events          `load_events`, `record_of`
"""
