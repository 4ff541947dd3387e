"""The commands by subject. Each file declares options and texts; what is heavy is imported when used."""
