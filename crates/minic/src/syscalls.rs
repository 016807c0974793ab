//! C's system calls: a call's arguments become an [`abi::Syscall`], its outcome a value or errno.
//!
//! What the C library does beyond one system call is in [`crate::library`]; here are the calls that it passes on,
//! some under another name (creat(2) is open(2), shm_open(3) opens a file of /dev/shm).

use abi::{
    Advice, Errno, FallocateFlags, Fd, FileAdvice, MapFlags, MemfdFlags, MlockFlags, MlockallFlags,
    MremapFlags, MsyncFlags, OpenFlags, Path, Prot, Resource, Syscall, VirtAddr, WaitFlags, Whence,
};
use kernel::{Command, Outcome};

use crate::headers::LibraryFunction as F;
use crate::library::{Answer, Arguments, Call};
use crate::vm::bus::Stop;

/// RLIM_NLIMITS
const RESOURCES: i32 = 16;

/// Makes the call if it is a system call.
pub(crate) fn call(call: &mut Call<'_, '_>, function: F, args: Arguments<'_>) -> Answer {
    if let Some(syscall) = memory_call(function, args)
        .or_else(|| file_call(function, args))
        .or_else(|| process_call(function, args))
    {
        return Some(call.syscall(syscall));
    }
    Some(match function {
        F::Sbrk => call.move_break(args.get(0)),
        F::Brk => set_break(call, args.unsigned(0)),
        F::ShmOpen => shm_open(call, args),
        F::ShmUnlink => match shm_path(call, args.unsigned(0)) {
            Ok(Some(path)) => call.syscall(Syscall::Unlink { path }),
            Ok(None) => Ok(call.fail(Errno::ENOENT)),
            Err(stop) => Err(stop),
        },
        F::PosixFadvise => posix_fadvise(call, args),
        F::Getrlimit | F::Setrlimit if args.unsigned(1) == 0 => no_limits(call, args.int(0)),
        _ => return None,
    })
}

fn memory_call(function: F, args: Arguments<'_>) -> Option<Syscall> {
    let address = args.address(0);
    let length = args.unsigned(1);
    let bits = args.int(2) as u32;
    Some(match function {
        F::Mmap => Syscall::Mmap {
            address,
            length,
            prot: Prot::from_bits_retain(bits),
            flags: MapFlags::from_bits_retain(args.int(3) as u32),
            fd: Fd(args.int(4)),
            offset: args.unsigned(5),
        },
        F::Munmap => Syscall::Munmap { address, length },
        F::Mprotect => Syscall::Mprotect {
            address,
            length,
            prot: Prot::from_bits_retain(bits),
        },
        F::Mremap => Syscall::Mremap {
            old_address: address,
            old_length: length,
            new_length: args.unsigned(2),
            flags: MremapFlags::from_bits_retain(args.int(3) as u32),
            new_address: args.address(4),
        },
        F::Madvise => Syscall::Madvise {
            address,
            length,
            advice: Advice::from_number(args.int(2)),
        },
        F::Msync => Syscall::Msync {
            address,
            length,
            flags: MsyncFlags::from_bits_retain(bits),
        },
        F::Mincore => Syscall::Mincore {
            address,
            length,
            vector: args.address(2),
        },
        F::Mlock => Syscall::Mlock { address, length },
        F::Mlock2 => Syscall::Mlock2 {
            address,
            length,
            flags: MlockFlags::from_bits_retain(bits),
        },
        F::Munlock => Syscall::Munlock { address, length },
        F::Mlockall => Syscall::Mlockall {
            flags: MlockallFlags::from_bits_retain(args.int(0) as u32),
        },
        F::Munlockall => Syscall::Munlockall {},
        _ => return None,
    })
}

fn file_call(function: F, args: Arguments<'_>) -> Option<Syscall> {
    let fd = Fd(args.int(0));
    let path = || Path::At(args.address(0));
    let (buffer, count, offset) = (args.address(1), args.unsigned(2), args.get(3));
    Some(match function {
        F::Open => Syscall::Open {
            path: path(),
            flags: OpenFlags::from_bits_retain(args.int(1) as u32),
            mode: args.int(2) as u32,
        },
        F::Creat => Syscall::Open {
            path: path(),
            flags: OpenFlags::O_CREAT | OpenFlags::O_WRONLY | OpenFlags::O_TRUNC,
            mode: args.int(1) as u32,
        },
        F::Close => Syscall::Close { fd },
        F::Read => Syscall::Read { fd, buffer, count },
        F::Write => Syscall::Write { fd, buffer, count },
        F::Pread => Syscall::Pread {
            fd,
            buffer,
            count,
            offset,
        },
        F::Pwrite => Syscall::Pwrite {
            fd,
            buffer,
            count,
            offset,
        },
        F::Lseek => Syscall::Lseek {
            fd,
            offset: args.get(1),
            whence: Whence::from_number(args.int(2)),
        },
        F::Ftruncate => Syscall::Ftruncate {
            fd,
            length: args.get(1),
        },
        F::Truncate => Syscall::Truncate {
            path: path(),
            length: args.get(1),
        },
        F::Fallocate => Syscall::Fallocate {
            fd,
            mode: FallocateFlags::from_bits_retain(args.int(1) as u32),
            offset: args.get(2),
            length: args.get(3),
        },
        F::Fstat => Syscall::Fstat { fd, buffer },
        F::Stat => Syscall::Stat {
            path: path(),
            buffer,
        },
        F::Unlink => Syscall::Unlink { path: path() },
        F::Dup => Syscall::Dup { fd },
        F::Dup2 => Syscall::Dup2 {
            old: fd,
            new: Fd(args.int(1)),
        },
        F::Fcntl => Syscall::Fcntl {
            fd,
            command: args.int(1),
            argument: args.unsigned(2),
        },
        F::Fsync => Syscall::Fsync { fd },
        F::Fdatasync => Syscall::Fdatasync { fd },
        F::Sync => Syscall::Sync {},
        F::Pipe => Syscall::Pipe {
            fds: args.address(0),
        },
        F::MemfdCreate => Syscall::MemfdCreate {
            name: path(),
            flags: MemfdFlags::from_bits_retain(args.int(1) as u32),
        },
        _ => return None,
    })
}

