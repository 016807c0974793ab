//! The page table of the focused process, along the way to one page.

use abi::Pid;
use kernel::Event;
use kernel::addr::{TableId, Vpn};
use kernel::mm::page_table::{Entry, Pte};
use kernel::mm::table::{ENTRIES, TOP_LEVEL, index_at, pages_at};

use super::Builder;
use super::cells::USER_SPACE;
use crate::cell::CellId;
use crate::page_table::{EntryState, EntryView, LevelView, PageTableView, PteView, level_name};

/// How many entries are drawn on each side of the one on the way.
const NEIGHBOURS: u64 = 4;

impl Builder<'_> {
    /// The focused process's table; none where no process has memory.
    pub fn page_table(&self) -> Option<PageTableView> {
        let pid = self.focused_process()?;
        let page = self.focused_page(pid)?;
        let root = self.kernel().address_space(pid)?.root;
        let walk = self.kernel().walk_to(pid, page)?;
        let mut levels = Vec::new();
        let mut node = Some((root, Entry::of_table(root)));
        for level in (1..=TOP_LEVEL).rev() {
            levels.push(self.level(pid, page, level, node));
            node = node.and_then(|(table, _)| {
                let entry = self.kernel().tables().entry(table, index_at(level, page));
                (level > 1 && entry.is_present()).then(|| (entry.table(), entry))
            });
        }
        let pte = PteView::new(page, walk.entry);
        let was = self.pte_before(pid, page).filter(|was| *was != pte);
        Some(PageTableView {
            pid,
            page,
            address: page.address(),
            levels,
            pte,
            was,
            nodes: self.count_nodes(root),
        })
    }

    /// The page whose way is drawn: the wished one, or the one last touched, or one that is mapped.
    fn focused_page(&self, pid: Pid) -> Option<Vpn> {
        if let Some(page) = self.focus.page {
            return Some(page);
        }
        if let Some(
            CellId::Page { pid: owner, page }
            | CellId::Entry {
                pid: owner, page, ..
            },
        ) = self.focus.selected
            && owner == pid
        {
            return Some(page);
        }
        let touched = self
            .touched
            .iter()
            .rev()
            .find(|(owner, _)| *owner == pid)
            .map(|(_, page)| *page);
        let mapped = self.moment.events.iter().find_map(|event| match event {
            Event::VmaInserted { pid: owner, range } if *owner == pid => Some(range.start),
            _ => None,
        });
        let pointed = self.state(pid).and_then(|state| {
            let targets = state
                .variables
                .iter()
                .rev()
                .filter_map(|variable| variable.pointer);
            let pages = targets.map(|pointer| Vpn::containing(pointer.target));
            pages.into_iter().find(|page| {
                self.kernel()
                    .address_space(pid)
                    .is_some_and(|space| space.vma_at(*page).is_some())
            })
        });
        let any = || Some(self.kernel().entries(pid, USER_SPACE).next()?.0);
        touched.or(mapped).or(pointed).or_else(any)
    }

    fn level(&self, pid: Pid, page: Vpn, level: u8, node: Option<(TableId, Entry)>) -> LevelView {
        let index = index_at(level, page) as u64;
        let last = (index + NEIGHBOURS).min(ENTRIES - 1);
        let low = 3 + 9 * level;
        let tables = self.kernel().tables();
        let start = page.0 / (pages_at(level) * ENTRIES) * (pages_at(level) * ENTRIES);
        let entry = |at: u64| {
            let held = node.map_or(Entry::NONE, |(table, upper)| {
                let held = tables
                    .node(table)
                    .get(at as usize)
                    .copied()
                    .unwrap_or(Entry::NONE);
                if level == 1 {
                    held.seen_through(upper)
                } else {
                    held
                }
            });
            EntryView {
                id: CellId::Entry {
                    pid,
                    level,
                    page: Vpn(start + at * pages_at(level)),
                },
                index: at as u16,
                state: entry_state(level, held),
                on_path: at == index,
            }
        };
        let info = node.map(|(table, _)| tables.info(table));
        LevelView {
            level,
            name: level_name(level),
            bits: (low + 8, low),
            index: index as u16,
            exists: node.is_some(),
            used: info.map_or(0, |info| info.used),
            shared: info.is_some_and(|info| info.sharers > 1),
            entries: (index.saturating_sub(NEIGHBOURS)..=last)
                .map(entry)
                .collect(),
        }
    }

    /// What the last step found in the PTE, where it changed it.
    fn pte_before(&self, pid: Pid, page: Vpn) -> Option<PteView> {
        self.moment.events.iter().find_map(|event| match event {
            Event::PteChanged {
                pid: owner,
                page: changed,
                old,
                ..
            } if (*owner, *changed) == (pid, page) => Some(PteView::new(page, *old)),
            _ => None,
        })
    }

    /// Nodes of each level, the top first.
    fn count_nodes(&self, root: TableId) -> [u64; 4] {
        let tables = self.kernel().tables();
        let mut counts = [1, 0, 0, 0];
        let mut nodes = vec![root];
        for count in counts.iter_mut().skip(1) {
            let below = |table: &TableId| {
                let present = tables
                    .node(*table)
                    .iter()
                    .filter(|entry| entry.is_present());
                present.map(|entry| entry.table()).collect::<Vec<_>>()
            };
            nodes = nodes.iter().flat_map(below).collect();
            *count = nodes.len() as u64;
        }
        counts
    }
}

fn entry_state(level: u8, entry: Entry) -> EntryState {
    match level {
        1 => EntryState::from(Pte::from(entry)),
        _ if entry.is_present() => EntryState::Table,
        _ => EntryState::Empty,
    }
}
