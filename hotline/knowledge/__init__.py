"""The book of questions and answers (常見業務問答集) that agents read from: entries with their history, the
monthly review, and entries that the call centre asks an agency for (P4.1.1, P4.4, P4.5).

Knows whose an entry is and when somebody must look at it or reply; what a caller hears never enters.
"""
