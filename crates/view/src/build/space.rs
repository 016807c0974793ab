//! Processes and their address spaces.

use std::ops::Range;

use abi::{Pid, VirtAddr};
use kernel::Kernel;
use kernel::addr::{PAGE_SIZE, PageRange, TASK_SIZE, Vpn};
use kernel::mm::address_space::AddressSpace;
use kernel::mm::page_table::Pte;
use kernel::mm::vma::{Backing, Sharing, VmFlags, Vma};

use kernel::task::TaskState;

use super::Builder;
use super::cells::{USER_SPACE, page_cell};
use super::files::file_name;
use super::runs::{Stretch, around, fold};
use crate::cell::{Cell, CellId};
use crate::figures::long_size;
use crate::scene::{
    BackingKind, GapView, PageRun, ProcessState, ProcessView, SpaceItem, VariableView, VmaView,
};

/// So many pages at a VMA's start are always shown.
const FIRST_PAGES: u64 = 2;

impl Builder<'_> {
    /// Every process, parents before children, as they were created.
    pub fn processes(&self) -> Vec<ProcessView> {
        let tasks = self.kernel().tasks().iter();
        (0u32..)
            .zip(tasks)
            .map(|(ordinal, task)| self.process(ordinal, task.pid, task.parent))
            .collect()
    }

    fn process(&self, ordinal: u32, pid: Pid, parent: Option<Pid>) -> ProcessView {
        let space = self.kernel().address_space(pid);
        let state = self.state(pid);
        ProcessView {
            id: CellId::Process(pid),
            pid,
            parent: parent.filter(|parent| self.kernel().tasks().get(*parent).is_some()),
            ordinal,
            state: self.task_state(pid),
            line: state.and_then(|state| state.place).map(|place| place.line),
            variables: self.variables(pid),
            pages_mapped: space.map_or(0, |space| space.size.total),
            sharing: self.sharing(pid, parent),
            space: space.map_or(Vec::new(), |space| self.space(pid, space)),
        }
    }

    fn task_state(&self, pid: Pid) -> ProcessState {
        match self.kernel().tasks().get(pid).map(|task| task.state) {
            Some(TaskState::Blocked(_) | TaskState::Stopped) => ProcessState::Blocked,
            Some(TaskState::Zombie { status }) => {
                let signal = status & 0x7f;
                let status = if signal == 0 {
                    status >> 8 & 0xff
                } else {
                    128 + signal
                };
                ProcessState::Zombie { status }
            }
            _ => ProcessState::Runnable,
        }
    }

    fn variables(&self, pid: Pid) -> Vec<VariableView> {
        let variables = self.state(pid).map_or(&[][..], |state| &state.variables);
        let view = |variable: &session::Variable| VariableView {
            name: variable.name.to_string(),
            type_name: variable.type_name.to_string(),
            value: variable.value.clone(),
            address: variable.address,
            points_to: variable
                .pointer
                .and_then(|pointer| self.page_at(pid, pointer.target)),
        };
        variables.iter().map(view).collect()
    }

    /// The page of an address, where something is mapped.
    fn page_at(&self, pid: Pid, address: VirtAddr) -> Option<CellId> {
        let page = Vpn::containing(address);
        let space = self.kernel().address_space(pid)?;
        space.vma_at(page).map(|_| CellId::Page { pid, page })
    }

    /// From the highest address down, the gaps folded.
    fn space(&self, pid: Pid, space: &AddressSpace) -> Vec<SpaceItem> {
        let mut items = Vec::new();
        let mut below = Vpn(TASK_SIZE / PAGE_SIZE);
        for vma in space.vmas_in(USER_SPACE).rev() {
            items.extend(gap(pid, vma.range.end, below));
            items.push(SpaceItem::Vma(self.vma(pid, space, vma)));
            below = vma.range.start;
        }
        items.extend(gap(pid, Vpn(0), below));
        items
    }

    fn vma(&self, pid: Pid, space: &AddressSpace, vma: &Vma) -> VmaView {
        VmaView {
            id: CellId::Vma {
                pid,
                start: vma.range.start,
            },
            range: vma.range,
            name: self.vma_name(pid, space, vma),
            pointers: self.pointers(pid, vma.range),
            permissions: permissions(vma),
            shared: vma.sharing == Sharing::Shared,
            backing: backing(self.kernel(), pid, space, vma),
            file: vma.inode().map(|inode| (inode, vma.page_offset)),
            resident: self.kernel().count_present(pid, vma.range),
            runs: self.page_runs(pid, vma),
        }
    }

    fn page_runs(&self, pid: Pid, vma: &Vma) -> Vec<PageRun> {
        let all = vma.range.start.0..vma.range.end.0;
        let id = CellId::Vma {
            pid,
            start: vma.range.start,
        };
        let mut wanted = self.opened(id);
        wanted.push(all.start..all.start.saturating_add(FIRST_PAGES));
        let drawn = usize::try_from(self.focus.cells).unwrap_or(usize::MAX);
        let entries = self.kernel().entries(pid, vma.range);
        let present = entries.filter(|(_, entry)| entry.is_present());
        wanted.extend(present.take(drawn).map(|(page, _)| page.0..page.0 + 1));
        let touched = self.touched.iter().filter(|(owner, _)| *owner == pid);
        wanted.extend(touched.map(|(_, page)| around(page.0)));
        if let Some(CellId::Page { pid: owner, page }) = self.focus.selected
            && owner == pid
        {
            wanted.push(around(page.0));
        }
        let run = |stretch| match stretch {
            Stretch::Shown(range) => PageRun::Cells(self.page_cells(pid, vma, range)),
            Stretch::Folded(range) => PageRun::Elided {
                first: range.start,
                count: range.end - range.start,
                present: self
                    .kernel()
                    .count_present(pid, PageRange::new(Vpn(range.start), Vpn(range.end))),
            },
        };
        fold(all, &wanted, self.focus.cells)
            .into_iter()
            .map(run)
            .collect()
    }

    fn page_cells(&self, pid: Pid, vma: &Vma, range: Range<u64>) -> Vec<Cell> {
        let pages = PageRange::new(Vpn(range.start), Vpn(range.end));
        let mut entries = self.kernel().entries(pid, pages).peekable();
        let cell = |page: Vpn| {
            let entry = entries.next_if(|(at, _)| *at == page);
            let pte = entry.map_or(Pte::None, |(_, entry)| Pte::from(entry));
            page_cell(self.kernel(), &self.mapcounts, vma, pid, page, pte)
        };
        pages.iter().map(cell).collect()
    }

    /// What the person opened of a VMA, a node or a file.
    pub fn opened(&self, id: CellId) -> Vec<Range<u64>> {
        let opened = self.focus.opened.iter().filter(|(of, _)| *of == id);
        opened.map(|(_, range)| range.clone()).collect()
    }

    /// The pointer variables of a process that point into a range.
    pub fn pointers(&self, pid: Pid, range: PageRange) -> Vec<String> {
        let variables = self.state(pid).map_or(&[][..], |state| &state.variables);
        let within = |variable: &&session::Variable| {
            variable
                .pointer
                .is_some_and(|pointer| range.contains(Vpn::containing(pointer.target)))
        };
        variables
            .iter()
            .filter(within)
            .map(|variable| variable.name.to_string())
            .collect()
    }

    /// What a mapping is called.
    pub fn vma_name(&self, pid: Pid, space: &AddressSpace, vma: &Vma) -> String {
        if backing(self.kernel(), pid, space, vma) == BackingKind::Program {
            let has = |flag| vma.flags.contains(flag);
            return program_part(has(VmFlags::WRITE), has(VmFlags::EXEC)).into();
        }
        match (space.name_of(vma), vma.backing) {
            (Some(name), _) => name.into(),
            (None, Backing::Anonymous) => "anonymous".into(),
            (None, Backing::ZeroDevice { .. }) => "/dev/zero".into(),
            (None, Backing::File { inode, .. }) => file_name(self.kernel(), inode),
            (None, Backing::HugePages { .. }) => "huge pages".into(),
            (None, Backing::Special(_)) => "kernel".into(),
        }
    }
}

