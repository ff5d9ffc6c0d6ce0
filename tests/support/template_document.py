"""cloudformation.yaml as Python objects."""

import yaml

from workshop.cloud.stack import template


class _Loader(yaml.SafeLoader):
    """Reads !Ref and its like as {"Ref": …}."""


def _short_form(loader, suffix, node):
    kind = {yaml.ScalarNode: "scalar", yaml.SequenceNode: "sequence", yaml.MappingNode: "mapping"}[type(node)]
    options = {} if kind == "scalar" else {"deep": True}
    return {suffix: getattr(loader, f"construct_{kind}")(node, **options)}


_Loader.add_multi_constructor("!", _short_form)


def template_document():
    """Return the template as it is deployed, short forms such as !Ref as {"Ref": …}."""
    return yaml.load(template.body(), _Loader)
