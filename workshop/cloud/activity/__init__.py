"""What sets the alarm off, and what came of it in CloudTrail.

trigger      `trigger`: one log file into the bucket
replay       `replay`: the whole log lake
generate     `generate_activity`: real calls of an attacker
history      `lookup_history`: CloudTrail's Event history
watch_call   `watch_call`: one call of your own, until it is detected
"""
