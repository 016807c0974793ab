//! The names of the lab's C, for completion.

use minic::headers::LibraryFunction;

/// Constants that are typed often, and what takes them.
const CONSTANTS: &[(&str, &[&str])] = &[
    (
        "mmap: protection",
        &["PROT_NONE", "PROT_READ", "PROT_WRITE", "PROT_EXEC"],
    ),
    (
        "mmap: flag",
        &[
            "MAP_SHARED",
            "MAP_PRIVATE",
            "MAP_ANONYMOUS",
            "MAP_FIXED",
            "MAP_FIXED_NOREPLACE",
            "MAP_POPULATE",
        ],
    ),
    (
        "open: flag",
        &["O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"],
    ),
    ("msync: flag", &["MS_SYNC", "MS_ASYNC", "MS_INVALIDATE"]),
    (
        "madvise: advice",
        &["MADV_DONTNEED", "MADV_WILLNEED", "MADV_FREE"],
    ),
    ("lseek: whence", &["SEEK_SET", "SEEK_CUR", "SEEK_END"]),
    ("signal", &["SIGSEGV", "SIGBUS", "SIGKILL", "SIGCHLD"]),
];

/// Functions and constants, and what each is.
pub fn library() -> impl Iterator<Item = (String, String)> {
    let functions = LibraryFunction::ALL.iter();
    let functions = functions.map(|function| (function.name().to_owned(), "function".to_owned()));
    let constants = CONSTANTS.iter().flat_map(|(what, names)| {
        let named = move |name: &&str| ((*name).to_owned(), (*what).to_owned());
        names.iter().map(named)
    });
    functions.chain(constants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_manual_are_known() {
        let names: Vec<String> = library().map(|(name, _)| name).collect();
        for name in ["mmap", "munmap", "printf", "MAP_PRIVATE", "O_RDWR"] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
