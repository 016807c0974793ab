//! Why a call failed: each typed reason of the kernel in words, with what the program can do.

use abi::{Errno, Syscall};
use kernel::Reason;

/// The reason as the end of the sentence "`mmap` failed with EINVAL: ...", and a paragraph.
pub fn refusal(
    reason: Reason,
    errno: Errno,
    call: Option<&Syscall>,
) -> (&'static str, &'static str) {
    if let Some(special) = call.and_then(|call| special_case(reason, errno, call)) {
        return special;
    }
    match reason {
        Reason::ZeroLength => (
            "the length is 0",
            "A mapping must have at least one byte. Lengths are rounded up to whole pages, but 0 stays 0.",
        ),
        Reason::LengthOverflow => (
            "the length is too large to be rounded up to pages",
            "Rounded up to a whole number of pages the length no longer fits in 64 bits. A negative number given as a length looks like this.",
        ),
        Reason::UnalignedAddress => (
            "the address is not at the start of a page",
            "Memory is mapped in pages of 4096 bytes, so the address must be a multiple of 4096.",
        ),
        Reason::UnalignedOffset => (
            "the offset is not a multiple of the page size",
            "A page of memory stands for a page of the file, so a mapping can only start at a multiple of 4096 bytes into it. Map from the page's start and add the rest to the pointer.",
        ),
        Reason::OffsetOverflow => (
            "offset and length together are too large",
            "The end of the mapping would lie beyond the largest offset that a file can have.",
        ),
        Reason::BeyondUserSpace => (
            "the range reaches beyond the end of user space",
            "A process owns the addresses below 2^47. What lies above belongs to the kernel.",
        ),
        Reason::NoSharingType => (
            "neither MAP_SHARED nor MAP_PRIVATE was given",
            "The kernel must know what a store means: MAP_SHARED changes the object for everyone, MAP_PRIVATE only this process's view of it.",
        ),
        Reason::BadFlags => (
            "these flags do not go together, or are not known",
            "The call knows only the flags of its man page, and some of them exclude each other.",
        ),
        Reason::BadProtection => (
            "the protection has a bit without a meaning",
            "Protection is PROT_NONE, or any of PROT_READ, PROT_WRITE and PROT_EXEC together.",
        ),
        Reason::BadDescriptor => (
            "the number is no open file descriptor",
            "No file is open under this number: `open` failed, or it was closed, or for a mapping without a file MAP_ANONYMOUS is missing.",
        ),
        Reason::NotReadable => (
            "the file was not opened for reading",
            "A mapping of a file must be able to read it, also when it is only to be written: open it with O_RDONLY or O_RDWR.",
        ),
        Reason::NotWritable => (
            "the file was not opened for writing",
            "Stores through a shared mapping change the file, so it must have been opened with O_RDWR. A MAP_PRIVATE mapping needs only reading.",
        ),
        Reason::NotMappable => (
            "this kind of object cannot be mapped",
            "Files, shared memory and some devices can be mapped. Directories, pipes and terminals have no pages.",
        ),
        Reason::Unmapped => (
            "nothing is mapped at a part of the range",
            "The call works on pages that exist, and there is a hole in the range. What came before the hole may have been done already.",
        ),
        Reason::RangeInUse => (
            "something is mapped there already",
            "MAP_FIXED_NOREPLACE asks for exactly this address and refuses to replace what is there. MAP_FIXED would have replaced it silently.",
        ),
        Reason::NoAddressSpace => (
            "no gap of the address space is large enough",
            "Address space is used up by mappings, whether they are touched or not.",
        ),
        Reason::TooManyMappings => (
            "the process has as many mappings as it may have",
            "Each VMA costs kernel memory, so a process may have 65,530 of them (vm.max_map_count). Splitting one with `munmap` or `mprotect` needs one more, too.",
        ),
        Reason::ResourceLimit => (
            "a resource limit forbids it",
            "`setrlimit` bounds address space (RLIMIT_AS), data (RLIMIT_DATA) or locked memory (RLIMIT_MEMLOCK) of a process.",
        ),
        Reason::Overcommit => (
            "so much memory could never be backed",
            "Linux promises more memory than there is, but refuses what is obviously too much: more than all RAM and swap in one call. MAP_NORESERVE takes the promise back.",
        ),
        Reason::Locked => (
            "the pages are locked",
            "Locked pages must stay in RAM as they are; unlock them first with `munlock`.",
        ),
        Reason::BadBuffer => (
            "the kernel cannot use the buffer",
            "The pointer leads to memory that is not mapped, or not allowed for this. In the program's own code that would be a SIGSEGV; in a system call it is EFAULT.",
        ),
        Reason::NoSuchFile => (
            "there is no such file",
            "No file has this name. With O_CREAT `open` would have made it.",
        ),
        Reason::FileExists => ("the file exists already", "O_EXCL asks for a new file."),
        Reason::WrongKind => (
            "the object is of another kind than the call needs",
            "Some calls need a regular file, others a directory or a pipe.",
        ),
        Reason::OutOfSpace => (
            "no space is left",
            "Neither RAM nor disk is endless: something must be freed first.",
        ),
        Reason::TooManyProcesses => (
            "there are as many processes as there may be",
            "A limit keeps a program that forks for ever from taking the whole machine.",
        ),
        Reason::NoSuchProcess => (
            "there is no such process",
            "It has ended, or it is not a child of the caller; or no child is left to wait for.",
        ),
        Reason::Interrupted => (
            "a signal came in between",
            "The call was waiting when a signal handler ran. The program may simply call again.",
        ),
        Reason::WouldBlock => (
            "it would have to wait",
            "The program asked not to wait, and there is nothing to be had now.",
        ),
        Reason::NoReader => (
            "nobody is left to read",
            "Every reading end of the pipe is closed. The writer also gets SIGPIPE, which ends it unless it is ignored.",
        ),
        Reason::BadArgument => (
            "an argument is out of its range",
            "The call's man page says which values it takes.",
        ),
        Reason::NotPermitted => (
            "it is not permitted",
            "The file's mode, its seals or its owner forbid it.",
        ),
        Reason::NotModelled => (
            "the lab does not model this use of the call",
            "Linux can do this; the lab's kernel cannot yet, and says so rather than guess.",
        ),
        _ => (
            "the kernel refused it",
            "The man page of the call lists when it fails with this error.",
        ),
    }
}

