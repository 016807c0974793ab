//! A page fault in words: one sentence of what happened to whom, one paragraph of why.

use abi::Pid;
use kernel::addr::{PageIndex, Pfn, Vpn};
use kernel::{Access, Command, Decision, Event, Fault, FaultKind};

use super::Words;
use crate::scene::BackingKind;
use crate::told::{Told, count, value_words};

/// The sentence and the paragraph of a fault.
pub fn fault_words(told: &Told, fault: &Fault) -> Words {
    let teller = Teller {
        told,
        fault,
        page: Vpn::containing(fault.address),
    };
    let (headline, why) = match fault.kind {
        FaultKind::ZeroPageRead => teller.zero_page_read(),
        FaultKind::AnonymousAllocate => teller.anonymous_allocate(),
        FaultKind::FileMinor => teller.file_minor(),
        FaultKind::FileMajor => teller.file_major(),
        FaultKind::CopyOnWrite => teller.copy_on_write(),
        FaultKind::CopyOnWriteReuse => teller.reuse(),
        FaultKind::SharedWriteNotify => teller.shared_write(),
        FaultKind::SwapIn => teller.swap_in(),
        FaultKind::StackGrow => teller.stack_grow(),
        FaultKind::Spurious => teller.spurious(),
        FaultKind::SegvMapErr => teller.nothing_mapped(),
        FaultKind::SegvAccErr => teller.not_allowed(),
        FaultKind::BusAdrErr => teller.past_the_end(),
    };
    let kind = match teller.is_shared_memory() {
        true if fault.kind == FaultKind::FileMinor => "minor fault: shared memory",
        _ => kind_words(fault.kind),
    };
    Words {
        kind: kind.into(),
        headline,
        why,
    }
}

/// What kind of fault it is, for the heading.
pub const fn kind_words(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::ZeroPageRead => "minor fault: the zero page",
        FaultKind::AnonymousAllocate => "minor fault: new memory",
        FaultKind::FileMinor => "minor fault: a cached page",
        FaultKind::FileMajor => "major fault: a page from disk",
        FaultKind::CopyOnWrite => "copy-on-write fault",
        FaultKind::CopyOnWriteReuse => "minor fault: the last user",
        FaultKind::SharedWriteNotify => "minor fault: first write",
        FaultKind::SwapIn => "fault: back from swap",
        FaultKind::StackGrow => "minor fault: the stack grows",
        FaultKind::Spurious => "spurious fault",
        FaultKind::SegvMapErr | FaultKind::SegvAccErr => "segmentation fault",
        FaultKind::BusAdrErr => "bus error",
    }
}

struct Teller<'a> {
    told: &'a Told<'a>,
    fault: &'a Fault,
    page: Vpn,
}

