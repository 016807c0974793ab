//! The translation lookaside buffer: four-way set-associative, tagged by address space, and as
//! stale as the kernel leaves it (arch/x86/mm/tlb.c).

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use abi::Pid;

use crate::addr::{PageRange, Pfn, Vpn};
use crate::mm::page_table::Entry;
use crate::persistent::unshared;

/// Entries in a set.
pub const WAYS: usize = 4;

/// Names the translations of one address space; a flush of all of them is a new tag (PCID).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Asid {
    /// The process that the address space was made for.
    pub owner: Pid,
    /// Which of the tags given out; 0 for none.
    pub generation: u32,
}

/// A cached translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Translation {
    /// Whose.
    pub asid: Asid,
    /// Of which page.
    pub page: Vpn,
    /// The PTE as it was when it was cached; not present where the way is empty.
    pub entry: Entry,
}

#[derive(Clone, Debug, Default, Hash)]
struct Set {
    ways: [Translation; WAYS],
    next_victim: u8,
}

/// The TLB. Which translation is displaced depends on nothing but what came before: ways take turns.
#[derive(Clone, Debug)]
pub struct Tlb {
    sets: Rc<Vec<Set>>,
    last_generation: u32,
    /// The page that was asked for last, and its set: one access asks for it several times, and a
    /// division is slow. It is no state.
    last_set: Cell<(Vpn, u32)>,
}

impl Hash for Tlb {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.sets, self.last_generation).hash(state);
    }
}

impl Tlb {
    /// A TLB of `entries`, rounded up to whole sets.
    pub fn new(entries: u32) -> Tlb {
        let sets = (entries as usize).div_ceil(WAYS).clamp(1, 1 << 16);
        Tlb {
            sets: Rc::new(vec![Set::default(); sets]),
            last_generation: 0,
            last_set: Cell::default(),
        }
    }

    /// A tag that no translation carries.
    pub fn new_asid(&mut self, owner: Pid) -> Asid {
        self.last_generation = self.last_generation.wrapping_add(1).max(1);
        Asid {
            owner,
            generation: self.last_generation,
        }
    }

    /// The translation of a page.
    #[inline]
    pub fn lookup(&self, asid: Asid, page: Vpn) -> Option<Entry> {
        let set = &self.sets[self.set_of(page)];
        let found = set
            .ways
            .iter()
            .find(|way| way.page == page && way.asid == asid)?;
        Some(found.entry)
    }

    /// Keeps a translation, and gives whose and of which page the one was that it displaces.
    #[inline(always)]
    pub fn fill(&mut self, asid: Asid, page: Vpn, entry: Entry) -> Option<(Asid, Vpn)> {
        let at = self.set_of(page);
        let set = &mut unshared(&mut self.sets)[at];
        let new = Translation { asid, page, entry };
        let same = |way: &Translation| way.page == page && way.asid == asid;
        let place = set.ways.iter().position(same);
        let empty = || set.ways.iter().position(|way| !way.entry.is_present());
        if let Some(place) = place.or_else(empty) {
            set.ways[place] = new;
            return None;
        }
        let victim = set.next_victim as usize % WAYS;
        set.next_victim = (victim as u8 + 1) % WAYS as u8;
        let way = &mut set.ways[victim];
        let displaced = (way.asid, way.page);
        *way = new;
        Some(displaced)
    }

    /// Forgets the translation of a page; gives whether there was one.
    pub fn flush(&mut self, asid: Asid, page: Vpn) -> bool {
        if self.lookup(asid, page).is_none() {
            return false;
        }
        let at = self.set_of(page);
        for way in &mut unshared(&mut self.sets)[at].ways {
            if way.page == page && way.asid == asid {
                *way = Translation::default();
            }
        }
        true
    }

    /// Every cached translation, of live address spaces and of tags no longer used.
    pub fn iter(&self) -> impl Iterator<Item = &Translation> {
        let ways = self.sets.iter().flat_map(|set| set.ways.iter());
        ways.filter(|way| way.entry.is_present())
    }

    /// How many translations it can hold.
    pub fn capacity(&self) -> u32 {
        (self.sets.len() * WAYS) as u32
    }

    #[inline]
    fn set_of(&self, page: Vpn) -> usize {
        let (last, set) = self.last_set.get();
        if last == page {
            return set as usize;
        }
        let set = (page.0 % self.sets.len() as u64) as u32;
        self.last_set.set((page, set));
        set as usize
    }
}

/// The flush that a change of page-table entries owes: stale translations stay until it is given
/// to [`crate::Kernel::flush`].
#[must_use = "stale translations stay in the TLB until this is given to Kernel::flush"]
#[derive(Clone, Copy, Debug)]
pub struct Flush {
    /// Empty where there is nothing to flush, so that what it takes in is all that it holds.
    range: PageRange,
}

impl Flush {
    /// Nothing to flush.
    pub const NONE: Flush = Flush::range_of(PageRange::new(Vpn(u64::MAX), Vpn(0)));

    /// The translation of one page.
    pub const fn page(page: Vpn) -> Flush {
        Flush::range_of(PageRange::new(page, page.plus(1)))
    }

    /// The translations of a range of pages.
    pub const fn range_of(range: PageRange) -> Flush {
        Flush { range }
    }

    /// Both flushes in one.
    #[inline]
    pub fn and(self, other: Flush) -> Flush {
        let start = self.range.start.min(other.range.start);
        Flush::range_of(PageRange::new(start, self.range.end.max(other.range.end)))
    }

    /// What is to be flushed.
    #[inline]
    pub fn range(self) -> Option<PageRange> {
        (!self.range.is_empty()).then_some(self.range)
    }

    /// Says that no flush is needed: the change only added permissions, or nothing was cached.
    pub const fn not_needed(self) {}
}

/// Frames are named in events by their number.
impl Translation {
    /// The frame that the translation leads to.
    pub const fn frame(&self) -> Pfn {
        self.entry.frame()
    }
}
