"""Runs an attendee's function on cases, in a Python process of its own: `python -I -S sandbox_child.py FOLDER`.

FOLDER holds job.json; results go to FOLDER/results.jsonl, one line a case as soon as it is done, so that what was
finished survives whatever the function does. Only the standard library is used, and nothing of the kit.
"""

import builtins
import faulthandler
import io
import json
import os
import sys
import threading
import time
import types

_encode = json.JSONEncoder(default=lambda value: {"__python__": f"{type(value).__name__}: {_text(value)}"}).encode
_decode = json.JSONDecoder().decode
_exit, _getpid, _write, _clock, _length = os._exit, os.getpid, os.write, time.monotonic, len
_builtins = dict(vars(builtins))
PRINTER = "print_short_record"


def _text(value, limit=300):
    try:
        return repr(value)[:limit]
    except BaseException as error:  # a repr may do anything
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


class _Output(io.TextIOBase):
    """A text stream that keeps its first 64,000 characters and counts the rest."""

    def __init__(self):
        self.kept, self.size = "", 0

    def writable(self):
        return True

    def write(self, text):
        self.size += len(text)
        if len(self.kept) < 64_000:
            self.kept += text[: 64_000 - len(self.kept)]
        return len(text)


# ---------------------------------------------------------------- records that tell what is read from them


class WatchedText(str):
    """A string that notes what it is compared with."""

    def _note(self, how, other):
        if isinstance(other, str):
            self.notes.append([self.path, how, str(other)])
        elif isinstance(other, tuple):
            self.notes.extend([self.path, how, str(item)] for item in other)
        elif type(other).__name__ == "Pattern":
            self.notes.append([self.path, how, "re.Pattern"])

    def __eq__(self, other):
        self._note("==", other)
        return str.__eq__(self, other)

    def __ne__(self, other):
        self._note("!=", other)
        return str.__ne__(self, other)

    __hash__ = str.__hash__

    def __getitem__(self, index):
        value = str.__getitem__(self, index)
        if not isinstance(index, slice):
            return value
        self.notes.append([self.path, "slice", value])
        return _watched(value, self.notes, f"{self.path}[:]")

    def __contains__(self, other):
        self._note("contains", other)
        return str.__contains__(self, other)

    def startswith(self, prefix, *more):
        self._note("startswith", prefix)
        return str.startswith(self, prefix, *more)

    def endswith(self, suffix, *more):
        self._note("endswith", suffix)
        return str.endswith(self, suffix, *more)

    def lower(self):
        self.notes.append([self.path, "lower", ""])
        return _watched(str.lower(self), self.notes, self.path)

    casefold = lower

    def upper(self):
        self.notes.append([self.path, "upper", ""])
        return _watched(str.upper(self), self.notes, self.path)

    def strip(self, *characters):
        return _watched(str.strip(self, *characters), self.notes, self.path)

    def _parts(self, parts):
        path = f"{self.path}[part]"
        value = WatchedParts(_watched(part, self.notes, path) for part in parts)
        value.notes, value.path = self.notes, self.path
        return value

    def split(self, *arguments, **options):
        return self._parts(str.split(self, *arguments, **options))

    def rsplit(self, *arguments, **options):
        return self._parts(str.rsplit(self, *arguments, **options))

    def partition(self, separator):
        return self._parts(str.partition(self, separator))

    def rpartition(self, separator):
        return self._parts(str.rpartition(self, separator))


class WatchedParts(list):
    """The parts of a watched text; it notes which of them is looked at."""

    def __getitem__(self, index):
        value = list.__getitem__(self, index)
        if isinstance(value, str):
            self.notes.append([self.path, "part", str(value)])
        return value


class WatchedDict(dict):
    """A dictionary that notes the keys it is asked for."""

    def __getitem__(self, key):
        self.notes.append([self.path, "key", key if isinstance(key, str) else _text(key)])
        return dict.__getitem__(self, key)

    def get(self, key, default=None):
        self.notes.append([self.path, "key", key if isinstance(key, str) else _text(key)])
        return dict.get(self, key, default)

    def __contains__(self, key):
        self.notes.append([self.path, "key", key if isinstance(key, str) else _text(key)])
        return dict.__contains__(self, key)

    def _everything(self):
        self.notes.append([self.path, "all", ""])

    def __iter__(self):
        self._everything()
        return dict.__iter__(self)

    def __repr__(self):
        self._everything()
        return dict.__repr__(self)

    def items(self):
        self._everything()
        return dict.items(self)

    def values(self):
        self._everything()
        return dict.values(self)


def _watched(value, notes, path=""):
    if isinstance(value, str):
        value = WatchedText(value)
    elif isinstance(value, dict):
        value = WatchedDict((k, _watched(v, notes, f"{path}.{k}".strip("."))) for k, v in value.items())
    else:
        return value
    value.notes, value.path = notes, path
    return value


# ---------------------------------------------------------------- AWS, as far as a check needs it


class Known(types.SimpleNamespace):
    """What a function may know besides its record; like the kit's own, nothing in it can be changed."""

    def __setattr__(self, name, value):
        raise AttributeError(f"cannot assign to field {name!r}")


