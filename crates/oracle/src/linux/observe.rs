//! What can be read of the agents' memory, as observations: /proc/PID/pagemap, smaps, kpageflags, mincore(2).

use super::control::{Entry, scratch_address};
use super::machine::{DATA_AT, Linux};
use super::process::{Process, read_words};
use crate::machine::{COMPARED_START, MINCORE_PAGES, ranges};
use crate::observation::{
    Detail, FRAME_BITS, FrameClasses, PAGEMAP_BITS, PageView, ProcessView, mask,
};
use crate::operation;
use crate::smaps;

impl Linux {
    pub(super) fn view(
        &mut self,
        index: usize,
        detail: Detail,
        classes: &mut FrameClasses,
    ) -> ProcessView {
        let vmas = match detail {
            Detail::Cheap => Vec::new(),
            Detail::Full => self.vmas(index),
        };
        let process = &self.processes[index];
        let mut pages = Vec::new();
        for (first, count) in ranges(&vmas) {
            let mut entries = [0; 256];
            let entries = &mut entries[..count as usize];
            process.pagemap(first, entries);
            for (page, entry) in (first..).zip(&*entries) {
                if entry & mask(PAGEMAP_BITS) != 0 {
                    pages.push(self.page(page, *entry, detail, classes));
                }
            }
        }
        ProcessView {
            process: operation::Process(index as u8),
            minor_faults: process.faults.0 - process.faults_before.0,
            major_faults: process.faults.1 - process.faults_before.1,
            pages,
            vmas,
        }
    }

    /// The process that can be asked about this one's memory: itself, or the child of vfork that uses
    /// it, or that one's.
    fn runs_in(&self, index: usize) -> usize {
        let borrower = |p: &Process| p.alive && p.holds_parent && p.parent == Some(index as u8);
        match self.processes.iter().position(borrower) {
            Some(child) => self.runs_in(child),
            None => index,
        }
    }

    fn page(&self, page: u64, entry: u64, detail: Detail, classes: &mut FrameClasses) -> PageView {
        let frame = entry & ((1 << 55) - 1);
        let mapped = entry >> 63 != 0;
        let mut flags = [0];
        if detail == Detail::Full && mapped {
            read_words(&self.frame_flags, frame, &mut flags);
        }
        PageView {
            page,
            bits: entry & mask(PAGEMAP_BITS),
            frame: if mapped { classes.class(frame) } else { 0 },
            flags: flags[0] & mask(FRAME_BITS),
        }
    }

    fn vmas(&mut self, index: usize) -> Vec<smaps::VmaView> {
        self.text.clear();
        self.processes[index].smaps(&mut self.chunk, &mut self.text);
        let mut vmas = smaps::parse(&String::from_utf8_lossy(&self.text), COMPARED_START);
        let prefix = self.shared_memory_prefix();
        for vma in &mut vmas {
            if let Some(name) = vma.name.strip_prefix(&prefix) {
                vma.name = name.to_string();
            }
        }
        let asked = self.runs_in(index);
        let slot = self.processes[asked].slot;
        let most = MINCORE_PAGES;
        for some in vmas.chunks_mut(32) {
            let pages = |vma: &smaps::VmaView| ((vma.end - vma.start) >> 12).min(most);
            let entries: Vec<Entry> = some
                .iter()
                .zip((scratch_address(slot) + DATA_AT..).step_by(most as usize))
                .map(|(vma, to)| Entry::call(libc::SYS_mincore, &[vma.start, pages(vma) << 12, to]))
                .collect();
            if self.run(asked, &entries).is_none() {
                break;
            }
            for (vma, at) in some.iter_mut().zip((DATA_AT..).step_by(most as usize)) {
                vma.mincore = vec![0; pages(vma) as usize];
                self.control.read(slot, at, &mut vma.mincore);
            }
        }
        vmas
    }
}
