//! Files under /proc/PID: texts (fs/seq_file.c), of which one read gives whole records, up to a page;
//! and pagemap (`pagemap_read` of fs/proc/task_mmu.c).

use crate::addr::{PAGE_SIZE, PageRange, TASK_SIZE, Vpn};
use crate::file::inode::{ProcFile, ProcText};
use crate::file::transfer::INVALID;
use crate::kernel::Kernel;
use crate::outcome::Failure;

/// An entry of pagemap.
const ENTRY_BYTES: u64 = 8;
/// What one read of pagemap gives at the most, in bytes: the entries of 8 GiB.
const MOST_OF_PAGEMAP: u64 = 16 << 20;

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
    /// What one read of a file under /proc gives.
    ///
    /// # Errors
    /// EINVAL for a part of an entry of pagemap.
    pub(crate) fn read_proc(
        &self,
        file: ProcFile,
        position: u64,
        count: u64,
    ) -> Result<Vec<u8>, Failure> {
        if file.text != ProcText::Pagemap {
            return Ok(self.proc_text(file).read(position, count).to_vec());
        }
        if !position.is_multiple_of(ENTRY_BYTES) || !count.is_multiple_of(ENTRY_BYTES) {
            return Err(INVALID);
        }
        let end = Vpn(TASK_SIZE / PAGE_SIZE);
        let start = Vpn(position / ENTRY_BYTES).min(end);
        let pages = (count.min(MOST_OF_PAGEMAP) / ENTRY_BYTES).min(end.0 - start.0);
        let mut bytes = vec![0; (pages * ENTRY_BYTES) as usize];
        let mapcounts = self.mapcounts();
        for (page, entry) in self.entries(file.pid, PageRange::new(start, start.plus(pages))) {
            let at = ((page.0 - start.0) * ENTRY_BYTES) as usize;
            if let Some(place) = bytes.get_mut(at..at + ENTRY_BYTES as usize) {
                place.copy_from_slice(&mapcounts.pagemap_entry(entry).to_le_bytes());
            }
        }
        Ok(bytes)
    }

    /// The text of a file under /proc, as it is now.
    pub(crate) fn proc_text(&self, file: ProcFile) -> Records {
        let mut records = Records::default();
        let text = match file.text {
            ProcText::Maps => self.maps_text(file.pid),
            ProcText::Smaps => self.smaps_text(file.pid),
            ProcText::Status => self.status_text(file.pid),
            ProcText::Statm => self.statm_text(file.pid),
            ProcText::Pagemap => String::new(),
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
