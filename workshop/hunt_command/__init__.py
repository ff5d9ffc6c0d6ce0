"""`workshop hunt`: a hunt from the terminal, for people and for jobs that run every night.

options          what can be asked for
detector_names   the functions that `--detector` names: in files, folders, modules, my_answers/
bucket_client    the client for s3:// sources, with the AWS CLI's credentials, made when it is needed
interrupts       what Ctrl-C does
matched_records  the records of matches, read again for what a match shows of them
read_before      `--since-last`: the file that remembers what has been read and reported
report           what a hunt comes to, ready for JSON, and its exit status
printed          the report as a table, as JSON, and as JSON Lines
report_stream    standard output, for the report only
command          the run
"""
