//! Splitting and merging VMAs (mm/vma.c): `vma_merge_new_range`, `vma_modify`, `split_vma`.

use abi::Errno;

use crate::addr::{MmId, PageIndex, PageRange, Vpn};
use crate::event::Event;
use crate::interval_map::{IntervalMap, Place};
use crate::kernel::Kernel;
use crate::mm::rmap::AnonVmas;
use crate::mm::vma::{VmFlags, Vma};
use crate::mutant::Mutant;
use crate::outcome::{Failure, Reason};

/// What is to become one with its neighbours (`struct vma_merge_struct`).
struct Candidate<'a> {
    anon_vmas: &'a AnonVmas,
    /// The VMA that is added, or of which it is a part.
    vma: &'a Vma,
    range: PageRange,
    /// Its flags from now on.
    flags: VmFlags,
    /// Where the VMA is, or is to be put in.
    place: Place,
    /// Where the next one is.
    above: Option<Place>,
    /// Whether it may join its neighbours below and above it.
    sides: (bool, bool),
    /// Whether it extends the VMA below it (`vma_merge_extend`), and is not asked where its pages come from.
    extends: bool,
}

/// Which neighbours a candidate can become one with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Neighbours {
    left: bool,
    right: bool,
}

impl Candidate<'_> {
    /// Whether the candidate could be a part of `other`, which is mapped in the same way, and counts its pages
    /// from where it would count them (`is_mergeable_vma`).
    fn is_like(&self, other: &Vma) -> bool {
        (self.flags ^ other.flags) - VmFlags::STICKY == VmFlags::empty()
            && other.index_of(self.range.start) == self.vma.index_of(self.range.start)
            && self.vma.sharing == other.sharing
            && self.vma.backing == other.backing
    }

    /// Whether its pages may join those of `other` (`is_mergeable_anon_vma`).
    fn may_give_pages_to(&self, other: &Vma) -> bool {
        match (other.anon_vma, self.vma.anon_vma) {
            (None, Some(_)) => self.extends || !self.anon_vmas.is_fork_child(self.vma),
            (Some(_), None) => !self.anon_vmas.is_fork_child(other),
            (theirs, own) => theirs == own,
        }
    }

    /// The neighbours in `vmas` that it can join; `any` where `anon_vma`s are not looked at, which is a mistake.
    fn mergeable(&self, vmas: &IntervalMap<Vma>, any: bool) -> Neighbours {
        if self.flags.intersects(VmFlags::SPECIAL) {
            return Neighbours::default();
        }
        let joins = |other: &Vma| self.is_like(other) && (any || self.may_give_pages_to(other));
        let mut left = None;
        if self.sides.0
            && let Some(below) = vmas.before(self.place).and_then(|below| vmas.get(below))
            && below.range.end == self.range.start
            && joins(below)
        {
            left = Some(below);
        }
        // Both sides may go with the middle, and yet not with each other.
        let agree = |above: &Vma| {
            let of_left = left.and_then(|left| left.anon_vma);
            any || of_left.is_none() || above.anon_vma.is_none() || of_left == above.anon_vma
        };
        let mut right = None;
        if self.sides.1
            && let Some(above) = self.above.and_then(|above| vmas.get(above))
            && above.range.start == self.range.end
            && joins(above)
            && agree(above)
        {
            right = Some(above);
        }
        Neighbours {
            left: left.is_some(),
            right: right.is_some(),
        }
    }
}

impl Vma {
    /// Leaves out its pages before `page`.
    fn begin_at(&mut self, page: Vpn) {
        self.page_offset = self.index_of(page);
        self.range.start = page;
    }

    /// Makes it hold the pages of its neighbour `other`, which is no VMA any more, as well.
    fn absorb(&mut self, other: &Vma, anon_vmas: &mut AnonVmas) {
        if other.range.start < self.range.start {
            self.range.start = other.range.start;
            self.page_offset = other.page_offset;
        } else {
            self.range.end = other.range.end;
        }
        self.flags |= other.flags & VmFlags::STICKY;
        if self.anon_vma.is_none() {
            // The links of the other pass over to it.
            self.anon_vma = other.anon_vma;
            self.anon_vma_chain = other.anon_vma_chain;
        } else {
            anon_vmas.unlink(other);
        }
    }
}

impl Kernel {
    /// Adds a VMA where there is none, joined to its neighbours where that can be
    /// (`vma_merge_new_range`). Its pages are counted, its file held and its `anon_vma`s linked by
    /// the caller.
    pub(crate) fn add_vma(&mut self, mm: MmId, vma: Vma) {
        self.add_joined(mm, vma, (true, true), false);
    }

    /// As [`Kernel::add_vma`], for what extends the VMA below it (`vma_merge_extend`).
    pub(crate) fn add_extension(&mut self, mm: MmId, vma: Vma) {
        self.add_joined(mm, vma, (true, true), true);
    }

    /// As [`Kernel::add_vma`], joined only to the neighbours on the sides that are said.
    pub(crate) fn add_vma_beside(&mut self, mm: MmId, vma: Vma, left: bool, right: bool) {
        self.add_joined(mm, vma, (left, right), false);
    }

