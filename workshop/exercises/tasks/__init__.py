"""The exercises that ask for a function: one module each, with task, cases, misconceptions, hints and model answer.

print_short_record                the warm-up
deleting_logs                     Exercise 2, Phase 1
instance_creds_used_outside_ec2   Exercise 2, Phase 2
publish_both                      Phase 3 with the bonus: the model answer
published_data                    what a call of publish_anomalies has published, and what an alarm sees of it
publish_anomalies                 Exercise 2, Phase 3
ladder                            extra credit: where instance credentials were used, a module a step
blinding_logs                     extra credit: calls that end or silence logs, by source and name
narrowing_logs                    extra credit: calls that blind by what they ask for
"""
