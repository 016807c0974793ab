//! What the processor decides, and no kernel: the bytes of some copies within one page, and whether a page counts as
//! accessed that refuses zeros.
//!
//! A read(2) or write(2) whose buffer maps the file itself can copy a page to itself. The kernel
//! copies by `rep movsb`, upwards, byte after byte; where the target lies above the source, what
//! overlaps repeats. But the page has two addresses, the kernel's and the process's, in which the
//! processor does not see that they overlap: closer than [`BLOCK`] bytes, above or below, one that
//! copies by blocks gives other bytes than one that does not.
//!
//! The zeros of /dev/zero are stored by `rep stosb` where that is fast (FSRS), or by plain stores. The former reads the
//! page's entry as for a load before the store is refused, and sets its accessed bit.

use abi::{OpenFlags, Pid, Syscall, VirtAddr};
use kernel::Kernel;
use kernel::addr::{PageRange, Vpn};
use kernel::file::inode::InodeKind;
use kernel::mm::page_table::Pte;
use kernel::mm::vma::{VmFlags, Vma};

/// The most bytes that a processor is known to copy at a time (AMD's family 26; Intel's family 6,
/// model 167, does not begin with the first ones either).
const BLOCK: u64 = 64;

/// Whether what this call may do is the processor's choice.
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
    let end = VirtAddr(buffer.0.saturating_add(count));
    let pages = PageRange::new(Vpn::containing(buffer), Vpn::containing(end).plus(1));
    if !writes && matches!(kernel.files().inode(file.inode).kind, InodeKind::DevZero) {
        let refuses = |vma: &Vma| !vma.flags.contains(VmFlags::WRITE);
        let first = space.vmas_in(pages).find(|vma| refuses(vma));
        let page = first.map(|vma| vma.range.start.max(pages.start));
        let entry = page.and_then(|page| kernel.walk_to(pid, page));
        return matches!(
            entry.map(|walk| Pte::from(walk.entry)),
            Some(Pte::Present(pte)) if pte.user && !pte.accessed
        );
    }
    let position = match offset {
        _ if writes && file.flags.contains(OpenFlags::O_APPEND) => {
            kernel.files().inode(file.inode).size
        }
        Some(offset) => offset as u64,
        None => file.offset,
    };
    let apart = position.wrapping_sub(buffer.0) % 4096;
    let close = (1..BLOCK).contains(&apart.min(4096 - apart));
    let mut vmas = space.vmas_in(pages);
    close && vmas.any(|vma| vma.inode() == Some(file.inode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine as _;
    use crate::machine::ARENA;
    use crate::model::Model;
    use crate::operation::{Action, Answer, Operation, Process};
    use abi::{Advice, Errno, Fd, MapFlags, MemfdFlags, Path, Prot};
    use kernel::Width;
    use std::rc::Rc;

    fn call(model: &mut Model, call: Syscall) -> Answer {
        model.apply(&Operation {
            process: Process(0),
            action: Action::Call(call),
        })
    }

    fn map(model: &mut Model, prot: Prot, fd: Fd) {
        let mmap = Syscall::Mmap {
            address: VirtAddr(ARENA),
            length: 4096,
            prot,
            flags: MapFlags::MAP_SHARED | MapFlags::MAP_FIXED | MapFlags::MAP_POPULATE,
            fd,
            offset: 0,
        };
        assert_eq!(call(model, mmap), Answer::Value(ARENA));
    }

    fn memory_of_a_page(model: &mut Model) -> Fd {
        let create = Syscall::MemfdCreate {
            name: Path::Text(Rc::from("m")),
            flags: MemfdFlags::empty(),
        };
        assert_eq!(call(model, create), Answer::Value(3));
        let fd = Fd(3);
        call(model, Syscall::Ftruncate { fd, length: 4096 });
        fd
    }

    #[test]
    fn a_file_written_from_close_by_in_its_own_page_is_left_out() {
        let mut model = Model::new();
        let fd = memory_of_a_page(&mut model);
        map(&mut model, Prot::PROT_READ | Prot::PROT_WRITE, fd);
        let mut write = |from, offset| {
            let pwrite = Syscall::Pwrite {
                fd,
                buffer: VirtAddr(ARENA + from),
                count: 100,
                offset,
            };
            call(&mut model, pwrite)
        };
        assert_eq!(write(100, 163), Answer::LeftOut);
        assert_eq!(write(100, 164), Answer::Value(100));
        assert_eq!(write(100, 100), Answer::Value(100));
        assert_eq!(write(100, 37), Answer::LeftOut);
        assert_eq!(write(100, 36), Answer::Value(100));
        let buffer = VirtAddr(ARENA + 163);
        let (count, offset) = (100, 100);
        let read = Syscall::Pread {
            fd,
            buffer,
            count,
            offset,
        };
        assert_eq!(call(&mut model, read), Answer::LeftOut);
    }

    #[test]
    fn zeros_for_a_page_that_is_not_accessed_yet_and_refuses_them_are_left_out() {
        let mut model = Model::new();
        let memory = memory_of_a_page(&mut model);
        let open = Syscall::Open {
            path: Path::Text(Rc::from("/dev/zero")),
            flags: OpenFlags::empty(),
            mode: 0,
        };
        assert_eq!(call(&mut model, open), Answer::Value(4));
        let read = Syscall::Read {
            fd: Fd(4),
            buffer: VirtAddr(ARENA),
            count: 1,
        };
        map(&mut model, Prot::PROT_READ, memory);
        let cold = Syscall::Madvise {
            address: VirtAddr(ARENA),
            length: 4096,
            advice: Advice::Cold,
        };
        call(&mut model, cold);
        assert_eq!(call(&mut model, read.clone()), Answer::LeftOut);
        let load = Action::Load {
            address: VirtAddr(ARENA),
            width: Width::Byte,
        };
        model.apply(&Operation {
            process: Process(0),
            action: load,
        });
        assert_eq!(
            call(&mut model, read.clone()),
            Answer::Error(Errno::EFAULT.number())
        );
        map(&mut model, Prot::PROT_READ | Prot::PROT_WRITE, memory);
        assert_eq!(call(&mut model, read), Answer::Value(1));
    }
}
