"""Extra credit: where instance credentials were used. One module a step of the ladder, and the scores of each step."""
