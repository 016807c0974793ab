//! What the console shows: what was typed, answered and printed, up to a position.

use std::rc::Rc;

use abi::Pid;

use crate::problem::Problem;

/// One thing that the console shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Somebody gave a statement to a process.
    Typed {
        /// Whose.
        pid: Pid,
        /// The statement.
        text: Rc<str>,
    },
    /// The value of a statement: `= 'A'`.
    Answer {
        /// Whose.
        pid: Pid,
        /// The value as C spells it.
        text: Rc<str>,
    },
    /// Bytes reached the terminal.
    Output {
        /// Whose.
        pid: Pid,
        /// 1, or 2 for errors.
        fd: i32,
        /// The bytes, as text.
        text: Rc<str>,
    },
    /// Something that C leaves undefined was done, or the lab could not go on.
    Warning {
        /// Whose.
        pid: Pid,
        /// What and where.
        problem: Problem,
    },
    /// A process ended.
    Ended {
        /// Which.
        pid: Pid,
        /// In words: `exited with 0`, `killed by SIGSEGV`.
        status: Rc<str>,
    },
    /// A file was added.
    File {
        /// Its name.
        name: Rc<str>,
        /// Its size in bytes.
        size: u64,
    },
}

/// So many entries share one allocation.
const CHUNK: usize = 64;

/// All of it. Clones share all but the last few entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    chunks: Vec<Rc<Vec<Entry>>>,
}

impl Transcript {
    /// Adds an entry; output of a process joins what it printed just before.
    pub fn push(&mut self, entry: Entry) {
        if let Entry::Output { pid, fd, text } = &entry
            && let Some(last) = self.chunks.last_mut()
            && let Some(Entry::Output {
                pid: before,
                fd: same,
                text: old,
            }) = Rc::make_mut(last).last_mut()
            && (*before, *same) == (*pid, *fd)
            && !old.ends_with('\n')
        {
            *old = format!("{old}{text}").into();
            return;
        }
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => Rc::make_mut(chunk).push(entry),
            _ => self.chunks.push(Rc::new(vec![entry])),
        }
    }

    /// Every entry, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_in_pieces_is_one_line() {
        let mut transcript = Transcript::default();
        let output = |text: &str| Entry::Output {
            pid: Pid(1),
            fd: 1,
            text: text.into(),
        };
        for piece in ["a", "b\n", "c"] {
            transcript.push(output(piece));
        }
        let before = transcript.clone();
        transcript.push(output("d"));
        assert_eq!(
            transcript.iter().cloned().collect::<Vec<_>>(),
            [output("ab\n"), output("cd")]
        );
        assert_eq!(before.iter().next_back(), Some(&output("c")));
    }
}