    fn add_joined(&mut self, mm: MmId, vma: Vma, sides: (bool, bool), extends: bool) {
        let any = self.errs(Mutant::SkipAnonVmaInMerge);
        let range = vma.range;
        let space = self.mms.get_mut(mm.0);
        let place = space.vmas.place_from(range.start.0);
        let candidate = Candidate {
            anon_vmas: &self.anon_vmas,
            vma: &vma,
            range,
            flags: vma.flags,
            place,
            above: space.vmas.at_or_next(place),
            sides,
            extends,
        };
        let neighbours = candidate.mergeable(&space.vmas, any);
        space.size.add(vma.flags, range.pages());
        let pid = space.owner;
        if neighbours == Neighbours::default() {
            space.vmas.insert_at(place, vma);
            self.emit(|| Event::VmaInserted { pid, range });
        } else {
            self.emit(|| Event::VmaInserted { pid, range });
            self.join(mm, place, &vma, neighbours, false);
        }
    }

    /// Gives `range`, which lies within the VMA at `place`, other flags; splits and joins VMAs as needed
    /// (`vma_modify_flags`). Gives where the VMA is that holds it then.
    pub(crate) fn modify_vma(
        &mut self,
        mm: MmId,
        place: Place,
        range: PageRange,
        flags: VmFlags,
    ) -> Result<Place, Failure> {
        let vmas = &self.mm(mm).vmas;
        let Some(vma) = vmas.get(place) else {
            return Err(Failure::new(Errno::ENOMEM, Reason::Unmapped));
        };
        let at_start = range.start == vma.range.start;
        let at_end = range.end == vma.range.end;
        if at_start || at_end {
            let candidate = Candidate {
                anon_vmas: &self.anon_vmas,
                vma,
                range,
                flags,
                place,
                above: vmas.next(place),
                sides: (at_start, at_end),
                extends: false,
            };
            let neighbours = candidate.mergeable(vmas, self.errs(Mutant::SkipAnonVmaInMerge));
            if neighbours != Neighbours::default() {
                return Ok(self.move_to_neighbours(mm, place, range, flags, neighbours));
            }
        }
        let place = match (at_start, at_end) {
            (true, true) => place,
            (true, false) => {
                let above = self.split_at(mm, place, range.end, false)?;
                self.mm(mm).vmas.before(above).unwrap_or(place)
            }
            (false, true) => self.split_at(mm, place, range.start, false)?,
            (false, false) => return self.cut_out(mm, place, range, flags),
        };
        self.set_flags_at(mm, place, flags);
        Ok(place)
    }

    /// Gives `range`, which is a part of the VMA at `place` or all of it and has other flags from now on, to the
    /// neighbours that were found mergeable.
    fn move_to_neighbours(
        &mut self,
        mm: MmId,
        place: Place,
        range: PageRange,
        flags: VmFlags,
        neighbours: Neighbours,
    ) -> Place {
        let space = self.mms.get_mut(mm.0);
        let Some(vma) = space.vmas.get_mut(place) else {
            return place;
        };
        let pid = space.owner;
        space.size.subtract(vma.flags, range.pages());
        space.size.add(flags, range.pages());
        let part = Vma {
            range,
            flags,
            page_offset: vma.index_of(range.start),
            ..*vma
        };
        if vma.range == range {
            self.emit(|| Event::VmaChanged { pid, range });
            return self.join(mm, place, &part, neighbours, true);
        }
        // Where in the order the part is.
        let (at, between) = if neighbours.left {
            vma.begin_at(range.end);
            (range.end, place)
        } else {
            vma.range.end = range.start;
            (range.start, place.following())
        };
        self.anon_vmas.link(&part);
        self.hold_file_of(&part);
        self.emit(|| Event::VmaSplit { pid, at });
        self.emit(|| Event::VmaChanged { pid, range });
        self.join(mm, between, &part, neighbours, false)
    }

    /// Makes a VMA, its pages counted, one with those of its neighbours that were found mergeable, of which there
    /// is one; gives where that is. The VMA is at `place`, `inside`, or would be put in there.
    fn join(
        &mut self,
        mm: MmId,
        place: Place,
        vma: &Vma,
        neighbours: Neighbours,
        inside: bool,
    ) -> Place {
        let space = self.mms.get_mut(mm.0);
        let left = space.vmas.before(place).filter(|_| neighbours.left);
        let above = match inside {
            true => space.vmas.next(place),
            false => space.vmas.at_or_next(place),
        };
        let right = above.filter(|_| neighbours.right);
        let (mut range, mut gone) = (vma.range, usize::from(inside));
        let mut released = [vma.file(), None];
        if let Some(joined) = space.vmas.get_mut(left.or(right).unwrap_or(place)) {
            joined.absorb(vma, &mut self.anon_vmas);
            range = joined.range;
        }
        if let (Some(left), Some(right)) = (left, right)
            && let Some(&upper) = space.vmas.get(right)
            && let Some(joined) = space.vmas.get_mut(left)
        {
            joined.absorb(&upper, &mut self.anon_vmas);
            range = joined.range;
            gone += 1;
            released[1] = upper.file();
        }
        space.vmas.take_many(place, gone);
        let joined = left.or_else(|| space.vmas.at_or_next(place));
        let pid = space.owner;
        for file in released.into_iter().flatten() {
            self.release_open_file(file);
        }
        self.emit(|| Event::VmaMerged { pid, range });
        joined.unwrap_or(place)
    }

