//! A deterministic model of Linux memory management.
