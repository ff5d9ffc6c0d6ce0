"""The synthetic company whose CloudTrail logs the workshop explores, one module for each part of it.

dice               chance that falls the same way on every platform and Python
company            the cast: people, roles, machines, addresses, names of things
callers            the callers: the userIdentity element, the source address, the user agent
errors             how calls fail
things             the things that a call is about: buckets, keys, ids
calls              what an API call looks like in a record
inventory          what the account owned before the lake begins
api_applications   tables of API calls, here of the services applications are made of
api_compute        of computing services
api_identity       of identities and secrets
api_operations     of running things
api_storage        of storage services
api_calls          the tables read together
stage              where actors act: it collects what happens, with labels
oddities           the odd shapes that real logs hold now and then
record             one thing that happened -> one CloudTrail record
delivery           records -> log files, digest files, Insight files, labels
templates          records as templates, for a year of any size
year_plan          which of the four days' events are in which of a year's log files
people             the everyday load: engineers
services           AWS itself
functions          Lambda functions
instances          machines
pipelines          CI and CloudFormation
story              the incident, and the harmless things that look like it
"""
