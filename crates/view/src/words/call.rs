//! A system call that succeeded, in words.

use abi::{Advice, MapFlags, MsyncFlags, Pid, Prot, Signal, Syscall, VirtAddr};
use kernel::addr::Vpn;
use kernel::{Event, Outcome};

use super::Words;
use crate::bytes::printable;
use crate::figures::long_size;
use crate::told::{Told, count};

/// The sentence and the paragraph of a call.
pub fn call_words(told: &Told, call: &Syscall) -> Words {
    let returned = match told.outcome {
        Some(Outcome::Return(value)) => *value,
        _ => 0,
    };
    let (headline, why) = memory_words(told, call, returned)
        .or_else(|| file_words(told, call, returned))
        .or_else(|| process_words(told, call, returned))
        .unwrap_or_else(|| plain_words(told, call, returned));
    Words {
        kind: call.name().into(),
        headline,
        why,
    }
}

type Telling = (String, String);

fn memory_words(told: &Told, call: &Syscall, returned: u64) -> Option<Telling> {
    let who = told.who();
    Some(match call {
        Syscall::Mmap { length, prot, flags, .. } => mmap(told, *length, *prot, *flags, VirtAddr(returned)),
        Syscall::Munmap { address, length } => (
            format!("{who} unmapped {} at `{address}`{}.", long_size(*length), freed(told)),
            "The VMA and the page-table entries of the range are gone; the next access there is a SIGSEGV. Frames that \
             nobody else uses became free. What was stored into a shared file mapping stays in the page cache."
                .into(),
        ),
        Syscall::Mprotect { address, length, prot } => (
            format!("{who} {} {} at `{address}`.", rights(*prot), long_size(*length)),
            "The kernel changed the VMA (and split it, where only a part of it was meant) and the page-table entries \
             that were there, and flushed them from the TLB."
                .into(),
        ),
        Syscall::Mremap { old_address, new_length, .. } => (
            format!("{who} made the mapping at `{old_address}` {} long; it is now at `{:#x}`.", long_size(*new_length), returned),
            "If it had to move, page-table entries moved and not bytes: the frames are the same.".into(),
        ),
        Syscall::Brk { .. } => brk(told, returned),
        Syscall::Msync { flags, .. } => msync(told, *flags),
        Syscall::Madvise { advice, length, .. } => madvise(told, *advice, *length),
        Syscall::Mlock { length, .. } | Syscall::Mlock2 { length, .. } => (
            format!("{who} locked {} in RAM.", long_size(*length)),
            "Every page of the range was brought in now, and none of them may be taken out of RAM until it is unlocked.".into(),
        ),
        Syscall::Munlock { length, .. } => (
            format!("{who} unlocked {}.", long_size(*length)),
            "The pages stay where they are, but may leave RAM again when it runs short.".into(),
        ),
        Syscall::Mincore { .. } => (
            format!("{who} asked which of its pages are in RAM."),
            "One byte for each page says whether an access would be served without the disk.".into(),
        ),
        _ => return None,
    })
}

fn mmap(told: &Told, length: u64, prot: Prot, flags: MapFlags, at: VirtAddr) -> Telling {
    let who = told.who();
    let size = long_size(length);
    let shared = flags.sharing() != 2;
    let filled = told
        .events
        .iter()
        .filter(|event| matches!(event, Event::FrameAllocated { .. }))
        .count();
    let later = match filled {
        0 => "Page-table entries and frames come when the pages are touched.".to_string(),
        _ => format!(
            "Because it was asked for, {} were brought in at once.",
            count(filled as u64, "frame")
        ),
    };
    if flags.contains(MapFlags::MAP_ANONYMOUS) {
        let sharing = if shared {
            " After `fork` parent and child will use the same frames."
        } else {
            ""
        };
        return (
            format!("{who} was promised {size} of memory at `{at}`; no RAM was taken yet."),
            format!(
                "`mmap` only made a note, a VMA: these addresses, zeros behind them, {}. {later}{sharing}",
                allowed(prot)
            ),
        );
    }
    let file = told.file_behind(told.pid, Vpn::containing(at));
    let file = file.map_or("the file".into(), |name| format!("`{name}`"));
    let sharing = if shared {
        "MAP_SHARED: stores will go to the page cache, where everyone who maps or reads the file sees them at once, \
         and from there to the disk."
    } else {
        "MAP_PRIVATE: stores will go to copies of this process's own, and never to the file."
    };
    (
        format!("{who} mapped {size} of {file} at `{at}`; not a byte of it was read yet."),
        format!(
            "`mmap` only made a note, a VMA: these addresses, this file, {}. {later} {sharing}",
            allowed(prot)
        ),
    )
}

