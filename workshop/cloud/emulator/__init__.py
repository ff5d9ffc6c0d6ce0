"""The local AWS emulator of this checkout.

ministack_process   what it runs as: all that touches MiniStack's internals
emulator            starts, finds and stops it
lifeline            starts it again, for the clients of a connection, when it crashed
"""
