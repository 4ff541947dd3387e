"""The roster: the agents one can assign on this board, with their faces and their skills.

A seat on the roster may name an agent file (`agent_name`); then assigning it can start that agent's runs.
"""
