"""What runs in the sandbox's child process: `python -I -S sandbox_child FOLDER`, with the standard library alone.

It imports nothing else of the kit, and its modules import each other relatively: the child knows this folder only.

outcome          a call, an exception or a change of a record as data that JSON can hold
watched_record   records that note what is read from them and compared
fake_aws         AWS, as far as a sandbox needs it
printer_spy      notes what print_short_record is called with
walls            no network, and no files but those that Python needs, where the system offers that
runner           calls the functions on the cases and writes down what came of each
__main__         where the child process starts
"""
