"""What the names in a function's source stand for, as far as the source tells."""

import ast
import builtins

from workshop.hunting.verdict_memo.pure import is_table
from workshop.hunting.verdict_memo.source import NotProven, codes_in
from workshop.hunting.verdict_memo.syntax import looked_up, only_ever, own


class Names:
    """The names of one function.

    locals  its own variables, those of comprehensions included
    own     of these, what only ever holds something new, which the function has made itself
    nodes   all nodes of its definition
    """

    def __init__(self, function, definition):
        self.function, self.definition, self.nodes = function, definition, list(ast.walk(definition))
        iterating = [node for node in self.nodes if isinstance(node, (ast.For, ast.comprehension))]
        comprehended = {
            name.id
            for node in iterating
            if isinstance(node, ast.comprehension)
            for name in ast.walk(node.target)
            if isinstance(name, ast.Name)
        }
        code = function.__code__
        if not comprehended.isdisjoint(name for one in (code, *codes_in(code)) for name in one.co_names):
            raise NotProven("a name is used for two things")
        self.own = own(definition, self.nodes)
        self.locals = {*code.co_varnames, *code.co_cellvars, *comprehended}
        self._find_texts(iterating)

    def refuse(self, node, why):
        """Say that the function cannot be proven simple, and where."""
        raise NotProven(f"{self.function.__name__}, line {node.lineno} of it, {why}")

    def outer(self, node):
        """Return what a name from outside of the function stands for."""
        for names in (self.function.__globals__, vars(builtins)):
            if node.id in names:
                return names[node.id]
        return self.refuse(node, f"uses the name {node.id}, which is not defined")

    def is_table(self, node):
        """Tell whether an expression is the name of constants to look things up in, from outside of the function."""
        return isinstance(node, ast.Name) and node.id not in self.locals and is_table(self.outer(node))

    def is_dict(self, node):
        """Tell whether an expression is the name of Python's `dict`."""
        return isinstance(node, ast.Name) and node.id not in self.locals and self.outer(node) is dict

    def texts(self, node):
        """Return which texts an expression can be, if it is one of some constants; else None."""
        if isinstance(node, ast.Name) and node.id in self.locals:
            return self._choices.get(node.id)
        value = self.outer(node) if isinstance(node, ast.Name) else getattr(node, "value", None)
        return {value} if type(value) is str else None

    def _find_texts(self, iterating):
        """Find the variables that are one of some constant texts: {name: texts}.

        And those that are a sequence of constant texts, looked at one by one and no otherwise.
        """
        self._choices, self._sequences = {}, {}
        otherwise = {name for name, above, _ in looked_up(self.definition) if above not in iterating}
        assigned = [(node.targets[0], node.value) for node in self.nodes if isinstance(node, ast.Assign)]
        sequences = self._only_ever([(target, self._texts_in(value)) for target, value in assigned])
        self._sequences = {name: texts for name, texts in sequences.items() if name not in otherwise}
        found = [(node.target, self._texts_in(node.iter)) for node in iterating]
        self._choices = self._only_ever([*found, *((target, self.texts(value)) for target, value in assigned)])

    def _only_ever(self, pairs):
        """Return {name: texts} of variables that get nothing else than texts, from pairs of (target, texts or None)."""
        pairs = [(target.id, texts) for target, texts in pairs if isinstance(target, ast.Name) and texts]
        names = only_ever(self.definition, self.nodes, lambda value: False, [name for name, _ in pairs])
        return {name: set().union(*(texts for one, texts in pairs if one == name)) for name in names}

    def _texts_in(self, node):
        """Return the texts of a sequence of constants, whether it stands there or has a name; else None."""
        if isinstance(node, (ast.Tuple, ast.List)):
            values = [getattr(one, "value", None) for one in node.elts]
        elif isinstance(node, ast.Name) and node.id in self.locals:
            return self._sequences.get(node.id)
        else:
            values = self.outer(node) if isinstance(node, ast.Name) else None
        return set(values) if type(values) in (tuple, list) and {*map(type, values)} == {str} else None
