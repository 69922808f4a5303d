"""Stories of at most forty lines over the tasks."""