fn process_call(function: F, args: Arguments<'_>) -> Option<Syscall> {
    Some(match function {
        F::Wait => Syscall::Wait4 {
            pid: -1,
            status: args.address(0),
            options: WaitFlags::empty(),
        },
        F::Waitpid => Syscall::Wait4 {
            pid: args.int(0),
            status: args.address(1),
            options: WaitFlags::from_bits_retain(args.int(2) as u32),
        },
        F::ExitNow => Syscall::Exit {
            status: args.int(0),
        },
        F::Getpid => Syscall::Getpid {},
        F::Getppid => Syscall::Getppid {},
        F::Pause => Syscall::Pause {},
        F::Getrlimit if args.unsigned(1) != 0 => Syscall::Getrlimit {
            resource: Resource::from_number(args.int(0)),
            limits: args.address(1),
        },
        F::Setrlimit if args.unsigned(1) != 0 => Syscall::Setrlimit {
            resource: Resource::from_number(args.int(0)),
            limits: args.address(1),
        },
        F::Getrusage => Syscall::Getrusage {
            who: args.int(0),
            usage: args.address(1),
        },
        _ => return None,
    })
}

impl Call<'_, '_> {
    /// sbrk(2): the break before, or -1.
    pub(crate) fn move_break(&mut self, increment: i64) -> Result<i64, Stop> {
        let current = self.current_break()?;
        if increment == 0 {
            return Ok(current as i64);
        }
        let wanted = current.checked_add_signed(increment);
        match wanted {
            Some(wanted) if self.ask_break(wanted)? == wanted => Ok(current as i64),
            _ => Ok(self.fail(Errno::ENOMEM)),
        }
    }

    /// The break as the C library remembers it; the kernel is asked once.
    fn current_break(&mut self) -> Result<u64, Stop> {
        let known = self.load_break()?;
        if known != 0 {
            return Ok(known);
        }
        self.ask_break(0)
    }

    /// brk(2) as the kernel has it, remembered.
    fn ask_break(&mut self, address: u64) -> Result<u64, Stop> {
        let address = VirtAddr(address);
        let new = self.syscall(Syscall::Brk { address })? as u64;
        self.remember_break(new)?;
        Ok(new)
    }
}

/// brk(2) as the C library has it: 0, or -1.
fn set_break(call: &mut Call<'_, '_>, address: u64) -> Result<i64, Stop> {
    if call.ask_break(address)? < address {
        return Ok(call.fail(Errno::ENOMEM));
    }
    Ok(0)
}

/// The file of a shared memory object; none for a name with a slash within (shm_open(3)).
fn shm_path(call: &mut Call<'_, '_>, name: u64) -> Result<Option<Path>, Stop> {
    let name = call.string(name)?;
    let name = String::from_utf8_lossy(&name).into_owned();
    let name = name.trim_start_matches('/');
    let usable = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    Ok(usable.then(|| Path::Text(format!("/dev/shm/{name}").into())))
}

fn shm_open(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let Some(path) = shm_path(call, args.unsigned(0))? else {
        return Ok(call.fail(Errno::EINVAL));
    };
    let flags = OpenFlags::from_bits_retain(args.int(1) as u32);
    call.syscall(Syscall::Open {
        path,
        flags: flags | OpenFlags::O_CLOEXEC | OpenFlags::O_NOFOLLOW,
        mode: args.int(2) as u32,
    })
}

/// getrlimit(2) and setrlimit(2) of NULL: glibc makes them with prlimit(2), which then neither tells nor sets.
fn no_limits(call: &mut Call<'_, '_>, resource: i32) -> Result<i64, Stop> {
    let is_known = (0..RESOURCES).contains(&resource);
    Ok(if is_known {
        0
    } else {
        call.fail(Errno::EINVAL)
    })
}

/// posix_fadvise(2) gives the error number and leaves errno alone.
fn posix_fadvise(call: &mut Call<'_, '_>, args: Arguments<'_>) -> Result<i64, Stop> {
    let advise = Syscall::Fadvise {
        fd: Fd(args.int(0)),
        offset: args.get(1),
        length: args.get(2),
        advice: FileAdvice::from_number(args.int(3)),
    };
    let pid = call.pid();
    Ok(
        match call.command(Command::Syscall { pid, call: advise })? {
            Outcome::Error { errno, .. } => errno.number().into(),
            _ => 0,
        },
    )
}
