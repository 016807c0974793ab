//! Pages that wait for their place on the LRU lists, in batches: new ones and those that become
//! active (`struct cpu_fbatches`, mm/swap.c), and those that a VMA locks or unlocks (`struct
//! mlock_fbatch`, mm/mlock.c).
//!
//! A batch is handled when it is full; all are where Linux empties them, and at the end of each system
//! call and fault, after which it does so when it likes.

use crate::addr::Pfn;
use crate::kernel::Kernel;
use crate::phys::frame::{FrameFlags, FrameTable};

/// Pages in a batch, at the most (`PAGEVEC_SIZE`).
const BATCH: usize = 31;

/// The batches. A page that was freed keeps its place as none.
#[derive(Clone, Debug, Default)]
pub(crate) struct LruBatches {
    /// New pages, on no list yet (`lru_add`).
    added: Vec<Option<Pfn>>,
    /// They become active (`lru_activate`).
    activated: Vec<Option<Pfn>>,
    /// They are locked or unlocked, in this order.
    locks: Vec<(Option<Pfn>, Lock)>,
}

/// What a VMA that maps a page did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// It locks the page.
    Mlock,
    /// It does so no more, or maps it no more.
    Munlock,
}

impl LruBatches {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.activated.is_empty() && self.locks.is_empty()
    }

    /// Whether the page is new, and on no list yet.
    pub fn is_new(&self, pfn: Pfn) -> bool {
        self.added.contains(&Some(pfn))
    }

    /// A page that is freed waits no more.
    pub fn forget(&mut self, pfn: Pfn) {
        let locks = self.locks.iter_mut().map(|(waiting, _)| waiting);
        let new = self.added.iter_mut().chain(&mut self.activated);
        for waiting in new.chain(locks).filter(|waiting| **waiting == Some(pfn)) {
            *waiting = None;
        }
    }

    /// A new page is to go on a list (`folio_add_lru`).
    #[inline]
    pub fn add(&mut self, frames: &mut FrameTable, pfn: Pfn) {
        self.added.push(Some(pfn));
        if self.added.len() == BATCH {
            self.handle_added(frames);
        }
    }

    /// A page is to become active (`folio_activate`).
    pub fn activate(&mut self, frames: &mut FrameTable, pfn: Pfn) {
        self.activated.push(Some(pfn));
        if self.activated.len() == BATCH {
            self.handle_activated(frames);
        }
    }

    /// A locked VMA maps the page (`mlock_folio`; of a new page, in place of [`LruBatches::add`],
    /// `mlock_new_folio`).
    pub fn mlock(&mut self, frames: &mut FrameTable, pfn: Pfn) {
        frames.get_mut(pfn).flags |= FrameFlags::MLOCKED;
        self.change_lock(frames, pfn, Lock::Mlock);
    }

    /// A VMA that was locked maps the page (`munlock_folio`). It counts as locked until the batch is
    /// handled, which sees whether other VMAs lock it.
    pub fn munlock(&mut self, frames: &mut FrameTable, pfn: Pfn) {
        self.change_lock(frames, pfn, Lock::Munlock);
    }

    fn change_lock(&mut self, frames: &mut FrameTable, pfn: Pfn, lock: Lock) {
        self.locks.push((Some(pfn), lock));
        if self.locks.len() == BATCH {
            self.handle_locks(frames);
        }
    }

    /// Handles all batches (`lru_add_drain`).
    fn handle(&mut self, frames: &mut FrameTable) {
        self.handle_added(frames);
        self.handle_activated(frames);
        self.handle_locks(frames);
    }

    /// What is locked already is not counted as such (`lru_add`).
    fn handle_added(&mut self, frames: &mut FrameTable) {
        for &pfn in self.added.iter().flatten() {
            if frames.get(pfn).flags.contains(FrameFlags::MLOCKED) {
                let flags = &mut frames.get_mut(pfn).flags;
                *flags -= FrameFlags::ACTIVE;
                *flags |= FrameFlags::UNEVICTABLE;
            }
        }
        self.added.clear();
    }

    fn handle_activated(&mut self, frames: &mut FrameTable) {
        for &pfn in self.activated.iter().flatten() {
            let flags = &mut frames.get_mut(pfn).flags;
            if !flags.contains(FrameFlags::UNEVICTABLE) {
                *flags |= FrameFlags::ACTIVE;
            }
        }
        self.activated.clear();
    }

    fn handle_locks(&mut self, frames: &mut FrameTable) {
        for &(pfn, lock) in &self.locks {
            let Some(pfn) = pfn else { continue };
            let frame = frames.get_mut(pfn);
            match lock {
                // What is on no list is not counted, and what was unlocked meanwhile stays so (`__mlock_folio`).
                Lock::Mlock => {
                    if frame.flags.contains(FrameFlags::MLOCKED) && !self.is_new(pfn) {
                        frame.flags -= FrameFlags::ACTIVE;
                        frame.flags |= FrameFlags::UNEVICTABLE;
                        frame.mlock_count = frame.mlock_count.saturating_add(1);
                    }
                }
                // Where none was counted, this is taken for the last (`__munlock_folio`).
                Lock::Munlock => {
                    frame.mlock_count = frame.mlock_count.saturating_sub(1);
                    if frame.mlock_count == 0 {
                        frame.flags -= FrameFlags::MLOCKED | FrameFlags::UNEVICTABLE;
                    }
                }
            }
        }
        self.locks.clear();
    }
}

impl Kernel {
    /// Gives the pages that wait their place on the LRU lists (`lru_add_drain`).
    #[inline]
    pub(crate) fn drain_lru(&mut self) {
        if !self.lru.is_empty() {
            self.lru.handle(&mut self.frames);
        }
    }
}
