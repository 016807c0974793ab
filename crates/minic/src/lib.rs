//! The C of the lab: source text to one kernel command at a time.
