"""How notebooks and terminals show things.

boxes          a title and a text in colours
pictures       figures with alternative text and a palette that colour-blind people can read
progress       one line with files, records a second and the time left
waiting_line   one line that says what is being waited for
"""
