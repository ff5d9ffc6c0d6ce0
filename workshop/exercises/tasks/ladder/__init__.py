"""Extra credit: where instance credentials were used, one module a step of the ladder.

knowledge               what the steps have in common: the knowledge that their cases come with, mistakes in using it
issued_by_ec2           step b: did EC2 issue this key to an instance?
made_by_aws             step c: did an AWS service make the call?
called_from_home        step d: did the call come from where this instance lives?
moved_since_first_use   step e: is the key used from another address than the first time?
stolen_credentials      all steps as one detector
"""
