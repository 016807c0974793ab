//! What the processor decides, and no kernel: the bytes of some copies within one page.
//!
//! A read(2) or write(2) whose buffer maps the file itself can copy a page to itself. The kernel
//! copies by `rep movsb`, upwards, byte after byte; where the target lies above the source, what
//! overlaps repeats. But the page has two addresses, the kernel's and the process's, in which the
//! processor does not see that they overlap: closer than [`BLOCK`] bytes, one that copies by blocks
//! gives other bytes than one that does not.

use abi::{OpenFlags, Pid, Syscall, VirtAddr};
use kernel::Kernel;
use kernel::addr::{PageRange, Vpn};

/// The most bytes that a processor is known to copy at a time (AMD's family 26).
const BLOCK: u64 = 64;

/// Whether the bytes that this call may copy are the processor's choice.
pub fn decides(kernel: &Kernel, pid: Pid, call: &Syscall) -> bool {
    let (fd, buffer, count, offset, writes) = match *call {
        Syscall::Read { fd, buffer, count } => (fd, buffer, count, None, false),
        Syscall::Write { fd, buffer, count } => (fd, buffer, count, None, true),
        Syscall::Pread {
            fd,
            buffer,
            count,
            offset,
        } => (fd, buffer, count, Some(offset), false),
        Syscall::Pwrite {
            fd,
            buffer,
            count,
            offset,
        } => (fd, buffer, count, Some(offset), true),
        _ => return false,
    };
    let descriptor = kernel
        .tasks()
        .get(pid)
        .and_then(|task| task.descriptors.get(fd));
    let (Some(descriptor), Some(space)) = (descriptor, kernel.address_space(pid)) else {
        return false;
    };
    let file = kernel.files().open_file(descriptor.file);
    let position = match offset {
        _ if writes && file.flags.contains(OpenFlags::O_APPEND) => {
            kernel.files().inode(file.inode).size
        }
        Some(offset) => offset as u64,
        None => file.offset,
    };
    let upwards = match writes {
        true => position.wrapping_sub(buffer.0),
        false => buffer.0.wrapping_sub(position),
    };
    let end = VirtAddr(buffer.0.saturating_add(count));
    let pages = PageRange::new(Vpn::containing(buffer), Vpn::containing(end).plus(1));
    let mut vmas = space.vmas_in(pages);
    (1..BLOCK).contains(&(upwards % 4096)) && vmas.any(|vma| vma.inode() == Some(file.inode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine as _;
    use crate::machine::ARENA;
    use crate::model::Model;
    use crate::operation::{Action, Answer, Operation, Process};
    use abi::{Fd, MapFlags, MemfdFlags, Path, Prot};
    use std::rc::Rc;

    #[test]
    fn a_file_written_from_close_below_in_its_own_page_is_left_out() {
        let mut model = Model::new();
        let mut answer = |call| {
            model.apply(&Operation {
                process: Process(0),
                action: Action::Call(call),
            })
        };
        answer(Syscall::MemfdCreate {
            name: Path::Text(Rc::from("m")),
            flags: MemfdFlags::empty(),
        });
        let fd = Fd(3);
        answer(Syscall::Ftruncate { fd, length: 4096 });
        answer(Syscall::Mmap {
            address: VirtAddr(ARENA),
            length: 4096,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags: MapFlags::MAP_SHARED | MapFlags::MAP_FIXED,
            fd,
            offset: 0,
        });
        let mut write = |from, offset| {
            answer(Syscall::Pwrite {
                fd,
                buffer: VirtAddr(ARENA + from),
                count: 100,
                offset,
            })
        };
        assert_eq!(write(100, 163), Answer::LeftOut);
        assert_eq!(write(100, 164), Answer::Value(100));
        assert_eq!(write(100, 99), Answer::Value(100));
        let buffer = VirtAddr(ARENA + 163);
        let (count, offset) = (100, 100);
        let read = Syscall::Pread {
            fd,
            buffer,
            count,
            offset,
        };
        assert_eq!(answer(read), Answer::LeftOut);
    }
}