/// What stands behind a VMA of a process.
pub fn backing(kernel: &Kernel, pid: Pid, space: &AddressSpace, vma: &Vma) -> BackingKind {
    let in_memory = vma
        .inode()
        .is_some_and(|inode| kernel.files().inode(inode).is_tmpfs());
    match (vma.backing, space.name_of(vma)) {
        (Backing::Special(_), _) => BackingKind::Special,
        _ if is_program(kernel, pid, space, vma) => BackingKind::Program,
        (Backing::File { .. }, _) if in_memory => BackingKind::Shmem,
        (Backing::File { .. }, _) => BackingKind::File,
        (_, Some("[heap]")) => BackingKind::Heap,
        (_, Some("[stack]")) => BackingKind::Stack,
        _ => BackingKind::Anonymous,
    }
}

/// Whether execve mapped it: from the program's file, or the zeros of its data (bss) below the heap.
fn is_program(kernel: &Kernel, pid: Pid, space: &AddressSpace, vma: &Vma) -> bool {
    let program = kernel
        .tasks()
        .get(pid)
        .and_then(|task| kernel.files().directory.get(&task.program));
    match vma.inode() {
        Some(inode) => program == Some(inode),
        None => {
            let data_end = space.layout.start_break.0.div_ceil(PAGE_SIZE);
            vma.is_anonymous() && vma.range.end.0 <= data_end
        }
    }
}

/// What to call a part of the program, by what is allowed there.
pub fn program_part(writable: bool, executable: bool) -> &'static str {
    match (writable, executable) {
        (true, _) => "program data",
        (false, true) => "program code",
        (false, false) => "program constants",
    }
}

/// `rw-p`, as `/proc/PID/maps` writes it.
pub fn permissions(vma: &Vma) -> String {
    let letter = |flag, letter| {
        if vma.flags.contains(flag) {
            letter
        } else {
            '-'
        }
    };
    let sharing = match vma.sharing {
        Sharing::Private => 'p',
        Sharing::Shared => 's',
    };
    [
        letter(VmFlags::READ, 'r'),
        letter(VmFlags::WRITE, 'w'),
        letter(VmFlags::EXEC, 'x'),
        sharing,
    ]
    .iter()
    .collect()
}

fn gap(pid: Pid, start: Vpn, end: Vpn) -> Option<SpaceItem> {
    let range = PageRange::new(start, end);
    let size = long_size(range.pages().saturating_mul(PAGE_SIZE));
    let id = CellId::Gap { pid, start };
    (!range.is_empty()).then_some(SpaceItem::Gap(GapView { id, range, size }))
}
