//! /proc/PID/pagemap and /proc/kpageflags, as root reads them (fs/proc/task_mmu.c, fs/proc/page.c).

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::mm::page_table::{Entry, Pte};
use crate::observe::Mapcounts;
use crate::phys::frame::{FrameFlags, Owner};

/// PM_PRESENT
const PRESENT: u64 = 1 << 63;
/// PM_SWAP
const SWAP: u64 = 1 << 62;
/// PM_FILE: a file's page, or shared anonymous memory.
const FILE: u64 = 1 << 61;
/// PM_GUARD_REGION
const GUARD_REGION: u64 = 1 << 58;
/// PM_MMAP_EXCLUSIVE: no other entry maps the page.
const EXCLUSIVE: u64 = 1 << 56;

/// KPF_UPTODATE
const UPTODATE: u64 = 1 << 3;
/// KPF_DIRTY
const DIRTY: u64 = 1 << 4;
/// KPF_UNEVICTABLE
const UNEVICTABLE: u64 = 1 << 18;
/// KPF_MLOCKED
const MLOCKED: u64 = 1 << 33;
/// KPF_ANON
const ANONYMOUS: u64 = 1 << 12;
/// KPF_ZERO_PAGE
const ZERO_PAGE: u64 = 1 << 24;

impl Mapcounts<'_> {
    /// The 64 bits of pagemap for a page-table entry (`pte_to_pagemap_entry`).
    pub fn pagemap_entry(&self, entry: Entry) -> u64 {
        match Pte::from(entry) {
            Pte::None => 0,
            Pte::Guard => SWAP | GUARD_REGION,
            Pte::Swap(slot) => SWAP | u64::from(slot) << 5,
            Pte::Present(_) => {
                let frame = entry.frame();
                let kind = match self.kernel.frames.get(frame).owner {
                    Owner::Cache { .. } => FILE,
                    _ => 0,
                };
                let exclusive = if self.of(frame) == 1 { EXCLUSIVE } else { 0 };
                PRESENT | kind | exclusive | u64::from(frame.0)
            }
        }
    }
}

impl Kernel {
    /// The bits of /proc/kpageflags that are modelled: dirty, uptodate, anonymous, unevictable, mlocked,
    /// zero page.
    pub fn page_flags(&self, pfn: Pfn) -> u64 {
        let frame = self.frames.get(pfn);
        let mut bits = match frame.owner {
            Owner::Anonymous { .. } => ANONYMOUS,
            // It is the kernel's own: no page of a file, nor ever read in.
            Owner::Zero => return ZERO_PAGE,
            _ => 0,
        };
        let flags = [
            (FrameFlags::UPTODATE, UPTODATE),
            (FrameFlags::DIRTY, DIRTY),
            (FrameFlags::UNEVICTABLE, UNEVICTABLE),
            (FrameFlags::MLOCKED, MLOCKED),
        ];
        for (flag, bit) in flags {
            if frame.flags.contains(flag) {
                bits |= bit;
            }
        }
        bits
    }
}
