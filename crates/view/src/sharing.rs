//! What processes share: of each, how many of its pages lie in frames that others map, too.

use std::fmt;

use abi::Pid;

/// The pages of a process by who else maps their frames. The page of zeros does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Pages that have a frame.
    pub pages: u64,
    /// Its parent, as long as that has memory, and how many of the pages are in frames that the parent maps.
    pub parent: Option<(Pid, u64)>,
    /// Further pages in frames that somebody else maps.
    pub others: u64,
}

impl Sharing {
    /// Pages in frames that nobody else maps.
    pub fn own(&self) -> u64 {
        self.pages.saturating_sub(self.shared())
    }

    /// Pages in frames that somebody else maps.
    pub fn shared(&self) -> u64 {
        self.with_parent().saturating_add(self.others)
    }

    /// In few words: `3 of 5 shared with 100 · 2 own`.
    pub fn short(&self) -> String {
        let (pages, others, own) = (self.pages, self.others, self.own());
        match self.parent {
            Some((parent, shared)) if others > 0 => {
                format!("{shared} of {pages} with {parent} · {others} with others · {own} own")
            }
            Some((parent, shared)) => {
                format!("{shared} of {pages} shared with {parent} · {own} own")
            }
            None => format!("{others} of {pages} shared · {own} own"),
        }
    }

    /// Pages in frames that its parent maps.
    pub fn with_parent(&self) -> u64 {
        self.parent.map_or(0, |(_, pages)| pages)
    }
}

impl fmt::Display for Sharing {
    /// `shares 3 of its 5 pages with 100; 2 are its own`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pages, others) = (self.pages, self.others);
        match self.parent {
            Some((parent, shared)) => {
                write!(f, "shares {shared} of its {pages} pages with {parent}")?;
                if others > 0 {
                    write!(f, ", {others} with others")?;
                }
            }
            None => write!(f, "shares {others} of its {pages} pages")?,
        }
        match self.own() {
            0 => f.write_str("; none is its own"),
            1 => f.write_str("; 1 is its own"),
            own => write!(f, "; {own} are its own"),
        }
    }
}