fn allowed(prot: Prot) -> &'static str {
    match (
        prot.contains(Prot::PROT_READ),
        prot.contains(Prot::PROT_WRITE),
        prot.contains(Prot::PROT_EXEC),
    ) {
        (_, true, _) => "to read and write",
        (_, false, true) => "to read and execute",
        (true, false, false) => "to read",
        (false, false, false) => "with no access allowed",
    }
}

fn rights(prot: Prot) -> &'static str {
    match (
        prot.contains(Prot::PROT_READ),
        prot.contains(Prot::PROT_WRITE),
        prot.contains(Prot::PROT_EXEC),
    ) {
        (_, true, true) => "may now read, write and execute",
        (_, true, false) => "may now read and write",
        (_, false, true) => "may now read and execute",
        (true, false, false) => "may now only read",
        (false, false, false) => "may no longer touch",
    }
}

fn frames_freed(told: &Told) -> u64 {
    told.events
        .iter()
        .filter(|event| matches!(event, Event::FrameFreed { .. }))
        .count() as u64
}

fn freed(told: &Told) -> String {
    match frames_freed(told) {
        0 => String::new(),
        number => format!("; {} became free", count(number, "frame")),
    }
}

fn brk(told: &Told, returned: u64) -> Telling {
    let moved = told.events.iter().find_map(|event| match event {
        Event::BreakMoved { old, new, .. } => Some((*old, *new)),
        _ => None,
    });
    let who = told.who();
    match moved {
        Some((old, new)) if new > old => (
            format!("{who} made its heap {} larger.", long_size(new.0 - old.0)),
            "The heap is one VMA whose end, the program break, moves. As with `mmap`, frames come when the new pages are \
             touched."
                .into(),
        ),
        Some((old, new)) => (
            format!("{who} made its heap {} smaller{}.", long_size(old.0.saturating_sub(new.0)), freed(told)),
            "The end of the heap, the program break, moved down, and what lay behind it is unmapped.".into(),
        ),
        None => (
            format!("{who} asked where its heap ends: at `{returned:#x}`."),
            "The program break is the end of the heap.".into(),
        ),
    }
}

/// Pages written to the disk, and the name of the last one's file.
fn written(told: &Told) -> (u64, String) {
    let mut pages = 0;
    let mut name = String::from("the file");
    for event in told.events {
        if let Event::BlockWritten { inode, .. } = event {
            pages += 1;
            name = format!("`{}`", told.names.file(*inode));
        }
    }
    (pages, name)
}

fn msync(told: &Told, flags: MsyncFlags) -> Telling {
    let who = told.who();
    if flags.contains(MsyncFlags::MS_ASYNC) {
        return (
            format!("{who} asked for a write-back some time; nothing had to happen now."),
            "With MS_ASYNC Linux does nothing: it knows which pages are dirty and writes them after a while by itself. \
             MS_SYNC would write them now, and wait."
                .into(),
        );
    }
    match written(told) {
        (0, _) => (
            format!("{who} asked for its changes to be on the disk, and they are: nothing was dirty."),
            "Only dirty pages of shared file mappings have to be written. Private and anonymous pages have no place on \
             the disk to go to."
                .into(),
        ),
        (pages, file) => (
            format!("{who} had {} of {file} written to the disk.", count(pages, "dirty page")),
            "`msync` waits until the disk holds what memory holds. Each page is clean again, and write-protected, so \
             that the kernel will notice the next store."
                .into(),
        ),
    }
}

