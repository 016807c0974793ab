//! The model against a real Linux, operation by operation.
