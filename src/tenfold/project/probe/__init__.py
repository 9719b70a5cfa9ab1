"""The probe: runs inside the project's own interpreter and prints what the project says of itself.

Standard library and Django only; Python >= 3.8, Django >= 3.2, told apart by their features. It only
reads: no database, no network, no file is written, no program is started (see `guard`). Started by
`tenfold.project.readers.probe`, never imported by the rest of Tenfold.
"""
