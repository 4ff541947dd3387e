"""Engine `skill`: runs a folder of skills/ on this machine, as its SKILL.md says."""
