"""The logs room: CloudTrail log files to records, to a DataFrame, to what detectors find in them.

files     finds and fetches log files: local ones, folders, s3://
records   the full records in them, and the reasons why something could not be read
columns   the one table of the DataFrame's columns
skim      log files to columns without building full records: what makes `load_events` fast
events    `load_events`, `record_of`
hunt      detectors over every record
cluster   the hunt's work on a Dask cluster
athena    both detectors as SQL for Athena, and the same SQL run here by DuckDB
synthetic the log lake in data/, from a seed, with labels
year      `generate_year`: the same story over a year and five accounts, of any size
"""
