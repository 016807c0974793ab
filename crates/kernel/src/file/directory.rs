//! Names: which absolute path is which inode, and how a path of a program is read (fs/namei.c).
//!
//! There are no symbolic links and no calls that make directories; those of a machine's start and of
//! files that were added exist. Relative paths start at `/lab`.

use std::rc::Rc;

use abi::Errno;

use crate::addr::InodeId;
use crate::outcome::{Failure, Reason};
use crate::persistent::unshared;
use crate::sorted_map::SortedMap;

/// The working directory of every process.
pub const WORKING_DIRECTORY: &str = "/lab";
/// The longest path, its terminating NUL included (PATH_MAX).
pub const PATH_MAX: u64 = 4096;
/// The longest name within a path (NAME_MAX).
const NAME_MAX: usize = 255;

/// All names, by absolute path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Directory {
    names: Rc<SortedMap<Rc<str>, InodeId>>,
}

impl Directory {
    /// The inode under an absolute path as [`absolute`] gives it.
    pub fn get(&self, path: &str) -> Option<InodeId> {
        self.names.get(path).copied()
    }

    /// Names an inode; gives the one that had the name.
    pub fn insert(&mut self, path: &str, inode: InodeId) -> Option<InodeId> {
        unshared(&mut self.names).insert(Rc::from(path), inode)
    }

    /// Takes a name away; gives what it named.
    pub fn remove(&mut self, path: &str) -> Option<InodeId> {
        unshared(&mut self.names).remove(path)
    }

    /// Every name, in order, with its inode.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, InodeId)> {
        self.names.iter().map(|(path, inode)| (path, *inode))
    }

    /// The names of this inode.
    pub fn paths_of(&self, inode: InodeId) -> impl Iterator<Item = &Rc<str>> {
        self.iter()
            .filter(move |(_, id)| *id == inode)
            .map(|(path, _)| path)
    }
}

/// The absolute path that a program's path means, without `.`, `..` and double slashes.
/// Fails with ENOENT where it is empty, ENAMETOOLONG where a part is.
pub fn absolute(path: &str) -> Result<String, Failure> {
    if path.is_empty() {
        return Err(Failure::new(Errno::ENOENT, Reason::NoSuchFile));
    }
    let start = if path.starts_with('/') {
        ""
    } else {
        WORKING_DIRECTORY
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name if name.len() > NAME_MAX => {
                return Err(Failure::new(Errno::ENAMETOOLONG, Reason::BadArgument));
            }
            name => parts.push(name),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

/// The directory that an absolute path lies in.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_linux_does() {
        let cases = [
            ("a.txt", "/lab/a.txt"),
            (".", "/lab"),
            ("./x/../y", "/lab/y"),
            ("/tmp//z/", "/tmp/z"),
            ("../..", "/"),
        ];
        for (path, expected) in cases {
            assert_eq!(absolute(path).as_deref(), Ok(expected));
        }
        assert_eq!(
            (parent("/a"), parent("/a/b"), base_name("/a/b")),
            ("/", "/a", "b")
        );
        assert!(absolute("").is_err() && absolute(&"n".repeat(256)).is_err());
    }
}
