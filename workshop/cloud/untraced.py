"""What the kit calls on its own account, kept out of the local trail's log files."""

import functools


def quiet(function):
    """Have a function, whose first argument is a Cloud, make all its calls within `cloud.quietly()`."""

    @functools.wraps(function)
    def called_quietly(cloud, *arguments, **options):
        with cloud.quietly():
            return function(cloud, *arguments, **options)

    return called_quietly
