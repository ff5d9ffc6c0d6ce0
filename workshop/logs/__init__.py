"""The logs room: CloudTrail log files to records, to a DataFrame, to what detectors find in them.

files     finds and fetches log files: local ones, folders, s3://
unpacking takes their compression off, in a second thread if there is a processor for it
records   the full records in them, and the reasons why something could not be read
columns   the one table of the DataFrame's columns
s3_cache  log files from S3 kept on disk for the next time
skim      log files to columns without building full records: what makes `load_events` fast; packed, values, tidy and
          table help
events    `load_events`, `record_of`
hunt      detectors over every record
sweep     one pass over a source: sweep_files is the unit of work, swept what it brings, found the matches in that;
          seen_ids and repeats know which records are duplicates
simple    what makes a sweep fast: detectors that are simple, as their source shows, are not asked twice
matches   what a sweep has found as a DataFrame; event_ids and later_texts (kept_texts): columns that take little room
cluster   the hunt's work on a Dask cluster
athena    both detectors as SQL for Athena, and the same SQL run here by DuckDB
synthetic the log lake in data/, from a seed, with labels
year      `generate_year`: the same story over a year and five accounts, of any size
"""