impl Teller<'_> {
    fn who(&self) -> String {
        format!("Process {}", self.fault.pid)
    }

    fn place(&self) -> String {
        self.told.place(self.fault.pid, self.fault.address)
    }

    fn area(&self) -> String {
        self.told.area_name(self.fault.pid, self.page)
    }

    fn file(&self) -> String {
        let name = self.told.file_behind(self.fault.pid, self.page);
        name.map_or("the file".into(), |name| format!("`{name}`"))
    }

    /// What the process did, up to its object: `stored 'B' into`, `read`.
    fn deed(&self) -> String {
        match (self.told.command, self.fault.access) {
            _ if self.fault.in_kernel => match self.fault.access {
                Access::Write => "had the kernel write into".into(),
                _ => "had the kernel read from".into(),
            },
            (Some(Command::Store { value, width, .. }), Access::Write) => {
                format!("stored {} into", value_words(*value, width.bytes()))
            }
            (Some(Command::StoreBytes { bytes, .. }), Access::Write) => {
                format!("stored {} into", count(bytes.len() as u64, "byte"))
            }
            (_, Access::Read) => "read".into(),
            (_, Access::Write) => "wrote to".into(),
            (_, Access::Execute) => "ran code in".into(),
        }
    }

    /// `Process 100 stored 'A' into`
    fn did(&self) -> String {
        format!("{} {}", self.who(), self.deed())
    }

    /// The frame that the page holds after the step, in words.
    fn frame(&self) -> String {
        self.mapped()
            .map_or("a frame".into(), |frame| format!("frame {}", frame.0))
    }

    fn mapped(&self) -> Option<Pfn> {
        self.told.events.iter().rev().find_map(|event| match event {
            Event::PteChanged { pid, page, new, .. }
                if (*pid, *page) == (self.fault.pid, self.page) =>
            {
                new.present().map(|new| new.frame)
            }
            _ => None,
        })
    }

    fn copied(&self) -> Option<(Pfn, Pfn)> {
        self.told.events.iter().find_map(|event| match event {
            Event::CowBroken {
                pid,
                page,
                from,
                to,
            } if (*pid, *page) == (self.fault.pid, self.page) => Some((*from, *to)),
            _ => None,
        })
    }

    fn index(&self) -> PageIndex {
        let index = self.fault.path.iter().find_map(|decision| match decision {
            Decision::WithinObject { index, .. } | Decision::Cached { index, .. } => Some(index),
            _ => None,
        });
        index.unwrap_or_default()
    }

    fn zero_page_read(&self) -> (String, String) {
        (
            format!("{} {}, which nobody had written yet, and was shown the shared page of zeros.", self.did(), self.place()),
            "New memory reads as zeros. As long as a page is only read, one frame full of zeros serves it, \
             write-protected, and no RAM is spent. The first store will bring a frame of its own."
                .into(),
        )
    }

    fn anonymous_allocate(&self) -> (String, String) {
        (
            format!(
                "{} a page of {} for the first time, so it was given a frame of RAM.",
                self.did(),
                self.area()
            ),
            format!(
                "Until now this memory was only promised: no frame stood behind the page. The store trapped; the \
                 kernel took {}, filled it with zeros so that nothing of its former user can be seen, and wrote \
                 its number into the page table. Then the store ran again.",
                self.frame()
            ),
        )
    }

    fn file_minor(&self) -> (String, String) {
        if self.is_shared_memory() {
            return self.shared_memory();
        }
        if self.copied().is_some() {
            return self.private_file_copy("was in the page cache");
        }
        if self.told.file_behind(self.fault.pid, self.page).is_none() {
            return (
                format!(
                    "{} a page of {}, which the kernel lends to every process.",
                    self.did(),
                    self.area()
                ),
                "It is there from the start, so that it only had to be mapped: a minor fault."
                    .into(),
            );
        }
        (
            format!(
                "{} a page of {} that was in memory already: it only had to be mapped.",
                self.did(),
                self.file()
            ),
            format!(
                "Page {} of the file is in the page cache, in {}. The kernel wrote the frame's number into the page \
                 table: a minor fault, without the disk. The process now uses the very frame of the cache; no byte \
                 was copied.{}",
                self.index().0,
                self.frame(),
                self.dirtied()
            ),
        )
    }

    fn is_shared_memory(&self) -> bool {
        self.told.backing(self.fault.pid, self.page) == Some(BackingKind::Shmem)
    }

    /// What a store through a shared mapping of a file means beside the fault.
    fn dirtied(&self) -> &'static str {
        let dirtied = self
            .told
            .events
            .iter()
            .any(|event| matches!(event, Event::PageDirtied { .. }));
        match dirtied {
            true => " The store also made the page dirty: from now on memory and disk differ.",
            false => "",
        }
    }

    fn shared_memory(&self) -> (String, String) {
        let frame = self.frame();
        if self.decided(|decision| matches!(decision, Decision::Cached { yes: false, .. })) {
            return (
                format!(
                    "{} a page of {} for the first time, so the shared memory was given a frame.",
                    self.did(),
                    self.area()
                ),
                format!(
                    "Shared memory is a file without a disk: its pages live in the page cache alone. Nobody had touched \
                     this one, so the kernel took {frame}, filled it with zeros and mapped it. All who share the mapping \
                     will find the very same frame."
                ),
            );
        }
        (
            format!(
                "{} a page of {} that another process brought in: both now use {frame}.",
                self.did(),
                self.area()
            ),
            format!(
                "The page is there already. The kernel only wrote the number of {frame} into this process's page \
                 table: a minor fault. From now on each sees the other's stores at once; no byte is copied."
            ),
        )
    }

    fn file_major(&self) -> (String, String) {
        if self.copied().is_some() {
            return self.private_file_copy("had to be read from the disk");
        }
        (
            format!(
                "{} {}, but that page of {} was not in memory: it was read from the disk.",
                self.did(),
                self.place(),
                self.file()
            ),
            format!(
                "`mmap` had only noted which file belongs to these addresses. Now that a byte was needed, the access \
                 trapped; the kernel read page {} of the file into {}, kept it in the page cache and mapped it: a \
                 major fault. Then the same instruction ran again.{}",
                self.index().0,
                self.frame(),
                self.dirtied()
            ),
        )
    }

    fn private_file_copy(&self, cache: &str) -> (String, String) {
        let (from, to) = self.copied().unwrap_or_default();
        (
            format!(
                "{} its private mapping of {}, so it was given a copy of the page; the file stays as it is.",
                self.did(),
                self.file()
            ),
            format!(
                "MAP_PRIVATE promises that stores stay with the process. Page {} of the file {cache}, in frame {}, \
                 which belongs to everyone; so the kernel copied it to frame {} before the store. `read` and all \
                 other mappings still see the old bytes, and the disk never will see the new ones.",
                self.index().0,
                from.0,
                to.0,
            ),
        )
    }

    fn copy_on_write(&self) -> (String, String) {
        let Some((from, to)) = self.copied().filter(|(from, _)| from.0 != 0) else {
            return self.leave_zero_page();
        };
        if self.decided(|decision| matches!(decision, Decision::LastSharer { .. })) {
            return self.leave_shared_frame(from, to);
        }
        match self.told.file_behind(self.fault.pid, self.page) {
            Some(_) => self.private_file_copy("is in the page cache"),
            None => self.leave_shared_frame(from, to),
        }
    }

    fn decided(&self, wanted: impl Fn(&Decision) -> bool) -> bool {
        self.fault.path.iter().any(|decision| wanted(&decision))
    }

    fn leave_zero_page(&self) -> (String, String) {
        (
            format!(
                "{} a page that had only been read so far, so it was given a frame of its own.",
                self.did()
            ),
            format!(
                "The page table pointed at the shared page of zeros, write-protected. Nobody may change that one, \
                 so the kernel took {}, filled it with zeros, and let the store happen there.",
                self.frame()
            ),
        )
    }

    fn leave_shared_frame(&self, from: Pfn, to: Pfn) -> (String, String) {
        let mut others = self.told.names.mappers(from);
        others.retain(|pid| *pid != self.fault.pid);
        let keeps = match others.as_slice() {
            [] => format!("frame {} stays with the others who use it", from.0),
            [one] => format!("process {one} keeps frame {}", from.0),
            more => format!("{} other processes keep frame {}", more.len(), from.0),
        };
        (
            format!(
                "{} a page that it shares with {}, so it was given a copy of its own.",
                self.did(),
                self.sharers(&others)
            ),
            format!(
                "Since `fork` several page tables point at frame {}, write-protected. The first one to write pays \
                 for the copy, here frame {}; {keeps}.",
                from.0, to.0
            ),
        )
    }

    fn sharers(&self, others: &[Pid]) -> String {
        let me = self.fault.pid;
        let names = self.told.names;
        match others {
            [one] if names.parent(me) == Some(*one) => "its parent".into(),
            [one] if names.parent(*one) == Some(me) => "its child".into(),
            [one] => format!("process {one}"),
            [] => "another process".into(),
            more => format!("{} other processes", more.len()),
        }
    }

    fn reuse(&self) -> (String, String) {
        (
            format!(
                "{} a page that nobody shares any more, so it may write to it without a copy.",
                self.did()
            ),
            format!(
                "The page was write-protected because it used to be shared. But {} has only this one user left: a \
                 copy would be wasted, so the kernel just allowed the write in the page table.",
                self.frame()
            ),
        )
    }

    fn shared_write(&self) -> (String, String) {
        (
            format!("{} a clean page of {}: the kernel noted that the page is now dirty.", self.did(), self.file()),
            "A clean page of a shared file mapping is write-protected, so that the first store traps and the kernel \
             learns that memory and disk will differ. It marked the page dirty and allowed writing; further stores \
             cost nothing until the page has been written back."
                .into(),
        )
    }

    fn swap_in(&self) -> (String, String) {
        (
            format!(
                "{} {}, but that page had been moved to swap: it was brought back.",
                self.did(),
                self.place()
            ),
            format!(
                "RAM had been short, so the page was put on the swap device and its PTE remembered the slot. It is now in {}.",
                self.frame()
            ),
        )
    }

    fn stack_grow(&self) -> (String, String) {
        (
            format!("{} used memory below its stack, so the stack grew.", self.who()),
            "The stack's mapping may grow down by itself, up to its limit. The kernel extended it to the address and \
             gave it a frame of zeros."
                .into(),
        )
    }

    fn spurious(&self) -> (String, String) {
        (
            format!("{} {} and trapped, but nothing was to be done.", self.did(), self.place()),
            "The processor used an old translation from its TLB; the page table allowed the access already. The \
             instruction simply ran again."
                .into(),
        )
    }

    fn nothing_mapped(&self) -> (String, String) {
        let verb = self.deed();
        let headline = match self.fault.address.0 {
            0..=0xfff => format!(
                "{} followed a null pointer and was stopped by SIGSEGV.",
                self.who()
            ),
            _ => format!(
                "{} {verb} `{:#x}`, where nothing is mapped: SIGSEGV.",
                self.who(),
                self.fault.address.0
            ),
        };
        (
            headline,
            "No VMA holds this address, so there is nothing that the kernel could put there. It raises SIGSEGV with \
             the code SEGV_MAPERR; without a handler that is the end of the process."
                .into(),
        )
    }

    fn not_allowed(&self) -> (String, String) {
        let area = self.told.names.area(self.fault.pid, self.page);
        let rights = area.map_or("other rights".into(), |area| {
            format!("`{}`", area.permissions)
        });
        let wish = match self.fault.access {
            Access::Read => "which it may not read",
            Access::Write => "which it may not write",
            Access::Execute => "which it may not execute",
        };
        (
            format!("{} {}, {wish}: SIGSEGV.", self.did(), self.place()),
            format!(
                "The mapping is there, but it allows only {rights}. The kernel raises SIGSEGV with the code \
                 SEGV_ACCERR; without a handler that is the end of the process. Nothing was changed."
            ),
        )
    }

    fn past_the_end(&self) -> (String, String) {
        (
            format!(
                "{} {} past the end of {}: SIGBUS.",
                self.who(),
                self.deed_past_end(),
                self.file()
            ),
            format!(
                "The mapping is longer than the file. Page {} of it lies wholly behind the file's last byte, so there \
                 is no page to show. (In the file's last page itself, the rest reads as zeros.) The kernel raises \
                 SIGBUS with the code BUS_ADRERR.",
                self.index().0
            ),
        )
    }

    fn deed_past_end(&self) -> &'static str {
        match self.fault.access {
            Access::Write => "wrote",
            _ => "read",
        }
    }
}
