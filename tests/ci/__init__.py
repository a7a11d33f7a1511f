"""The workflows and the action, run step by step as a GitHub runner would."""
