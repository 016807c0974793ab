//! The questions that the fault handler asks, and its answers: why a fault was served as it was.

use crate::addr::{InodeId, PageIndex, Vpn};

/// A question of the fault handler, answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Field names are those of the module `addr`.
pub enum Decision {
    /// Is the PTE present? The levels that the walk found, 0 to 4.
    Present { yes: bool, levels: u8 },
    /// Does the PTE allow the write?
    PteWritable { yes: bool },
    /// Is there a VMA? Its first page, if so.
    VmaFound { vma: Option<Vpn> },
    /// Is the address in the gap that a stack may grow into?
    StackBelow { yes: bool },
    /// Does the VMA allow the access?
    Allowed { yes: bool },
    /// Is the VMA file-backed?
    FileBacked { inode: Option<InodeId> },
    /// Is the mapping private?
    Private { yes: bool },
    /// Is the frame the zero page?
    ZeroPage { yes: bool },
    /// Does nobody else use the frame? How many page tables map it.
    LastSharer { yes: bool, mappers: u32 },
    /// Is the page within the object?
    WithinObject { yes: bool, index: PageIndex },
    /// Is the page in the page cache?
    Cached { yes: bool, index: PageIndex },
}

/// The questions, in the order in which they are met: a bit each of [`DecisionPath`].
#[derive(Clone, Copy)]
#[repr(u8)]
enum Question {
    Present,
    PteWritable,
    VmaFound,
    StackBelow,
    Allowed,
    FileBacked,
    Private,
    ZeroPage,
    LastSharer,
    WithinObject,
    Cached,
}

impl Question {
    const fn answered(self, yes: bool) -> u32 {
        (1 | (yes as u32) << 16) << self as u8
    }
}

/// The decisions of a fault. It is made for every fault, and so it is small: each question is asked
/// at most once, and the answers of all that have more to say than yes or no have a place here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionPath {
    vma: Vpn,
    index: PageIndex,
    mappers: u32,
    inode: InodeId,
    /// A bit for each question that was asked, and 16 bits above it whether the answer was yes.
    answers: u32,
    levels: u8,
}

impl DecisionPath {
    /// The first decision: what the walk found of the PTE, and how many levels.
    pub fn of_walk(yes: bool, levels: u8) -> DecisionPath {
        DecisionPath {
            answers: Question::Present.answered(yes),
            levels,
            ..DecisionPath::default()
        }
    }

    /// Adds a decision.
    #[inline]
    pub fn push(&mut self, decision: Decision) {
        use Question as Q;
        let (question, yes) = match decision {
            Decision::Present { yes, levels } => {
                self.levels = levels;
                (Q::Present, yes)
            }
            Decision::PteWritable { yes } => (Q::PteWritable, yes),
            Decision::VmaFound { vma } => {
                self.vma = vma.unwrap_or_default();
                (Q::VmaFound, vma.is_some())
            }
            Decision::StackBelow { yes } => (Q::StackBelow, yes),
            Decision::Allowed { yes } => (Q::Allowed, yes),
            Decision::FileBacked { inode } => {
                self.inode = inode.unwrap_or_default();
                (Q::FileBacked, inode.is_some())
            }
            Decision::Private { yes } => (Q::Private, yes),
            Decision::ZeroPage { yes } => (Q::ZeroPage, yes),
            Decision::LastSharer { yes, mappers } => {
                self.mappers = mappers;
                (Q::LastSharer, yes)
            }
            Decision::WithinObject { yes, index } => {
                self.index = index;
                (Q::WithinObject, yes)
            }
            Decision::Cached { yes, index } => {
                self.index = index;
                (Q::Cached, yes)
            }
        };
        self.answers |= question.answered(yes);
    }

    /// The decisions in the order in which they are met: the processor asks of the PTE before the
    /// kernel looks at the VMA.
    pub fn iter(&self) -> impl Iterator<Item = Decision> {
        use Question as Q;
        let path = *self;
        let decision = move |question| {
            let yes = path.answers >> question as u8 >> 16 & 1 == 1;
            let DecisionPath {
                levels, mappers, ..
            } = path;
            let index = path.index;
            match question {
                Q::Present => Decision::Present { yes, levels },
                Q::PteWritable => Decision::PteWritable { yes },
                Q::VmaFound => Decision::VmaFound {
                    vma: yes.then_some(path.vma),
                },
                Q::StackBelow => Decision::StackBelow { yes },
                Q::Allowed => Decision::Allowed { yes },
                Q::FileBacked => Decision::FileBacked {
                    inode: yes.then_some(path.inode),
                },
                Q::Private => Decision::Private { yes },
                Q::ZeroPage => Decision::ZeroPage { yes },
                Q::LastSharer => Decision::LastSharer { yes, mappers },
                Q::WithinObject => Decision::WithinObject { yes, index },
                Q::Cached => Decision::Cached { yes, index },
            }
        };
        let questions = [
            Q::Present,
            Q::PteWritable,
            Q::VmaFound,
            Q::StackBelow,
            Q::Allowed,
            Q::FileBacked,
            Q::Private,
            Q::ZeroPage,
            Q::LastSharer,
            Q::WithinObject,
            Q::Cached,
        ];
        let asked = move |question: &Question| path.answers >> *question as u8 & 1 == 1;
        questions.into_iter().filter(asked).map(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_back_what_was_decided() {
        let index = PageIndex(7);
        let decided = [
            Decision::Present {
                yes: false,
                levels: 3,
            },
            Decision::VmaFound {
                vma: Some(Vpn(0x401)),
            },
            Decision::Allowed { yes: true },
            Decision::FileBacked {
                inode: Some(InodeId(4)),
            },
            Decision::WithinObject { yes: true, index },
            Decision::Cached { yes: false, index },
        ];
        let mut path = DecisionPath::default();
        decided.into_iter().for_each(|decision| path.push(decision));
        assert!(path.iter().eq(decided));
        path.push(Decision::PteWritable { yes: false });
        assert_eq!(
            path.iter().nth(1),
            Some(Decision::PteWritable { yes: false })
        );
    }
}
