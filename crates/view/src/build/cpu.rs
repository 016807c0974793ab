//! The processor and its TLB.

use kernel::Event;
use kernel::mm::page_table::Entry;

use super::{Builder, last_access};
use crate::cell::CellId;
use crate::scene::{AccessView, CpuView, TlbEntryView};

impl Builder<'_> {
    /// The one processor, with the translations that live address spaces can use, and those just flushed.
    pub fn cpu(&self) -> CpuView {
        let tlb = self.kernel().tlb();
        let live = tlb.iter().filter(|way| {
            let space = self.kernel().address_space(way.asid.owner);
            space.is_some_and(|space| space.asid == way.asid)
        });
        let entry = |way: &kernel::mm::tlb::Translation| TlbEntryView {
            id: CellId::Tlb {
                cpu: 0,
                pid: way.asid.owner,
                page: way.page,
            },
            pid: way.asid.owner,
            page: way.page,
            frame: way.frame(),
            writable: way.entry.has(Entry::WRITABLE),
            flushed: false,
        };
        let mut entries: Vec<TlbEntryView> = live.map(entry).collect();
        entries.sort_by_key(|entry| (entry.pid, entry.page));
        for flushed in self.flushed() {
            if !entries.iter().any(|entry| entry.id == flushed.id) {
                entries.push(flushed);
            }
        }
        CpuView {
            id: CellId::Cpu(0),
            running: self.moment.running,
            access: last_access(self.moment).map(|(pid, address, what)| AccessView {
                pid,
                address,
                what,
            }),
            tlb: entries,
            tlb_capacity: tlb.capacity(),
        }
    }

    /// The translations that the last step took out of the TLB, as far as its events tell what they were.
    fn flushed(&self) -> Vec<TlbEntryView> {
        let events = self.moment.events;
        let gone = events.iter().filter_map(|event| match *event {
            Event::TlbFlushed { pid, page } => Some((pid, page)),
            _ => None,
        });
        let view = |(pid, page)| {
            let old = events.iter().find_map(|event| match *event {
                Event::PteChanged {
                    pid: owner,
                    page: changed,
                    old,
                    ..
                } if (owner, changed) == (pid, page) => old.present(),
                _ => None,
            })?;
            let id = CellId::Tlb { cpu: 0, pid, page };
            Some(TlbEntryView {
                id,
                pid,
                page,
                frame: old.frame,
                writable: old.writable,
                flushed: true,
            })
        };
        gone.take(16).filter_map(view).collect()
    }
}
