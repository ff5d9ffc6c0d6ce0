"""The local AWS emulator of this checkout.

ministack_process   what it runs as: all that touches MiniStack's internals
emulator            starts, finds and stops it
"""
