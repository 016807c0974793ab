//! `anon_vma`: which private pages may be found in which VMAs (mm/rmap.c).
//!
//! Its identity decides merging: VMAs whose pages belong to different ones stay apart, and those
//! that a child inherited take in nothing new.

use smallvec::SmallVec;

use crate::addr::{AnonVmaId, MmId, Vpn};
use crate::kernel::Kernel;
use crate::mm::vma::{VmFlags, Vma};

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
            None => self.new_anon_vma(None),
        };
        let counts = self.anon_vmas.get_mut(anon_vma.0);
        counts.active_vmas += 1;
        counts.links += 1;
        if let Some(vma) = self.mms.get_mut(mm.0).vmas.covering_mut(page.0) {
            vma.anon_vma = Some(anon_vma);
            vma.anon_vma_chain.push(anon_vma);
        }
        anon_vma
    }

    fn new_anon_vma(&mut self, parent: Option<AnonVmaId>) -> AnonVmaId {
        let id = AnonVmaId(self.anon_vmas.insert(AnonVma::default()));
        let parent = parent.unwrap_or(id);
        self.anon_vmas.get_mut(id.0).parent = parent;
        self.anon_vmas.get_mut(parent.0).children += 1;
        id
    }

    /// Counts a copy of a VMA (`anon_vma_clone` in a split or a move).
    pub(crate) fn link_anon_vmas(&mut self, vma: &Vma) {
        for anon_vma in &vma.anon_vma_chain {
            self.anon_vmas.get_mut(anon_vma.0).links += 1;
        }
        if let Some(anon_vma) = vma.anon_vma {
            self.anon_vmas.get_mut(anon_vma.0).active_vmas += 1;
        }
    }

    /// Makes the copy of a VMA that a child gets its own (`anon_vma_fork`).
    pub(crate) fn fork_anon_vma(&mut self, vma: &mut Vma) {
        let Some(parent) = vma.anon_vma.take() else {
            return;
        };
        for anon_vma in &vma.anon_vma_chain {
            let counts = self.anon_vmas.get_mut(anon_vma.0);
            counts.links += 1;
            if vma.anon_vma.is_none() && counts.children < 2 && counts.active_vmas == 0 {
                vma.anon_vma = Some(*anon_vma);
            }
        }
        let own = match vma.anon_vma {
            Some(reused) => reused,
            None => {
                let own = self.new_anon_vma(Some(parent));
                self.anon_vmas.get_mut(own.0).links = 1;
                vma.anon_vma_chain.push(own);
                vma.anon_vma = Some(own);
                own
            }
        };
        self.anon_vmas.get_mut(own.0).active_vmas += 1;
    }

    /// Forgets a VMA that is gone (`unlink_anon_vmas`).
    pub(crate) fn unlink_anon_vmas(&mut self, vma: &Vma) {
        let mut unused: SmallVec<[AnonVmaId; 2]> = SmallVec::new();
        for &anon_vma in vma.anon_vma_chain.iter().rev() {
            let counts = self.anon_vmas.get_mut(anon_vma.0);
            counts.links = counts.links.saturating_sub(1);
            if counts.links == 0 {
                let parent = counts.parent;
                let siblings = &mut self.anon_vmas.get_mut(parent.0).children;
                *siblings = siblings.saturating_sub(1);
                unused.push(anon_vma);
            }
        }
        if let Some(anon_vma) = vma.anon_vma {
            let active = &mut self.anon_vmas.get_mut(anon_vma.0).active_vmas;
            *active = active.saturating_sub(1);
        }
        for anon_vma in unused {
            self.anon_vmas.remove(anon_vma.0);
        }
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
