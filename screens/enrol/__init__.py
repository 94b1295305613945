"""The enrolment terminal's screens: one for each step of the way, for users who are not operators."""
