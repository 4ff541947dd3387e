"""Running a program as a session: what the engines `skill` and `command` share.

keeper.py and landlock.py run in a process of their own and import nothing of the product.
"""
