//! The programs that the page brings along.

use session::{LabFile, Preset};

/// A program and where to stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub source: &'static str,
    /// How many statements have run when it is opened.
    pub statements: u32,
    /// The machine that it runs on.
    pub preset: Preset,
}

/// All; the first is the one that a page opens with.
pub const EXAMPLES: [Example; 6] = [
    Example {
        name: "A mapped file",
        source: include_str!("../examples/mapped-file.c"),
        statements: 4,
        preset: Preset::Classroom,
    },
    Example {
        name: "Copy-on-write after fork",
        source: include_str!("../examples/copy-on-write.c"),
        statements: 0,
        preset: Preset::Classroom,
    },
    Example {
        name: "Shared and private",
        source: include_str!("../examples/shared-and-private.c"),
        statements: 0,
        preset: Preset::Classroom,
    },
    Example {
        name: "read() and a mapping",
        source: include_str!("../examples/read-and-map.c"),
        statements: 0,
        preset: Preset::Classroom,
    },
    Example {
        name: "Past the end of a file",
        source: include_str!("../examples/past-the-end.c"),
        statements: 0,
        preset: Preset::Classroom,
    },
    Example {
        name: "A million frames",
        source: include_str!("../examples/million-frames.c"),
        statements: 0,
        preset: Preset::Linux,
    },
];

/// The name of a program: its example's, as long as nothing of it was edited.
pub fn name_of(source: &str) -> &'static str {
    let example = EXAMPLES.iter().find(|example| example.source == source);
    example.map_or("Your program", |example| example.name)
}

/// The file that every example finds on the disk: two pages of text.
pub fn data_file() -> LabFile {
    let alphabet = b"abcdefghijklmnopqrstuvwxyz0123456789\n";
    let bytes: Vec<u8> = alphabet.iter().copied().cycle().take(8192).collect();
    LabFile::new("data", &bytes)
}
