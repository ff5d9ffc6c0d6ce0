"""How notebooks and terminals show things.

boxes         a title and a text in colours
links         named links, into the AWS console for instance
syntax_slips  below a cell that Python cannot read: what to look at
pictures      figures with alternative text and a palette that colour-blind people can read
progress      one line that says how far a hunt is, or what is being waited for
"""
