"""The synthetic company whose CloudTrail logs the workshop explores, one module for each part of it.

dice        chance that falls the same way on every platform and Python
company     the cast: people, roles, machines, addresses, names of things
callers     who makes a call: the userIdentity element, the source address, the user agent
calls       what an API call looks like in a record; the tables api_*.py hold the calls themselves
stage       where actors act: it collects what happens, with labels
catalogue   the tables read together
people, pipelines, instances, functions, services
            the everyday load: engineers, CI and CloudFormation, machines, Lambda functions, AWS itself
story       the incident, and the harmless things that look like it
records     one thing that happened -> one CloudTrail record; oddities: a few of them in odd shapes
delivery    records -> log files, digest files, Insight files, labels
"""
