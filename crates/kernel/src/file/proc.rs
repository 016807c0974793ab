//! Texts under /proc/PID, read as files (fs/seq_file.c): whole records, up to a page in one read.

use crate::addr::PAGE_SIZE;
use crate::file::inode::{ProcFile, ProcText};
use crate::kernel::Kernel;

/// A text made of records, which one read does not cut where it can help it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Records {
    text: String,
    /// Where each record ends, in bytes, ascending.
    ends: Vec<u64>,
}

impl Records {
    /// Adds a record.
    pub fn push(&mut self, record: &str) {
        self.text.push_str(record);
        self.ends.push(self.text.len() as u64);
    }

    /// What one read of at most `count` bytes gives at `position`.
    pub fn read(&self, position: u64, count: u64) -> &[u8] {
        // The first record goes out even where it is larger than the buffer.
        let first = self.ends.iter().find(|end| **end > position);
        let Some(first) = first.copied() else {
            return &[];
        };
        let fits = |end: &&u64| end.saturating_sub(position) < PAGE_SIZE;
        let end = self.ends.iter().take_while(fits).last();
        let end = end.copied().unwrap_or(first).max(first);
        let end = end.min(position.saturating_add(count));
        let range = position as usize..end as usize;
        self.text.as_bytes().get(range).unwrap_or(&[])
    }
}

impl Kernel {
    /// The text of a file under /proc, as it is now.
    pub(crate) fn proc_text(&self, file: ProcFile) -> Records {
        let mut records = Records::default();
        let text = match file.text {
            ProcText::Maps => self.maps_text(file.pid),
            ProcText::Smaps => self.smaps_text(file.pid),
        };
        let mut record = String::new();
        for line in text.split_inclusive('\n') {
            if is_header(line) && !record.is_empty() {
                records.push(&std::mem::take(&mut record));
            }
            record.push_str(line);
        }
        records.push(&record);
        records
    }
}

/// Whether a line begins with a mapping's address range, as each in maps does.
fn is_header(line: &str) -> bool {
    let start = line.split('-').next().unwrap_or("");
    start.len() >= 8 && start.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_ends_with_a_record() {
        let mut records = Records::default();
        for _ in 0..100 {
            records.push(&format!("{:99}\n", "x"));
        }
        assert_eq!(records.read(0, 65536).len(), 4000);
        assert_eq!(records.read(4000, 50).len(), 50);
        assert_eq!(records.read(9950, 65536).len(), 50);
        assert!(records.read(10_000, 1).is_empty());
    }
}