def _known(told):
    """Return the second argument of a function, from JSON: tables read-only, lists as sets."""
    if isinstance(told, dict):
        return types.MappingProxyType({key: _known(value) for key, value in told.items()})
    return frozenset(told) if isinstance(told, list) else told


class Client:
    """A boto3 client that notes its calls and answers nothing; the real one's rules are checked afterwards."""

    def __init__(self, service, calls, operations, own, error=None):
        self._service, self._calls, self._operations, self._own, self._error = service, calls, operations, own, error

    def __getattr__(self, name):
        if name.startswith("__") or (self._service == "cloudwatch" and name not in self._operations):
            if self._own and not name.startswith("_"):  # a resource has other methods than a client
                self._calls.append({"operation": name, "own": True, "parameters": {}})
            raise AttributeError(f"'CloudWatch' object has no attribute '{name}'")

        def call(*arguments, **parameters):
            if arguments:
                raise TypeError(f"{name}() only accepts keyword arguments.")
            self._calls.append({"operation": name, "own": self._own, "parameters": _plain(parameters)})
            if self._error and name.startswith("put_"):
                raise self._error
            return {
                "ResponseMetadata": {"RequestId": "check", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
            }

        return call


def _plain(value):
    """Return parameters as JSON can hold them, times included."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "isoformat") and hasattr(value, "hour"):
        return {"__time__": value.isoformat()}
    if type(value).__name__ == "Decimal":
        return float(value)
    if value is None or type(value) in (bool, int, float, str):
        return value
    return {"__python__": type(value).__name__}


def _install_boto3(calls, operations):
    """Put a boto3 in place whose clients note their calls: nothing here may talk to AWS."""

    class Session:
        region_name = "ca-central-1"

        def __init__(self, *arguments, **options):
            pass

        def client(self, service="cloudwatch", *arguments, **options):
            return Client(service, calls, operations, own=True)

        resource = client

    boto3, session = types.ModuleType("boto3"), types.ModuleType("boto3.session")
    boto3.Session = session.Session = Session
    boto3.session, boto3.client, boto3.resource = session, Session().client, Session().client
    sys.modules.update({"boto3": boto3, "boto3.session": session})


def _client_error():
    try:
        from botocore.exceptions import ClientError
    except ImportError:
        return RuntimeError("AccessDenied when calling the PutMetricData operation")
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "the check refuses this call"}}, "PutMetricData")


# ---------------------------------------------------------------- one call


def _describe(error):
    """Return an exception as data: its type, its text, the line numbers of the packaged source it went through."""
    lines, trace = [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "index.py":
            lines.append([trace.tb_lineno, trace.tb_frame.f_code.co_name])
        trace = trace.tb_next
    try:
        text = str(error)[:500]
    except BaseException:  # its __str__ may do anything
        text = ""
    if isinstance(error, SyntaxError) and not lines:
        lines = [[error.lineno, "<module>"]]
    if len(lines) > 8:
        lines = lines[:3] + lines[-2:]
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"type": type(error).__name__, "kinds": kinds, "text": text, "lines": lines, "key": _plain(key)}


def _difference(before, after, path=""):
    """Return the path of the first field in which two records differ, or None."""
    if type(before) is not type(after):
        return path or "the record"
    if isinstance(before, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}".strip(".")
            if key not in after or key not in before:
                return inner
            found = _difference(before[key], after[key], inner)
            if found:
                return found
        return None
    if isinstance(before, list):
        pairs = zip(before, after, strict=False)
        found = [f for number, pair in enumerate(pairs) if (f := _difference(*pair, f"{path}[{number}]"))]
        return found[0] if found else (None if len(before) == len(after) else path)
    return None if before == after else path


class Runner:
    """Calls the function on the cases of a job and writes down what came of each."""

    def __init__(self, folder):
        with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
            self.job = json.load(file)
        self.results = os.open(os.path.join(folder, "results.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.stack = open(os.path.join(folder, "stack.txt"), "w", encoding="utf-8")  # noqa: SIM115 - open to the end
        self.process, self.calls, self.printed, self.notes = _getpid(), [], [], []
        self.end = _clock() + self.job["seconds"]
        os.chdir(folder)
        threading.stack_size(256 << 10)  # many threads fit into little memory
        faulthandler.enable(self.stack)

    def note(self, **result):
        _write(self.results, (_encode(result) + "\n").encode())

    def arm(self):
        """Let the process end, with its stack written down, if the next call takes too long."""
        left = min(self.job["seconds_a_case"], max(self.end - _clock(), 0.05))
        faulthandler.dump_traceback_later(left, exit=True, file=self.stack)

    def load(self):
        """Execute the packaged source as Lambda does and return the function."""
        for path in self.job["paths"]:
            sys.path.append(path)
        _install_boto3(self.calls, frozenset(self.job["operations"]))
        index = types.ModuleType("index")
        sys.modules["index"] = index
        exec(compile(self.job["source"], "index.py", "exec", dont_inherit=True), index.__dict__)  # noqa: S102
        if self.job["kind"] == "detector":
            self.spy_on(index)
        return getattr(index, self.job["function"])

    def spy_on(self, index):
        """Note each call of print_short_record, under whatever name the attendee calls it."""
        printer = getattr(index, PRINTER)
        index.__dict__["__printed__"], index.__dict__["__shown__"] = self.print_begins, self.print_ends
        if isinstance(printer, types.FunctionType) and not printer.__closure__:
            original = types.FunctionType(
                printer.__code__, printer.__globals__, PRINTER, printer.__defaults__, printer.__closure__
            )
            index.__dict__["__original__"] = original
            spy = compile(
                f"def {PRINTER}(*a, **k):\n    read = __printed__((*a, *k.values()))\n"
                "    try:\n        return __original__(*a, **k)\n    finally:\n        __shown__(read)\n",
                "spy.py",
                "exec",
            )
            made = {}
            exec(spy, made)  # noqa: S102
            printer.__code__, printer.__defaults__ = made[PRINTER].__code__, None
            printer.__kwdefaults__ = None
            return

        def spy(*arguments, **options):
            read = self.print_begins((*arguments, *options.values()))
            try:
                return printer(*arguments, **options)
            finally:
                self.print_ends(read)

        setattr(index, PRINTER, spy)

    def print_begins(self, arguments):
        """Note a call of print_short_record; return how much had been read by then."""
        self.printed.append(arguments)
        return _length(self.notes)

    def print_ends(self, read):
        """Forget what print_short_record itself read: it is not what the function asked."""
        del self.notes[read:]

    def call(self, function, number, mode):
        """Call the function once on case `number`; mode is "first", "again" (traced) or "watched"."""
        case = self.job["cases"][number]
        notes, calls = self.notes, self.calls
        notes.clear()
        calls.clear()
        self.printed.clear()
        record = _decode(case["record"]) if "record" in case else None
        given = _watched(record, notes) if mode == "watched" else record
        if self.job["kind"] == "publisher":
            error = _client_error() if case["fail"] else None
            client = Client("cloudwatch", calls, self.job["operations"], own=False, error=error)
            arguments = (client, case["detector"], case["count"])
        elif "known" in case:
            arguments = (given, Known(**_known(case["known"])))
        else:
            arguments = (given,)
        output, errors, lines = _Output(), _Output(), []
        self.note(starts=number, mode=mode)
        self.arm()
        sys.stdout, sys.stderr = output, errors
        raised, returned = None, None
        try:
            if mode == "again":
                sys.settrace(_tracer(lines))
            returned = function(*arguments)
            sys.settrace(None)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: nothing may end the check
            sys.settrace(None)
            raised = error
        vars(builtins).update(_builtins)  # in case the function replaced some
        faulthandler.cancel_dump_traceback_later()
        if _getpid() != self.process:  # the function forked: the copy has nothing to tell
            _exit(0)
        self.arm()
        result = {
            "case": number,
            "mode": mode,
            "error": _describe(raised) if raised is not None else None,
            "type": type(returned).__name__,
            "value": returned if returned is None or returned is True or returned is False else None,
            "truth": _truth(returned),
            "repr": _text(returned),
            "output": output.kept[:4000],
            "output_size": output.size,
            "errors": errors.kept[:500],
            "lines": lines,
            "notes": notes[:400],
        }
        if record is not None:
            original = _decode(case["record"])
            result["changed"] = None if mode == "watched" else _difference(original, record)
            result["printed"] = len(self.printed)
            result["printed_other"] = next((_text(a, 120) for a in self.printed if not _is_record(a, original)), None)
        else:
            result["calls"] = [call for call in calls if call["operation"] != "get_object"][:2000]
        faulthandler.cancel_dump_traceback_later()
        self.note(**result)
        return not isinstance(raised, MemoryError)

    def run(self):
        self.arm()
        try:
            function = self.load()
        except BaseException as error:
            self.note(load=_describe(error))
            return
        faulthandler.cancel_dump_traceback_later()
        self.note(loaded=True)
        for mode, numbers in self.job["rounds"]:
            for number in numbers:
                if not self.call(function, number, mode):
                    return
        self.note(done=True)


def _is_record(arguments, original):
    """Tell whether print_short_record was handed the record, or a copy; fields may have been changed on the way."""
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        return False
    return arguments[0] == original or arguments[0].get("eventID") == original.get("eventID") is not None


def _truth(value):
    try:
        return bool(value)
    except BaseException:  # what a value does when asked is its own affair
        return None


def _tracer(lines):
    """Return a trace function that notes the lines of the packaged source as they run, 300 at most."""

    def trace(frame, event, argument):
        if frame.f_code.co_filename != "index.py" or _length(lines) >= 300:
            return None
        if event in ("line", "return"):
            lines.append([event, frame.f_lineno])
        return trace

    return trace


def _limit_memory(megabytes):
    """Bound the memory of this process, where the system can."""
    if sys.platform == "win32":
        return
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass


if __name__ == "__main__":
    runner = Runner(sys.argv[1])
    _limit_memory(runner.job["megabytes"])
    runner.run()
    _exit(0)