fn madvise(told: &Told, advice: Advice, length: u64) -> Telling {
    let who = told.who();
    let size = long_size(length);
    match advice {
        Advice::DontNeed => (
            format!("{who} gave up what is in {size} of its memory{}.", freed(told)),
            "MADV_DONTNEED empties the page-table entries at once. The mapping stays: private anonymous pages read as \
             zeros next time, file pages are looked up again."
                .into(),
        ),
        Advice::WillNeed => (
            format!("{who} said that it will soon need {size}."),
            "The kernel may read the file's pages ahead, so that later faults are minor ones.".into(),
        ),
        _ => (
            format!("{who} gave the kernel the advice `{advice}` for {size}."),
            "Advice changes how the kernel treats the pages, and (with few exceptions) not what the program sees.".into(),
        ),
    }
}

fn file_words(told: &Told, call: &Syscall, returned: u64) -> Option<Telling> {
    let who = told.who();
    let named = |fd: abi::Fd| match told.names.descriptor(told.pid, fd.0) {
        Some(name) => format!("`{name}`"),
        None => format!("descriptor {fd}"),
    };
    Some(match call {
        Syscall::Open { .. } => {
            let fd = i32::try_from(returned).unwrap_or(-1);
            (
                format!("{who} opened {} as descriptor {fd}.", named(abi::Fd(fd))),
                "A descriptor is the process's number for an open file. Nothing of the file's contents was read.".into(),
            )
        }
        Syscall::Close { fd } => (
            format!("{who} closed descriptor {fd}."),
            "Mappings made through it stay: each holds the file by itself.".into(),
        ),
        Syscall::Read { fd, .. } | Syscall::Pread { fd, .. } => read(told, &named(*fd), returned),
        Syscall::Write { fd, .. } | Syscall::Pwrite { fd, .. } => write(told, &named(*fd), returned),
        Syscall::Lseek { fd, .. } => (
            format!("{who} moved to byte {returned} of {}.", named(*fd)),
            "Only a number in the open file changed: where the next `read` or `write` begins.".into(),
        ),
        Syscall::Fsync { fd } | Syscall::Fdatasync { fd } => match written(told) {
            (0, _) => (
                format!("{who} asked for {} to be on the disk, and it is: nothing was dirty.", named(*fd)),
                "`fsync` writes every dirty page of the file and waits.".into(),
            ),
            (pages, file) => (
                format!("{who} had {} of {file} written to the disk.", count(pages, "dirty page")),
                "`fsync` writes every dirty page of the file and waits until the disk holds what memory holds.".into(),
            ),
        },
        Syscall::Ftruncate { length, .. } | Syscall::Truncate { length, .. } => (
            format!("{who} made a file {length} bytes long."),
            "A longer file reads as zeros where nothing was written, and costs no disk there. What is cut off is gone: \
             also from mappings, where touching it is now a SIGBUS."
                .into(),
        ),
        Syscall::Unlink { .. } => (
            format!("{who} removed a file's name."),
            "The file itself lives on until the last descriptor and the last mapping of it are gone.".into(),
        ),
        _ => return None,
    })
}

/// What a read or write moved between disk, cache and buffer: pages read from the disk, bytes copied.
fn traffic(told: &Told) -> (u64, u64) {
    told.events
        .iter()
        .fold((0, 0), |(pages, bytes), event| match event {
            Event::BlockRead { .. } => (pages + 1, bytes),
            Event::Copied { bytes: more, .. } => (pages, bytes + more),
            _ => (pages, bytes),
        })
}

