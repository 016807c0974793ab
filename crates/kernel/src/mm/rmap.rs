//! `anon_vma`: which private pages may be found in which VMAs (mm/rmap.c).
//!
//! Its identity decides merging: VMAs whose pages belong to different ones stay apart, and those
//! that a child inherited take in nothing new.

use std::ops::Deref;
use std::rc::Rc;

use smallvec::SmallVec;

use crate::addr::{AnonVmaId, MmId, Vpn};
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};
use crate::persistent::Arena;

/// What is counted for an `anon_vma`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnonVma {
    /// The one it was forked from; itself at the root.
    pub parent: AnonVmaId,
    /// Those forked from it; a root counts itself.
    pub children: u32,
    /// VMAs whose new pages go to it.
    pub active_vmas: u32,
    /// VMAs in whose chain it is; the last one's end frees it.
    pub links: u32,
}

/// Every `anon_vma` in which the pages of a VMA may be found: its own and those inherited by fork.
/// VMAs that were split from one share it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnonVmaChain(Option<Rc<SmallVec<[AnonVmaId; 2]>>>);

impl Deref for AnonVmaChain {
    type Target = [AnonVmaId];

    #[inline]
    fn deref(&self) -> &[AnonVmaId] {
        self.0.as_ref().map_or(&[], |chain| chain)
    }
}

impl AnonVmaChain {
    fn push(&mut self, anon_vma: AnonVmaId) {
        Rc::make_mut(self.0.get_or_insert_default()).push(anon_vma);
    }
}

impl Kernel {
    /// Gives the VMA at `page` an `anon_vma` before its first private page (`anon_vma_prepare`):
    /// that of a compatible neighbour, the next before the previous one, or a new one.
    pub(crate) fn prepare_anon_vma(&mut self, mm: MmId, page: Vpn) -> AnonVmaId {
        let space = self.mms.get(mm.0);
        let Some(vma) = space.vma_at(page) else {
            return AnonVmaId::default();
        };
        if let Some(anon_vma) = vma.anon_vma {
            return anon_vma;
        }
        let next = space.vmas.at(vma.range.end.0);
        let previous = space.vmas.starting_before(vma.range.start.0);
        let from_next = next.filter(|next| shares_anon_vma(vma, next));
        let from_previous = previous.filter(|previous| shares_anon_vma(previous, vma));
        let singular = |neighbour: &Vma| {
            let single = neighbour.anon_vma_chain.len() == 1;
            neighbour.anon_vma.filter(|_| single)
        };
        let found = from_next
            .and_then(singular)
            .or_else(|| from_previous.and_then(singular));
        let anon_vma = match found {
            Some(anon_vma) => anon_vma,
            None => self.anon_vmas.add(None),
        };
        let counts = self.anon_vmas.get_mut(anon_vma);
        counts.active_vmas += 1;
        counts.links += 1;
        if let Some(vma) = self.mms.get_mut(mm.0).vmas.covering_mut(page.0) {
            vma.anon_vma = Some(anon_vma);
            vma.anon_vma_chain.push(anon_vma);
        }
        anon_vma
    }
}

/// Every `anon_vma`, by its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnonVmas(Arena<AnonVma, 64>);

impl AnonVmas {
    fn get_mut(&mut self, anon_vma: AnonVmaId) -> &mut AnonVma {
        self.0.get_mut(anon_vma.0)
    }

    fn add(&mut self, parent: Option<AnonVmaId>) -> AnonVmaId {
        let id = AnonVmaId(self.0.insert(AnonVma::default()));
        let parent = parent.unwrap_or(id);
        self.get_mut(id).parent = parent;
        self.get_mut(parent).children += 1;
        id
    }

    /// Counts a copy of a VMA (`anon_vma_clone` in a split or a move).
    #[inline]
    pub fn link(&mut self, vma: &Vma) {
        for anon_vma in vma.anon_vma_chain.iter() {
            self.get_mut(*anon_vma).links += 1;
        }
        if let Some(anon_vma) = vma.anon_vma {
            self.get_mut(anon_vma).active_vmas += 1;
        }
    }

    /// Makes the copy of a VMA that a child gets its own (`anon_vma_fork`).
    pub fn fork(&mut self, vma: &mut Vma) {
        let Some(parent) = vma.anon_vma.take() else {
            return;
        };
        for anon_vma in vma.anon_vma_chain.iter() {
            let counts = self.0.get_mut(anon_vma.0);
            counts.links += 1;
            if vma.anon_vma.is_none() && counts.children < 2 && counts.active_vmas == 0 {
                vma.anon_vma = Some(*anon_vma);
            }
        }
        let own = match vma.anon_vma {
            Some(reused) => reused,
            None => {
                let own = self.add(Some(parent));
                self.get_mut(own).links = 1;
                vma.anon_vma_chain.push(own);
                vma.anon_vma = Some(own);
                own
            }
        };
        self.get_mut(own).active_vmas += 1;
    }

    /// Forgets a VMA that is gone (`unlink_anon_vmas`).
    #[inline]
    pub fn unlink(&mut self, vma: &Vma) {
        if let Some(anon_vma) = vma.anon_vma {
            let active = &mut self.get_mut(anon_vma).active_vmas;
            *active = active.saturating_sub(1);
        }
        // The youngest first: its parent is before it in the chain.
        for &anon_vma in vma.anon_vma_chain.iter().rev() {
            let counts = self.get_mut(anon_vma);
            counts.links = counts.links.saturating_sub(1);
            if counts.links == 0 {
                let parent = counts.parent;
                let siblings = &mut self.get_mut(parent).children;
                *siblings = siblings.saturating_sub(1);
                self.0.remove(anon_vma.0);
            }
        }
    }

    /// Each with its number, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &AnonVma)> {
        self.0.iter()
    }
}

/// Whether two neighbours could become one but for their protection (`anon_vma_compatible`).
fn shares_anon_vma(low: &Vma, high: &Vma) -> bool {
    low.range.end == high.range.start
        && low.backing == high.backing
        && low.sharing == high.sharing
        && (low.flags ^ high.flags) - VmFlags::ACCESS - VmFlags::STICKY == VmFlags::empty()
        && low.index_of(high.range.start) == high.page_offset
}
