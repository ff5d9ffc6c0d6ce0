"""CloudTrail log files: found, fetched, unpacked, and read as records.

visible            texts of logs as people are to see them
record             what a record is in Python, for signatures
who                who made a call, of every kind of identity, and in which account
layout             where CloudTrail puts log files: by account, Region and day; and what else lies beside them
names              what a file's name says about what it may hold
tally              what reading came upon: counted, and listed where something could not be read
unpacking          takes the compression off, in a second thread if there is a processor for it
json_text          JSON as files have it
forms              the forms that records come in, a small reader each
addresses          the ways to write where log files are
folders            files below a local folder that may be log files
buckets            what lies below a prefix of a bucket
files              finds and fetches log files: local ones, folders, s3://
records            the full records in them, and the reasons why something could not be read
digests            CloudTrail's digest files: which log files were delivered
s3_cache           log files from S3 kept on disk for the next time
worker_processes   work shared with a second process
knowledge          what a single record does not say, but other records and a list of what the account owns do
table              the records as a DataFrame
"""
