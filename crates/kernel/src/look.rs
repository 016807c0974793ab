//! The machine as others may look at it: read-only, without any effect on TLB, accessed bits or counters.
//!
//! Viewers walk the kernel's own plain structures; this module only hands them out.

use abi::{Pid, VirtAddr};

use crate::addr::{PAGE_SIZE, PageRange, Vpn};
use crate::counters::Counters;
use crate::file::FileSystem;
use crate::kernel::Kernel;
use crate::mm::address_space::AddressSpace;
use crate::mm::page_table::Entry;
use crate::mm::table::{ENTRIES, Tables};
use crate::mm::tlb::Tlb;
use crate::mm::walk::{Leaf, Walk};
use crate::phys::frame::FrameTable;
use crate::task::table::TaskTable;

impl Kernel {
    /// Every process.
    pub fn tasks(&self) -> &TaskTable {
        &self.tasks
    }

    /// The memory of a process; none of one that has ended.
    pub fn address_space(&self, pid: Pid) -> Option<&AddressSpace> {
        Some(self.mm(self.mm_of(pid)?))
    }

    /// The nodes of all page tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// RAM.
    pub fn frames(&self) -> &FrameTable {
        &self.frames
    }

    /// The processor's cached translations.
    pub fn tlb(&self) -> &Tlb {
        &self.tlb
    }

    /// Totals since the machine was started.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Simulated time since the machine was started, in nanoseconds.
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// Files and the disk.
    pub fn files(&self) -> &FileSystem {
        &self.files
    }

    /// The way through a process's page table to a page.
    pub fn walk_to(&self, pid: Pid, page: Vpn) -> Option<Walk> {
        Some(self.walk(self.mm_of(pid)?, page))
    }

    /// The pages of a range that have a page-table entry, with it, ascending; what was never touched costs nothing.
    pub fn entries(&self, pid: Pid, range: PageRange) -> impl Iterator<Item = (Vpn, Entry)> {
        let mm = self.mm_of(pid);
        mm.into_iter()
            .flat_map(move |mm| self.entries_in(mm, range))
    }

    /// The entries of `range` by the nodes of level 1 that hold them. Many are looked at so in a tenth of the time.
    pub fn leaves(&self, pid: Pid, range: PageRange) -> impl Iterator<Item = Leaf<'_>> {
        let mut from = range.start;
        let mm = self.mm_of(pid);
        std::iter::from_fn(move || self.next_leaf(mm?, &mut from, range.end))
    }

    /// How many pages of `range` have a frame.
    pub fn count_present(&self, pid: Pid, range: PageRange) -> u64 {
        let present = |(_, table, entries): Leaf<'_>| {
            // A whole node in which nothing but frames is in use has counted them.
            match self.tables.info(table).only_frames() {
                Some(frames) if entries.len() as u64 == ENTRIES => frames,
                _ => entries.iter().filter(|entry| entry.is_present()).count() as u64,
            }
        };
        self.leaves(pid, range).map(present).sum()
    }

    /// Copies what a process has in memory at `address`, as a debugger would read it: gives how many bytes there
    /// were before the first page that has no frame.
    pub fn look_at(&self, pid: Pid, address: VirtAddr, into: &mut [u8]) -> u64 {
        let mut done = 0;
        while let Some(rest) = into
            .get_mut(done as usize..)
            .filter(|rest| !rest.is_empty())
        {
            let at = address.offset(done);
            let entry = self
                .walk_to(pid, Vpn::containing(at))
                .map_or(Entry::NONE, |walk| walk.entry);
            if !entry.is_present() {
                break;
            }
            let offset = at.0 % PAGE_SIZE;
            let length = (PAGE_SIZE - offset).min(rest.len() as u64);
            if let Some(part) = rest.get_mut(..length as usize) {
                self.frames.get(entry.frame()).contents.read(offset, part);
            }
            done += length;
        }
        done
    }
}
