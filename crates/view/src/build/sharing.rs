//! What each process shares, and who maps each frame that is drawn.

use abi::Pid;
use kernel::addr::{Pfn, Vpn};
use kernel::phys::frame::Owner;
use kernel::sorted_map::SortedMap;

use super::Builder;
use super::cells::USER_SPACE;
use crate::cell::PageKind;
use crate::scene::{NodeView, PageRun};
use crate::sharing::Sharing;

impl Builder<'_> {
    /// What a process shares; none where no other has memory.
    pub fn sharing(&self, pid: Pid, parent: Option<Pid>) -> Option<Sharing> {
        let kernel = self.kernel();
        let has_memory = |pid: Pid| kernel.address_space(pid).is_some();
        let mut tasks = kernel.tasks().iter();
        let alone = !tasks.any(|task| task.pid != pid && has_memory(task.pid));
        if alone || !has_memory(pid) {
            return None;
        }
        let parent = parent.filter(|parent| has_memory(*parent));
        let (mut pages, mut with_parent, mut others) = (0, 0, 0);
        let leaves = kernel.leaves(pid, USER_SPACE);
        let entries = leaves.flat_map(|(page, entries)| (page.0..).map(Vpn).zip(entries));
        for (page, entry) in entries.filter(|(_, entry)| entry.is_present()) {
            let frame = entry.frame();
            let owner = kernel.frames().get(frame).owner;
            if owner == Owner::Zero {
                continue;
            }
            pages += 1;
            if self.mapcounts.of(frame) < 2 {
                continue;
            }
            // Mostly a fork's page is where the parent's is.
            if parent.is_some_and(|parent| {
                self.mappers.maps(parent, page, frame) || self.has(frame, |other| other == parent)
            }) {
                with_parent += 1;
            } else if matches!(owner, Owner::Anonymous { .. })
                || self.has(frame, |other| other != pid)
            {
                // A private page is at one place of a process: who maps it, too, is another one.
                others += 1;
            }
        }
        Some(Sharing {
            pages,
            parent: parent.map(|parent| (parent, with_parent)),
            others,
        })
    }

    /// Whether one of those that map a frame is as asked for.
    fn has(&self, frame: Pfn, wanted: impl Fn(Pid) -> bool) -> bool {
        let pages = self.mappers.pages(frame);
        pages.iter().any(|(pid, _)| wanted(*pid))
    }

    /// The processes that map each of the frames that are drawn, for those that any maps.
    pub fn mapped_by(&self, nodes: &[NodeView]) -> SortedMap<Pfn, Vec<Pid>> {
        let mut mapped = SortedMap::default();
        for cell in nodes
            .iter()
            .flat_map(|node| &node.runs)
            .flat_map(PageRun::cells)
        {
            if let Some(frame) = cell.frame
                && !matches!(cell.kind, PageKind::Free | PageKind::Zero)
            {
                let pids = self.mappers.processes(frame);
                if !pids.is_empty() {
                    mapped.insert(frame, pids);
                }
            }
        }
        mapped
    }
}