/// Reasons that deserve other words for one call.
fn special_case(
    reason: Reason,
    errno: Errno,
    call: &Syscall,
) -> Option<(&'static str, &'static str)> {
    match (reason, errno, call) {
        (Reason::ZeroLength, _, Syscall::Munmap { .. }) => Some((
            "the length is 0",
            "There is nothing to unmap. Linux counts that as a mistake of the program.",
        )),
        (Reason::Unmapped, _, Syscall::Msync { .. }) => Some((
            "a part of the range is not mapped",
            "The mapped parts were synchronised nevertheless; the error only says that there was a hole.",
        )),
        (Reason::Locked, _, Syscall::Msync { .. }) => Some((
            "MS_INVALIDATE cannot drop locked pages",
            "Invalidating would take pages out of RAM that `mlock` promised to keep there.",
        )),
        (Reason::NotWritable, _, Syscall::Mprotect { .. }) => Some((
            "the file behind the shared mapping is not open for writing",
            "What `mmap` would have refused `mprotect` refuses, too: a shared mapping of a file that was opened O_RDONLY can never become writable.",
        )),
        (Reason::NoSuchProcess, Errno::ECHILD, _) => Some((
            "there is no child to wait for",
            "Every child has been waited for already, or there never was one.",
        )),
        _ => None,
    }
}

/// A signal's code in words: why the access was refused.
pub fn signal_words(code: abi::SignalCode) -> &'static str {
    use abi::SignalCode;
    match code {
        SignalCode::SegvMapErr => "nothing is mapped at the address",
        SignalCode::SegvAccErr => "the mapping does not allow this access",
        SignalCode::BusAdrErr => "the object behind the mapping ends before the address",
        SignalCode::Kernel => "the address is not one that the processor knows",
        SignalCode::User => "another process sent it with `kill`",
        SignalCode::Tkill => "the process sent it to itself",
        SignalCode::FpeIntDiv => "an integer was divided by zero, or the quotient does not fit",
        SignalCode::ChildExited => "a child ended",
        SignalCode::ChildKilled => "a child was killed by a signal",
        SignalCode::ChildStopped => "a child was stopped by a signal",
        SignalCode::ChildContinued => "a stopped child goes on",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_its_own_has_its_own_words() {
        let msync = Syscall::Msync {
            address: abi::VirtAddr(4096),
            length: 8192,
            flags: abi::MsyncFlags::MS_SYNC,
        };
        let hole = refusal(Reason::Unmapped, Errno::ENOMEM, Some(&msync)).1;
        assert!(hole.starts_with("The mapped parts were synchronised"));
        let general = refusal(Reason::Unmapped, Errno::ENOMEM, None).1;
        assert!(general.starts_with("The call works on pages that exist"));
    }
}
