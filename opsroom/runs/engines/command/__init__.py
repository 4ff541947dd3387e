"""Engine `command`: runs the program an agent file names, behind the same walls as a skill."""
