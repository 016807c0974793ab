//! The system-call vocabulary of Linux on x86-64, by its C names.
