//! Splitting and merging VMAs (mm/vma.c): `vma_merge_new_range`, `vma_modify`, `split_vma`.

use abi::Errno;

use crate::addr::{MmId, PageIndex, PageRange, Vpn};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};
use crate::mutant::Mutant;
use crate::outcome::{Failure, Reason};

/// Which neighbours a range can become one with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Neighbours {
    left: bool,
    right: bool,
}

impl Vma {
    /// Whether the page offsets of the two run on, `high` beginning where `self` ends.
    fn runs_on_to(&self, high: &Vma) -> bool {
        self.range.end == high.range.start && self.index_of(self.range.end) == high.page_offset
    }

    /// Whether the two are mapped alike (`is_mergeable_vma`).
    fn is_alike(&self, other: &Vma) -> bool {
        (self.flags ^ other.flags) - VmFlags::STICKY == VmFlags::empty()
            && self.sharing == other.sharing
            && self.backing == other.backing
    }

    /// Whether fork gave it pages that have not been copied since (`vma_had_uncowed_parents`).
    fn is_fork_child(&self) -> bool {
        self.anon_vma.is_some() && self.anon_vma_chain.len() > 1
    }

    /// Whether `new`'s pages may join those of this VMA (`is_mergeable_anon_vma`). What extends a VMA
    /// that is there (mremap in place) is not asked where its pages come from.
    fn takes_pages_of(&self, new: &Vma, extends: bool) -> bool {
        match (self.anon_vma, new.anon_vma) {
            (None, Some(_)) => extends || !new.is_fork_child(),
            (Some(_), None) => !self.is_fork_child(),
            (own, other) => own == other,
        }
    }
}

impl Kernel {
    /// The neighbours that `new`, which is in no map or is about to change into this, can join.
    fn mergeable(
        &self,
        mm: MmId,
        new: &Vma,
        (try_left, try_right): (bool, bool),
        extends: bool,
    ) -> Neighbours {
        if new.flags.intersects(VmFlags::SPECIAL) {
            return Neighbours::default();
        }
        let vmas = &self.mm(mm).vmas;
        let any = self.errs(Mutant::SkipAnonVmaInMerge);
        let joins = |low: &Vma, high: &Vma| low.runs_on_to(high) && low.is_alike(high);
        let left = try_left.then(|| vmas.starting_before(new.range.start.0));
        let left = left
            .flatten()
            .filter(|left| joins(left, new) && (any || left.takes_pages_of(new, extends)));
        let right = try_right.then(|| vmas.at(new.range.end.0)).flatten();
        let right = right.filter(|right| {
            // Both sides may go with the middle, and yet not with each other.
            let agree = left.is_none_or(|left| {
                any || left.anon_vma.is_none()
                    || right.anon_vma.is_none()
                    || left.anon_vma == right.anon_vma
            });
            joins(new, right) && (any || right.takes_pages_of(new, extends)) && agree
        });
        Neighbours {
            left: left.is_some(),
            right: right.is_some(),
        }
    }

    /// Adds a VMA where there is none, joined to its neighbours where that can be
    /// (`vma_merge_new_range`). Its pages are counted, its file held and its `anon_vma`s linked by
    /// the caller; gives the VMA's range after it all.
    pub(crate) fn add_vma(&mut self, mm: MmId, vma: Vma) -> PageRange {
        self.add_vma_beside(mm, vma, true, true)
    }

    /// As [`Kernel::add_vma`], for what extends the VMA below it (`vma_merge_extend`).
    pub(crate) fn add_extension(&mut self, mm: MmId, vma: Vma) -> PageRange {
        let neighbours = self.mergeable(mm, &vma, (true, true), true);
        let range = vma.range;
        self.insert_vma(mm, vma);
        self.join(mm, range, neighbours)
    }

    /// As [`Kernel::add_vma`], joined only to the neighbours on the sides that are said.
    pub(crate) fn add_vma_beside(
        &mut self,
        mm: MmId,
        vma: Vma,
        left: bool,
        right: bool,
    ) -> PageRange {
        let neighbours = self.mergeable(mm, &vma, (left, right), false);
        let range = vma.range;
        self.insert_vma(mm, vma);
        self.join(mm, range, neighbours)
    }

    /// Gives `range`, which lies within one VMA, other flags; splits and joins VMAs as needed
    /// (`vma_modify_flags`). Gives the range of the VMA that holds it then.
    pub(crate) fn modify_vma(
        &mut self,
        mm: MmId,
        range: PageRange,
        flags: VmFlags,
    ) -> Result<PageRange, Failure> {
        let Some(vma) = self.mm(mm).vma_at(range.start) else {
            return Err(Failure::new(Errno::ENOMEM, Reason::Unmapped));
        };
        let at_start = range.start == vma.range.start;
        let at_end = range.end == vma.range.end;
        let mut neighbours = Neighbours::default();
        if at_start || at_end {
            let changed = Vma {
                range,
                flags,
                page_offset: vma.index_of(range.start),
                ..vma.clone()
            };
            neighbours = self.mergeable(mm, &changed, (at_start, at_end), false);
        }
        let free = neighbours != Neighbours::default();
        if !at_start {
            self.split_vma(mm, range.start, free)?;
        }
        if !at_end {
            self.split_vma(mm, range.end, free)?;
        }
        self.set_vma_flags(mm, range.start, flags);
        Ok(self.join(mm, range, neighbours))
    }

