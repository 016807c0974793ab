//! System calls as the kernel takes them: a number and six words (`arch/x86/entry/syscalls/syscall_64.tbl`).

use abi::{Path, Syscall};

/// A call ready for the agent; a text is put into the scratch memory and its address into the
/// argument that `text_at` names.
pub struct Encoded {
    /// The system call's number.
    pub number: i64,
    /// Its arguments.
    pub arguments: Vec<u64>,
    /// The argument that is a string, and the string.
    pub text: Option<(usize, String)>,
}

fn path(number: i64, path: &Path, rest: &[u64]) -> Encoded {
    let (address, text) = match path {
        Path::At(address) => (address.0, None),
        Path::Text(text) => (0, Some((0, text.to_string()))),
    };
    let mut arguments = vec![address];
    arguments.extend_from_slice(rest);
    Encoded {
        number,
        arguments,
        text,
    }
}

/// The call's number and arguments; none for calls that have no meaning in an agent (signals' own).
#[rustfmt::skip] // One line a call.
pub fn encode(call: &Syscall) -> Option<Encoded> {
    let fd = |fd: abi::Fd| i64::from(fd.0) as u64;
    let int = |number: i32| i64::from(number) as u64;
    let plain = |number: i64, arguments: &[u64]| Encoded {
        number,
        arguments: arguments.to_vec(),
        text: None,
    };
    Some(match call {
        Syscall::Mmap { address, length, prot, flags, fd: file, offset } =>
            plain(libc::SYS_mmap, &[address.0, *length, prot.bits().into(), flags.bits().into(), fd(*file), *offset]),
        Syscall::Munmap { address, length } => plain(libc::SYS_munmap, &[address.0, *length]),
        Syscall::Mprotect { address, length, prot } =>
            plain(libc::SYS_mprotect, &[address.0, *length, prot.bits().into()]),
        Syscall::Mremap { old_address, old_length, new_length, flags, new_address } =>
            plain(libc::SYS_mremap, &[old_address.0, *old_length, *new_length, flags.bits().into(), new_address.0]),
        Syscall::Brk { address } => plain(libc::SYS_brk, &[address.0]),
        Syscall::Madvise { address, length, advice } =>
            plain(libc::SYS_madvise, &[address.0, *length, int(advice.number())]),
        Syscall::Mincore { address, length, vector } =>
            plain(libc::SYS_mincore, &[address.0, *length, vector.0]),
        Syscall::Msync { address, length, flags } =>
            plain(libc::SYS_msync, &[address.0, *length, flags.bits().into()]),
        Syscall::Mlock { address, length } => plain(libc::SYS_mlock, &[address.0, *length]),
        Syscall::Mlock2 { address, length, flags } =>
            plain(libc::SYS_mlock2, &[address.0, *length, flags.bits().into()]),
        Syscall::Munlock { address, length } => plain(libc::SYS_munlock, &[address.0, *length]),
        Syscall::Mlockall { flags } => plain(libc::SYS_mlockall, &[flags.bits().into()]),
        Syscall::Munlockall {} => plain(libc::SYS_munlockall, &[]),
        Syscall::Open { path: name, flags, mode } =>
            path(libc::SYS_open, name, &[flags.bits().into(), (*mode).into()]),
        Syscall::Close { fd: file } => plain(libc::SYS_close, &[fd(*file)]),
        Syscall::Read { fd: file, buffer, count } => plain(libc::SYS_read, &[fd(*file), buffer.0, *count]),
        Syscall::Write { fd: file, buffer, count } => plain(libc::SYS_write, &[fd(*file), buffer.0, *count]),
        Syscall::Pread { fd: file, buffer, count, offset } =>
            plain(libc::SYS_pread64, &[fd(*file), buffer.0, *count, *offset as u64]),
        Syscall::Pwrite { fd: file, buffer, count, offset } =>
            plain(libc::SYS_pwrite64, &[fd(*file), buffer.0, *count, *offset as u64]),
        Syscall::Lseek { fd: file, offset, whence } =>
            plain(libc::SYS_lseek, &[fd(*file), *offset as u64, int(whence.number())]),
        Syscall::Ftruncate { fd: file, length } => plain(libc::SYS_ftruncate, &[fd(*file), *length as u64]),
        Syscall::Truncate { path: name, length } => path(libc::SYS_truncate, name, &[*length as u64]),
        Syscall::Fallocate { fd: file, mode, offset, length } =>
            plain(libc::SYS_fallocate, &[fd(*file), mode.bits().into(), *offset as u64, *length as u64]),
        Syscall::Fadvise { fd: file, offset, length, advice } =>
            plain(libc::SYS_fadvise64, &[fd(*file), *offset as u64, *length as u64, int(advice.number())]),
        Syscall::Fstat { fd: file, buffer } => plain(libc::SYS_fstat, &[fd(*file), buffer.0]),
        Syscall::Stat { path: name, buffer } => path(libc::SYS_stat, name, &[buffer.0]),
        Syscall::Unlink { path: name } => path(libc::SYS_unlink, name, &[]),
        Syscall::Dup { fd: file } => plain(libc::SYS_dup, &[fd(*file)]),
        Syscall::Dup2 { old, new } => plain(libc::SYS_dup2, &[fd(*old), fd(*new)]),
        Syscall::Fcntl { fd: file, command, argument } =>
            plain(libc::SYS_fcntl, &[fd(*file), int(*command), *argument]),
        Syscall::Fsync { fd: file } => plain(libc::SYS_fsync, &[fd(*file)]),
        Syscall::Fdatasync { fd: file } => plain(libc::SYS_fdatasync, &[fd(*file)]),
        Syscall::Sync {} => plain(libc::SYS_sync, &[]),
        Syscall::Pipe { fds } => plain(libc::SYS_pipe, &[fds.0]),
        Syscall::MemfdCreate { name, flags } => path(libc::SYS_memfd_create, name, &[flags.bits().into()]),
        Syscall::Fork {} => plain(libc::SYS_fork, &[]),
        Syscall::Vfork {} => plain(libc::SYS_vfork, &[]),
        Syscall::Wait4 { pid, status, options } =>
            plain(libc::SYS_wait4, &[int(*pid), status.0, options.bits().into(), 0]),
        Syscall::Exit { status } => plain(libc::SYS_exit_group, &[int(*status)]),
        Syscall::Getpid {} => plain(libc::SYS_getpid, &[]),
        Syscall::Getppid {} => plain(libc::SYS_getppid, &[]),
        Syscall::Getrlimit { resource, limits } =>
            plain(libc::SYS_getrlimit, &[int(resource.number()), limits.0]),
        Syscall::Setrlimit { resource, limits } =>
            plain(libc::SYS_setrlimit, &[int(resource.number()), limits.0]),
        Syscall::Getrusage { who, usage } => plain(libc::SYS_getrusage, &[int(*who), usage.0]),
        Syscall::SchedYield {} => plain(libc::SYS_sched_yield, &[]),
        Syscall::Kill { .. } | Syscall::Raise { .. } | Syscall::Sigaction { .. } | Syscall::Sigsetmask { .. }
        | Syscall::Sigreturn {} | Syscall::Pause {} | Syscall::Nanosleep { .. }
        | Syscall::ClockNanosleep { .. } => return None,
    })
}
