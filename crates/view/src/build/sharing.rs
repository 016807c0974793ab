//! What each process shares, and who maps each frame that is drawn.

use abi::Pid;
use kernel::addr::{PageRange, Pfn};
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
        let pages = kernel.address_space(pid)?.resident.total();
        let (mut with_parent, mut others) = (0, 0);
        for (first, table, entries) in kernel.leaves(pid, USER_SPACE) {
            let range = PageRange::new(first, first.plus(entries.len() as u64));
            let of_parent = parent.and_then(|parent| kernel.leaves(parent, range).next());
            let info = kernel.tables().info(table);
            // A node that fork shares tells of all its pages at once.
            match of_parent {
                Some((_, same, _)) if same == table => {
                    with_parent += info.resident.total();
                    continue;
                }
                None if parent.is_none() && info.sharers > 1 => {
                    others += info.resident.total();
                    continue;
                }
                _ => {}
            }
            let of_parent = of_parent.map_or(&[][..], |(.., entries)| entries);
            let present = entries.iter().enumerate();
            for (index, entry) in present.filter(|(_, entry)| entry.is_present()) {
                let frame = entry.frame();
                if self.mapcounts.of_mapped(frame) < 2 {
                    continue;
                }
                // Mostly a fork's page is where the parent's is.
                let there = of_parent.get(index);
                let there = there.is_some_and(|it| it.is_present() && it.frame() == frame);
                if there || parent.is_some_and(|parent| self.has(frame, |other| other == parent)) {
                    with_parent += 1;
                } else if matches!(kernel.frames().get(frame).owner, Owner::Anonymous { .. })
                    || self.has(frame, |other| other != pid)
                {
                    // A private page is at one place of a process: who maps it, too, is another one.
                    others += 1;
                }
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
