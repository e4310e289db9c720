"""The team: records, revisions, comments, sign-off and export of a decision."""
