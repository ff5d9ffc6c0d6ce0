"""The hunt: detectors over every record of a source, and what they match.

detector_call    shows a record to a detector: what it says, prints, raises
packed_matches   matches in little room, and their positions
seen_ids         which ids have been seen already, and in which file first
part_findings    what a part of a sweep has found
seen_records     which records have been seen already: their ids, and what they hold
on_match         hands on matches as they are found
printed_texts    a column of what detectors printed, made when somebody looks
verdict_memo     what makes a sweep fast: a detector that reads few fields is not asked twice about the same values
plan             the detectors of a hunt, and how each of them may be asked
worker           the unit of work: some log files swept with some detectors
sweep_work       what there is to do for a sweep
on_this_machine  does it here
cluster          does it on a Dask cluster
sweep            one pass over a source, shared out and put together again
matches          what a sweep has found, as a DataFrame
hunt             `hunt`
athena           both detectors as SQL for Athena, and the same SQL run here by DuckDB
"""