fn read(told: &Told, file: &str, returned: u64) -> Telling {
    let who = told.who();
    if returned == 0 {
        return (
            format!("{who} read from {file} and found its end."),
            "`read` returns 0 at the end of a file.".into(),
        );
    }
    let (from_disk, copied) = traffic(told);
    let first = match from_disk {
        0 => "The bytes were in the page cache already.".into(),
        pages => format!(
            "First {} came from the disk into the page cache.",
            count(pages, "page")
        ),
    };
    (
        format!(
            "{who} had {} of {file} copied into its buffer.",
            count(returned, "byte")
        ),
        format!(
            "{first} Then the kernel copied {} from the cache into the program's memory: the file is now in RAM twice. \
             A mapping would have shown the cache's own page instead.",
            count(copied.max(returned), "byte")
        ),
    )
}

fn write(told: &Told, file: &str, returned: u64) -> Telling {
    let who = told.who();
    let printed = told.events.iter().find_map(|event| match event {
        Event::TerminalWritten { bytes, .. } => Some(printable(bytes.trim_ascii_end())),
        _ => None,
    });
    match printed {
        Some(text) => (
            format!("{who} printed \"{text}\"."),
            "`write` to the terminal: the kernel copied the bytes out of the program's memory.".into(),
        ),
        None => (
            format!("{who} had {} of its memory copied into {file}.", count(returned, "byte")),
            "The kernel copied them into the page cache and marked the pages dirty. Every mapping of the file shows \
             them at once; the disk gets them later, or at `fsync`."
                .into(),
        ),
    }
}

fn process_words(told: &Told, call: &Syscall, returned: u64) -> Option<Telling> {
    let who = told.who();
    Some(match call {
        Syscall::Fork {} => (
            format!("{who} forked: process {returned} is its copy, and not one page of memory was copied for it."),
            "The child got the same mappings and page-table entries that lead to the same frames. Private pages are \
             write-protected in both from now on: whoever writes first is given a copy then. Shared mappings stay \
             shared, and the child finds their pages by faults of its own."
                .into(),
        ),
        Syscall::Vfork {} => (
            format!("{who} made process {returned}, which borrows its whole address space."),
            "With `vfork` nothing is copied, not even the page table: the parent waits until the child ends or runs \
             another program."
                .into(),
        ),
        Syscall::Exit { status } => (
            format!("{who} ended with status {status}{}.", freed(told)),
            "All its mappings are gone. Frames that others map, or that the page cache holds, stay. Its number stays, \
             too, until the parent has waited for it."
                .into(),
        ),
        Syscall::Wait4 { .. } if told.outcome == Some(&Outcome::Blocked) => (
            format!("{who} waits until a child ends."),
            "`wait` blocks: the others run meanwhile.".into(),
        ),
        Syscall::Wait4 { .. } if returned == 0 => (
            format!("{who} asked for a child that has ended; none has."),
            "WNOHANG does not wait.".into(),
        ),
        Syscall::Wait4 { .. } => (
            format!("{who} was told that its child, process {returned}, has ended."),
            "With that the last trace of the child is gone, and its number may be used again.".into(),
        ),
        Syscall::Kill { pid, signal } => {
            let name = Signal::from_number(*signal).map_or("a signal".into(), |signal| signal.to_string());
            (format!("{who} sent {name} to process {}.", Pid(*pid)), "The signal is pending until the process runs.".into())
        }
        _ => return None,
    })
}

fn plain_words(told: &Told, call: &Syscall, returned: u64) -> Telling {
    if told.outcome == Some(&Outcome::Blocked) {
        return (
            format!("{} waits in `{}`.", told.who(), call.name()),
            "It goes on when what it waits for happens.".into(),
        );
    }
    (
        format!("{} called `{call}`, which returned {returned}.", told.who()),
        "No memory changed hands.".into(),
    )
}