    /// Changes the flags of a whole VMA, and counts its pages anew.
    pub(crate) fn set_vma_flags(&mut self, mm: MmId, start: Vpn, flags: VmFlags) {
        let space = self.mm_mut(mm);
        let Some(vma) = space.vmas.at_mut(start.0) else {
            return;
        };
        let pages = vma.range.pages();
        space.size.subtract(vma, pages);
        vma.flags = flags;
        space.size.add(vma, pages);
        let (pid, range) = (space.owner, vma.range);
        self.emit(|| Event::VmaChanged { pid, range });
    }

    /// Splits the VMA that has `at` within it (`split_vma`); `over_limit` where the count of VMAs
    /// will not stay above its limit.
    pub(crate) fn split_vma(&mut self, mm: MmId, at: Vpn, over_limit: bool) -> Result<(), Failure> {
        let most = u64::from(self.config.max_map_count);
        let space = self.mm_mut(mm);
        if !over_limit && space.vmas.len() >= most {
            return Err(Failure::new(Errno::ENOMEM, Reason::TooManyMappings));
        }
        let Some(low) = space.vmas.covering_mut(at.0) else {
            return Ok(());
        };
        if !low.splits_at(at) {
            return Err(Failure::new(Errno::EINVAL, Reason::WrongKind));
        }
        let mut high = low.clone();
        high.page_offset = low.index_of(at);
        high.range.start = at;
        low.range.end = at;
        let pid = space.owner;
        self.link_anon_vmas(&high);
        self.hold_file_of(&high);
        self.mm_mut(mm).vmas.insert(high);
        self.emit(|| Event::VmaSplit { pid, at });
        Ok(())
    }

    /// Joins a VMA with neighbours that were found mergeable.
    fn join(&mut self, mm: MmId, range: PageRange, neighbours: Neighbours) -> PageRange {
        let mut range = range;
        if neighbours.right {
            range = self.join_two(mm, range.start, range.end);
        }
        if neighbours.left
            && let Some(left) = self.mm(mm).vmas.starting_before(range.start.0)
        {
            let start = left.range.start;
            range = self.join_two(mm, start, range.start);
        }
        if neighbours != Neighbours::default() {
            let pid = self.mm(mm).owner;
            self.emit(|| Event::VmaMerged { pid, range });
        }
        range
    }

    /// Makes the VMAs that start at `low` and `high` one.
    fn join_two(&mut self, mm: MmId, low: Vpn, high: Vpn) -> PageRange {
        let space = self.mms.get_mut(mm.0);
        let removed = space.vmas.remove(high.0);
        let (Some(vma), Some(removed)) = (space.vmas.at_mut(low.0), removed) else {
            return PageRange::new(low, high);
        };
        vma.range.end = removed.range.end;
        vma.flags |= removed.flags & VmFlags::STICKY;
        let range = vma.range;
        if vma.anon_vma.is_none() && removed.anon_vma.is_some() {
            // Its links pass over to the joined VMA.
            vma.anon_vma = removed.anon_vma;
            vma.anon_vma_chain = removed.anon_vma_chain.clone();
        } else {
            self.unlink_anon_vmas(&removed);
        }
        self.release_file_of(&removed);
        range
    }

    /// Makes a VMA begin or end elsewhere, its pages counted; it must overlap no other then.
    pub(crate) fn resize_vma(&mut self, mm: MmId, start: Vpn, range: PageRange) {
        let space = self.mm_mut(mm);
        let Some(mut vma) = space.vmas.remove(start.0) else {
            return;
        };
        space.size.subtract(&vma, vma.range.pages());
        vma.page_offset = PageIndex(
            vma.page_offset
                .0
                .wrapping_add(range.start.0)
                .wrapping_sub(vma.range.start.0),
        );
        vma.range = range;
        space.size.add(&vma, range.pages());
        space.vmas.insert(vma);
        let pid = space.owner;
        self.emit(|| Event::VmaChanged { pid, range });
    }

    /// A VMA more holds its file.
    pub(crate) fn hold_file_of(&mut self, vma: &Vma) {
        if let Some(file) = vma.file() {
            self.files.hold(file);
        }
    }

    /// A VMA that held its file is gone.
    pub(crate) fn release_file_of(&mut self, vma: &Vma) {
        if let Some(file) = vma.file() {
            self.release_open_file(file);
        }
    }
}
