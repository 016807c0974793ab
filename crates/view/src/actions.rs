//! What can be done to a thing of the stage, each as the C statement that it stands for.

use abi::{Pid, VirtAddr};
use kernel::addr::{PAGE_SIZE, PageRange, Vpn};
use kernel::mm::vma::{Sharing, VmFlags, Vma};
use session::Session;

use crate::build;
use crate::cell::CellId;
use crate::told::Names;
use crate::view::SessionNames;

/// An empty space below this address is the kernel's (`vm.mmap_min_addr` and what ELF programs take).
const LOWEST: u64 = 0x1000_0000;
/// What a new mapping is given, in pages.
const NEW_PAGES: u64 = 2;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// A word for it: `load`.
    pub verb: &'static str,
    /// The process that does it.
    pub pid: Pid,
    /// The statement.
    pub statement: String,
}

/// What can be done to a thing now; nothing to what no program can reach.
pub fn actions(session: &Session, id: CellId) -> Vec<Action> {
    let names = SessionNames::of(session.lab());
    let hand = Hand {
        session,
        names: &names,
    };
    match id {
        CellId::Page { pid, page } | CellId::Tlb { pid, page, .. } => {
            hand.of_pages(pid, PageRange::new(page, Vpn(page.0 + 1)))
        }
        CellId::Entry {
            pid,
            level: 1,
            page,
        } => hand.of_pages(pid, PageRange::new(page, Vpn(page.0 + 1))),
        CellId::Vma { pid, start } => {
            let vma = hand.vma(pid, start);
            vma.map_or_else(Vec::new, |vma| hand.of_pages(pid, vma.range))
        }
        CellId::Gap { pid, start } => hand.of_gap(pid, start),
        CellId::Frame(frame) => {
            let mappers = build::Mappers::new(session.kernel());
            let reached = mappers.pages(frame).into_iter().next().map(|(pid, page)| {
                let range = PageRange::new(page, Vpn(page.0 + 1));
                hand.of_pages(pid, range)
            });
            reached.unwrap_or_default()
        }
        CellId::Process(pid) => hand.of_process(pid),
        CellId::File(inode) | CellId::Cached { inode, .. } | CellId::Block { inode, .. } => {
            hand.of_file(&names.file(inode))
        }
        _ => Vec::new(),
    }
}

struct Hand<'a> {
    session: &'a Session,
    names: &'a SessionNames<'a>,
}

impl Hand<'_> {
    fn vma(&self, pid: Pid, page: Vpn) -> Option<&Vma> {
        self.session.kernel().address_space(pid)?.vma_at(page)
    }

    fn can_act(&self, pid: Pid) -> bool {
        let mut tasks = self.session.kernel().tasks().iter();
        let mut processes = self.session.lab().pids();
        tasks.any(|task| task.pid == pid && task.mm.is_some())
            && processes.any(|known| known == pid)
    }

    fn of_pages(&self, pid: Pid, range: PageRange) -> Vec<Action> {
        let Some(vma) = self.vma(pid, range.start).filter(|_| self.can_act(pid)) else {
            return Vec::new();
        };
        let act = |verb, statement| Action {
            verb,
            pid,
            statement,
        };
        let address = range.start.address();
        let place = match self.names.spell(pid, address) {
            Some(spelled) => spelled,
            None => format!("*(char *){address}"),
        };
        let (start, length) = (pointer(&place, address), range.pages() * PAGE_SIZE);
        let writable = vma.flags.contains(VmFlags::WRITE);
        let rights = if writable {
            "PROT_READ"
        } else {
            "PROT_READ | PROT_WRITE"
        };
        let mut actions = vec![
            act("load", format!("{place};")),
            act(
                "store",
                format!("{place} = '{}';", self.letter(pid, address)),
            ),
            act("protect", format!("mprotect({start}, {length}, {rights});")),
            act("unmap", format!("munmap({start}, {length});")),
        ];
        if vma.sharing == Sharing::Shared {
            let sync = format!("msync({start}, {length}, MS_SYNC);");
            actions.push(act("write back", sync));
        }
        actions
    }

    /// The letter to store at a place: the one after that which is there.
    fn letter(&self, pid: Pid, address: VirtAddr) -> char {
        let page = Vpn::containing(address);
        let found = build::first_byte(self.session.kernel(), pid, page);
        match found {
            Some(byte @ (b'A'..=b'Y' | b'a'..=b'y')) => char::from(byte + 1),
            _ => 'A',
        }
    }

    fn of_gap(&self, pid: Pid, start: Vpn) -> Vec<Action> {
        if !self.can_act(pid) {
            return Vec::new();
        }
        let lowest = VirtAddr(start.address().0.saturating_add(PAGE_SIZE));
        let address = VirtAddr(lowest.0.max(LOWEST));
        let size = NEW_PAGES * PAGE_SIZE;
        let name = self.new_name(pid);
        let statement = format!(
            "char *{name} = mmap((void *){address}, {size}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);"
        );
        let verb = "map here";
        vec![Action {
            verb,
            pid,
            statement,
        }]
    }

    fn of_process(&self, pid: Pid) -> Vec<Action> {
        if !self.can_act(pid) {
            return Vec::new();
        }
        let act = |verb, statement| Action {
            verb,
            pid,
            statement,
        };
        let (name, size) = (self.new_name(pid), NEW_PAGES * PAGE_SIZE);
        vec![
            act(
                "map",
                format!(
                    "char *{name} = mmap(NULL, {size}, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);"
                ),
            ),
            act("fork", "fork();".into()),
            act("kill", format!("kill({pid}, SIGKILL);")),
        ]
    }

    fn of_file(&self, file: &str) -> Vec<Action> {
        let running = self.session.detail().pid;
        let mut pids = self.session.lab().pids();
        let pid = Some(running)
            .filter(|pid| self.can_act(*pid))
            .or_else(|| pids.find(|pid| self.can_act(*pid)));
        let files = self.session.files();
        let known = files.iter().find(|known| *known.name == *file);
        let (Some(pid), Some(known)) = (pid, known) else {
            return Vec::new();
        };
        let (name, size) = (self.new_name(pid), known.size.max(1));
        let map = |verb, sharing| Action {
            verb,
            pid,
            statement: format!(
                "char *{name} = mmap(NULL, {size}, PROT_READ | PROT_WRITE, {sharing}, open(\"{file}\", O_RDWR), 0);"
            ),
        };
        vec![
            map("map shared", "MAP_SHARED"),
            map("map private", "MAP_PRIVATE"),
        ]
    }

    /// A name for a variable that the process does not have yet.
    fn new_name(&self, pid: Pid) -> String {
        let used = |name: &String| self.names.has_variable(pid, name);
        let mut names = (1..).map(|number: u32| format!("m{number}"));
        names.find(|name| !used(name)).unwrap_or_default()
    }
}

/// A place's address as an expression: `ptr`, `&ptr[4096]`, `(char *)0x7ffff7ff5000`.
fn pointer(place: &str, address: VirtAddr) -> String {
    match place.strip_suffix("[0]") {
        Some(name) => name.to_owned(),
        None if place.starts_with('*') => format!("(void *){address}"),
        None => format!("&{place}"),
    }
}
