"""
The same work on the frameworks that a user would pick instead, each in its own idiom.

They know nothing of `enrichment`: they run in an environment of their own
(requirements.txt), and what they need to know is in `work`.
"""
