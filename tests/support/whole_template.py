"""cloudformation.yaml as a document that tests can look into, and change where an emulator falls short.

Functions are in their long form: {"Ref": …}, {"Fn::If": […]}.
"""

import copy
import json
import re

import yaml

from workshop.cloud.stack import template


class _Loader(yaml.SafeLoader):
    """Reads !Ref as {"Ref": …}, !If as {"Fn::If": …}, !GetAtt A.B as {"Fn::GetAtt": ["A", "B"]}."""


def _long_form(loader, suffix, node):
    kind = {yaml.ScalarNode: "scalar", yaml.SequenceNode: "sequence", yaml.MappingNode: "mapping"}[type(node)]
    options = {} if kind == "scalar" else {"deep": True}
    value = getattr(loader, f"construct_{kind}")(node, **options)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def document():
    """Return the template as it is in the file."""
    return yaml.load(template.body(), _Loader)


def that_fails():
    """Return the template with settings for a function that is not there: a stack made from it is rolled back."""
    ours = re.compile(r"FunctionName: !Ref AnalysisLambdaFunction(?=\n +Qualifier:)")
    text, found = ours.subn("FunctionName: no-such-function", template.body())
    assert found == 1
    return text


def without(whole, dropped):
    """Return a copy without the resources that `dropped(name, resource)` is true for, nor what waits for or shows them.

    Raises: AssertionError when another resource that stays refers to one of them.
    """
    whole = copy.deepcopy(whole)
    gone = {name for name, resource in whole["Resources"].items() if dropped(name, resource)}
    for name in gone:
        del whole["Resources"][name]
    for resource in whole["Resources"].values():
        waits_for = resource.get("DependsOn", [])
        waits_for = [waits_for] if isinstance(waits_for, str) else waits_for
        resource["DependsOn"] = [name for name in waits_for if name not in gone]
    whole["Outputs"] = {name: output for name, output in whole["Outputs"].items() if not _names(output) & gone}
    for name, resource in whole["Resources"].items():
        assert not _names(resource) & gone, f"{name} refers to {_names(resource) & gone}"
    return whole


def _names(part):
    """Return the names that a part of the template refers to."""
    if isinstance(part, dict):
        found = {part["Ref"]} if "Ref" in part else set()
        found |= {part["Fn::GetAtt"][0]} if "Fn::GetAtt" in part else set()
        return found.union(*map(_names, part.values()))
    return set().union(*map(_names, part)) if isinstance(part, list) else set()


def text(whole):
    """Return a document as the text of a template."""
    return json.dumps(whole)
