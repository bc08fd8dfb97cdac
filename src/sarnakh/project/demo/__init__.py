"""A base to look at: the food distributor «نوین‌پخش», who works there, and two months of its leads.

`base` makes what an admin would set up; `history` lets the leads arrive and be worked on through the same addresses
that sites, programs and people use; `stories` is who they are. All invented; phone numbers have the 000 of no one.
"""
