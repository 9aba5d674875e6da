"""What every reader of tracklists takes for large, adversarial and damaged files."""