    /// Changes the flags of a whole VMA, and counts its pages anew.
    pub(crate) fn set_vma_flags(&mut self, mm: MmId, start: Vpn, flags: VmFlags) {
        if let Some((place, _)) = self.mm(mm).vmas.find(start.0) {
            self.set_flags_at(mm, place, flags);
        }
    }

    fn set_flags_at(&mut self, mm: MmId, place: Place, flags: VmFlags) {
        let space = self.mms.get_mut(mm.0);
        let Some(vma) = space.vmas.get_mut(place) else {
            return;
        };
        let pages = vma.range.pages();
        space.size.subtract(vma.flags, pages);
        vma.flags = flags;
        space.size.add(flags, pages);
        let (pid, range) = (space.owner, vma.range);
        self.emit(|| Event::VmaChanged { pid, range });
    }

    /// Splits the VMA that has `at` within it (`split_vma`); `over_limit` where the count of VMAs
    /// will not stay above its limit.
    pub(crate) fn split_vma(&mut self, mm: MmId, at: Vpn, over_limit: bool) -> Result<(), Failure> {
        match self.mm(mm).vmas.find(at.0) {
            Some((place, _)) => self.split_at(mm, place, at, over_limit).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The same with the VMA's place; gives that of its upper part.
    fn split_at(
        &mut self,
        mm: MmId,
        place: Place,
        at: Vpn,
        over_limit: bool,
    ) -> Result<Place, Failure> {
        let most = u64::from(self.config.max_map_count);
        let space = self.mms.get_mut(mm.0);
        if !over_limit && space.vmas.len() >= most {
            return Err(Failure::new(Errno::ENOMEM, Reason::TooManyMappings));
        }
        let Some(vma) = space.vmas.get(place) else {
            return Ok(place);
        };
        if !vma.splits_at(at) {
            return Err(Failure::new(Errno::EINVAL, Reason::WrongKind));
        }
        self.anon_vmas.link(vma);
        if let Some(file) = vma.file() {
            self.files.hold(file);
        }
        let upper = space.vmas.split(place, |[low, high]| {
            high.begin_at(at);
            low.range.end = at;
        });
        let pid = space.owner;
        self.emit(|| Event::VmaSplit { pid, at });
        Ok(upper)
    }

    /// Makes `range`, which lies in the middle of the VMA at `place`, a VMA of its own with these flags; gives where
    /// it is.
    fn cut_out(
        &mut self,
        mm: MmId,
        place: Place,
        range: PageRange,
        flags: VmFlags,
    ) -> Result<Place, Failure> {
        let most = u64::from(self.config.max_map_count);
        let PageRange { start, end } = range;
        let space = self.mms.get_mut(mm.0);
        let may_split = |vma: &&Vma| vma.splits_at(start) && vma.splits_at(end);
        let whole = space.vmas.get(place).filter(may_split);
        let Some(whole) = whole.filter(|_| space.vmas.len() + 1 < most) else {
            // What was split before the failure stays.
            let part = self.split_at(mm, place, start, false)?;
            let above = self.split_at(mm, part, end, false)?;
            let part = self.mm(mm).vmas.before(above).unwrap_or(part);
            self.set_flags_at(mm, part, flags);
            return Ok(part);
        };
        for _ in 0..2 {
            self.anon_vmas.link(whole);
            if let Some(file) = whole.file() {
                self.files.hold(file);
            }
        }
        space.size.subtract(whole.flags, range.pages());
        space.size.add(flags, range.pages());
        let part = space.vmas.split(place, |[low, part, high]| {
            high.begin_at(end);
            part.begin_at(start);
            part.range.end = end;
            part.flags = flags;
            low.range.end = start;
        });
        let pid = space.owner;
        self.emit(|| Event::VmaSplit { pid, at: start });
        self.emit(|| Event::VmaSplit { pid, at: end });
        self.emit(|| Event::VmaChanged { pid, range });
        Ok(part)
    }

    /// Makes a VMA begin or end elsewhere, its pages counted; it must overlap no other then.
    pub(crate) fn resize_vma(&mut self, mm: MmId, start: Vpn, range: PageRange) {
        let space = self.mm_mut(mm);
        let Some(mut vma) = space.vmas.remove(start.0) else {
            return;
        };
        space.size.subtract(vma.flags, vma.range.pages());
        vma.page_offset = PageIndex(
            vma.page_offset
                .0
                .wrapping_add(range.start.0)
                .wrapping_sub(vma.range.start.0),
        );
        vma.range = range;
        space.size.add(vma.flags, range.pages());
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
