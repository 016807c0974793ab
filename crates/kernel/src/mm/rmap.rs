//! `anon_vma`: which private pages may be found in which VMAs (mm/rmap.c).
//!
//! Its identity decides merging: VMAs whose pages belong to different ones stay apart, and those
//! that a child inherited take in nothing new.

use smallvec::SmallVec;

use crate::addr::{AnonVmaId, ChainId, MmId, Vpn};
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
    /// Chains in which it is; the last one's end frees it.
    pub links: u32,
}

/// The `anon_vma`s in which the pages of a VMA may be found (`anon_vma_chain`). VMAs that were split from
/// one, or took after a neighbour, share it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The eldest first.
    members: SmallVec<[AnonVmaId; 2]>,
    /// VMAs that have it; the last one's end frees it.
    pub vmas: u32,
}

impl Chain {
    /// Whether the `anon_vma` is in it.
    pub fn has(&self, anon_vma: AnonVmaId) -> bool {
        self.members.contains(&anon_vma)
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
        let singular = |neighbour: &&Vma| self.anon_vmas.of(neighbour).len() == 1;
        let found = from_next.filter(singular);
        let found = found.or_else(|| from_previous.filter(singular)).copied();
        let (anon_vma, chain) = match found {
            Some(neighbour) => {
                self.anon_vmas.link(&neighbour);
                (neighbour.anon_vma, neighbour.anon_vma_chain)
            }
            None => {
                let anon_vma = self.anon_vmas.add(None);
                self.anon_vmas.get_mut(anon_vma).active_vmas = 1;
                (Some(anon_vma), Some(self.anon_vmas.chain_of([anon_vma])))
            }
        };
        if let Some(vma) = self.mms.get_mut(mm.0).vmas.covering_mut(page.0) {
            vma.anon_vma = anon_vma;
            vma.anon_vma_chain = chain;
        }
        anon_vma.unwrap_or_default()
    }

    /// The `anon_vma`s in which the pages of a VMA may be found: those inherited by fork and its own.
    pub fn anon_vmas_of(&self, vma: &Vma) -> &[AnonVmaId] {
        self.anon_vmas.of(vma)
    }
}

/// Every `anon_vma`, and their chains.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnonVmas {
    all: Arena<AnonVma, 64>,
    chains: Arena<Chain, 64>,
}

impl AnonVmas {
    fn get_mut(&mut self, anon_vma: AnonVmaId) -> &mut AnonVma {
        self.all.get_mut(anon_vma.0)
    }

    fn add(&mut self, parent: Option<AnonVmaId>) -> AnonVmaId {
        let id = AnonVmaId(self.all.insert(AnonVma::default()));
        let parent = parent.unwrap_or(id);
        self.get_mut(id).parent = parent;
        self.get_mut(parent).children += 1;
        id
    }

    /// A new chain, for one VMA.
    fn chain_of(&mut self, members: impl IntoIterator<Item = AnonVmaId>) -> ChainId {
        let members: SmallVec<[AnonVmaId; 2]> = members.into_iter().collect();
        for anon_vma in &members {
            self.get_mut(*anon_vma).links += 1;
        }
        ChainId(self.chains.insert(Chain { members, vmas: 1 }))
    }

    /// The chain of a VMA, the eldest first.
    #[inline]
    pub fn of(&self, vma: &Vma) -> &[AnonVmaId] {
        let chain = vma.anon_vma_chain;
        chain.map_or(&[], |chain| &self.chains.get(chain.0).members)
    }

    /// Whether fork gave the VMA pages that have not been copied since (`vma_had_uncowed_parents`).
    pub fn is_fork_child(&self, vma: &Vma) -> bool {
        self.of(vma).len() > 1
    }

    /// Counts a copy of a VMA (`anon_vma_clone` in a split or a move).
    #[inline]
    pub fn link(&mut self, vma: &Vma) {
        if let (Some(anon_vma), Some(chain)) = (vma.anon_vma, vma.anon_vma_chain) {
            self.chains.get_mut(chain.0).vmas += 1;
            self.get_mut(anon_vma).active_vmas += 1;
        }
    }

    /// Makes the copy of a VMA that a child gets its own (`anon_vma_fork`).
    pub fn fork(&mut self, vma: &mut Vma) {
        let Some(parent) = vma.anon_vma else {
            return;
        };
        let is_unused = |anon_vma: &AnonVmaId| {
            let counts = self.all.get(anon_vma.0);
            counts.children < 2 && counts.active_vmas == 0
        };
        let inherited = self.of(vma);
        if let Some(reused) = inherited.iter().copied().find(is_unused) {
            vma.anon_vma = Some(reused);
            self.link(vma);
            return;
        }
        let inherited: SmallVec<[AnonVmaId; 4]> = SmallVec::from_slice(inherited);
        let own = self.add(Some(parent));
        self.get_mut(own).active_vmas = 1;
        vma.anon_vma = Some(own);
        vma.anon_vma_chain = Some(self.chain_of(inherited.into_iter().chain([own])));
    }

    /// Forgets a VMA that is gone (`unlink_anon_vmas`).
    #[inline]
    pub fn unlink(&mut self, vma: &Vma) {
        if let (Some(anon_vma), Some(chain)) = (vma.anon_vma, vma.anon_vma_chain) {
            self.get_mut(anon_vma).active_vmas -= 1;
            let vmas = &mut self.chains.get_mut(chain.0).vmas;
            *vmas -= 1;
            if *vmas == 0 {
                self.free(chain);
            }
        }
    }

    fn free(&mut self, chain: ChainId) {
        // The youngest first: its parent is before it in the chain.
        for anon_vma in self.chains.remove(chain.0).members.into_iter().rev() {
            let counts = self.get_mut(anon_vma);
            counts.links -= 1;
            if counts.links == 0 {
                let parent = counts.parent;
                self.get_mut(parent).children -= 1;
                self.all.remove(anon_vma.0);
            }
        }
    }

    /// Each with its number, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &AnonVma)> {
        self.all.iter()
    }

    /// Each chain with its number, ascending.
    pub fn chains(&self) -> impl Iterator<Item = (u32, &Chain)> {
        self.chains.iter()
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
