//! From the kernel's state to a [`Scene`], lane by lane.

mod bytes;
mod cells;
mod cpu;
mod figures;
mod files;
mod inspect;
mod inspect_file;
mod mappers;
mod ram;
mod runs;
mod sharing;
mod space;
mod table;

use abi::{Pid, VirtAddr};
use kernel::addr::Vpn;
use kernel::{Command, Event, Kernel};
use session::ProcessState;

use crate::cell::CellId;
use crate::focus::Focus;
use crate::inspection::Inspection;
use crate::scene::Scene;
use kernel::observe::Mapcounts;

pub use bytes::first_byte;
pub use cells::{USER_SPACE, frame_kind, frame_marks};
pub use files::{descriptor_name, file_name};
pub use mappers::Mappers;
pub use space::{backing, permissions};

/// A moment: the machine, what led to it, and what its processes are at.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The machine.
    pub kernel: &'a Kernel,
    /// The process of the last step.
    pub running: Option<Pid>,
    /// What the last step asked of the kernel.
    pub command: Option<&'a Command>,
    /// What happened in the last step.
    pub events: &'a [Event],
    /// What the processes are at.
    pub processes: &'a [ProcessState],
}

/// The scene of a moment.
pub fn scene_of(moment: &Moment, focus: &Focus) -> Scene {
    let builder = Builder::new(moment, focus);
    let nodes = builder.nodes();
    Scene {
        mapped_by: builder.mapped_by(&nodes),
        cpus: vec![builder.cpu()],
        processes: builder.processes(),
        page_table: builder.page_table(),
        nodes,
        files: builder.files(),
        swap: None,
        devices: Vec::new(),
        bytes: focus.selected.and_then(|id| builder.bytes_of(id)),
        figures: builder.figures(),
    }
}

/// Something of a moment, told in full; none where it is no more.
pub fn inspection_of(moment: &Moment, id: CellId) -> Option<Inspection> {
    Builder::new(moment, &Focus::default()).inspect(id)
}

/// What all lanes are built from.
struct Builder<'a> {
    moment: &'a Moment<'a>,
    focus: &'a Focus,
    mapcounts: Mapcounts<'a>,
    mappers: Mappers<'a>,
    /// The pages that the last step touched.
    touched: Vec<(Pid, Vpn)>,
}

impl<'a> Builder<'a> {
    fn new(moment: &'a Moment<'a>, focus: &'a Focus) -> Builder<'a> {
        Builder {
            moment,
            focus,
            mapcounts: moment.kernel.mapcounts(),
            mappers: Mappers::new(moment.kernel),
            touched: touched_pages(moment.events),
        }
    }

    fn kernel(&self) -> &'a Kernel {
        self.moment.kernel
    }

    fn state(&self, pid: Pid) -> Option<&'a ProcessState> {
        self.moment
            .processes
            .iter()
            .find(|process| process.pid == pid)
    }

    /// The process whose page table is drawn.
    fn focused_process(&self) -> Option<Pid> {
        let has_memory = |pid: &Pid| self.kernel().address_space(*pid).is_some();
        let selected = self.focus.selected.and_then(CellId::pid);
        let wishes = [self.focus.process, selected, self.moment.running];
        let first = self
            .kernel()
            .tasks()
            .iter()
            .map(|task| task.pid)
            .find(has_memory);
        wishes.into_iter().flatten().find(has_memory).or(first)
    }
}

/// The pages that were touched, each once, in order: at most so many as can be drawn apart.
fn touched_pages(events: &[Event]) -> Vec<(Pid, Vpn)> {
    let mut pages = Vec::new();
    for event in events {
        let page = match event {
            Event::TlbHit { pid, page, .. }
            | Event::TlbMiss { pid, page, .. }
            | Event::PteChanged { pid, page, .. } => (*pid, *page),
            Event::Fault(fault) => (fault.pid, Vpn::containing(fault.address)),
            _ => continue,
        };
        if !pages.contains(&page) {
            pages.push(page);
        }
        if pages.len() >= 32 {
            break;
        }
    }
    pages
}

/// The last byte that an access of the step touched, for the CPU's lane.
fn last_access(moment: &Moment) -> Option<(Pid, VirtAddr, &'static str)> {
    moment.command.and_then(crate::words::access)
}
