//! Plain data to draw: scenes of the kernel, transitions between them, and their sentences.
