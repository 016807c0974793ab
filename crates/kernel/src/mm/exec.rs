//! The memory of a program that starts: its segments, heap, stack, and the kernel's own pages
//! (fs/binfmt_elf.c, `setup_arg_pages`, arch/x86/mm/mmap.c, without address randomisation).

use std::rc::Rc;

use abi::{Errno, OpenFlags, Pid, Prot, VirtAddr};

use crate::addr::{
    InodeId, MmId, OpenFileId, PAGE_SIZE, PageIndex, PageRange, TASK_SIZE, Vpn, page_align,
};
use crate::command::{Executable, Segment};
use crate::event::Event;
use crate::file::OpenFile;
use crate::file::directory::absolute;
use crate::kernel::Kernel;
use crate::mm::access::Toucher;
use crate::mm::address_space::{AddressSpace, Layout};
use crate::mm::table::TOP_LEVEL;
use crate::mm::vma::{Backing, Sharing, Special, VmFlags, Vma};
use crate::outcome::{Failure, Reason};

/// The least distance between mmap's area and the end of user space.
const LEAST_GAP: u64 = 128 << 20;
/// What the stack has below its used pages at the start (`stack_expand`).
const STACK_EXPAND: u64 = 128 << 10;
/// Arguments that a program may get, in bytes.
const MOST_ARGUMENTS: u64 = 128 << 10;

impl Kernel {
    /// Makes the memory of a process that runs `executable` (execve(2)).
    pub(crate) fn exec_mm(
        &mut self,
        pid: Pid,
        executable: &Executable,
        arguments: &[Rc<str>],
    ) -> Result<MmId, Failure> {
        check(executable)?;
        let stack = StackImage::of(arguments)?;
        let mm = self.new_mm(pid);
        let program = self.open_program(executable)?;
        let mapped = executable.segments.iter();
        let mapped = mapped.map(|segment| self.map_segment(mm, program, segment));
        let mapped: Result<(), Failure> = mapped.collect();
        self.release_open_file(program.0);
        if let Err(failure) = mapped {
            self.drop_mm(mm);
            return Err(failure);
        }
        let end = executable
            .segments
            .iter()
            .map(|s| s.address.0.saturating_add(s.memory_length));
        let end = page_align(end.max().unwrap_or(0)).unwrap_or(0);
        // Initialised data begins with the last segment and ends with what the last one has in the file.
        let starts = executable.segments.iter().map(|s| s.address.0);
        let data = starts.max().unwrap_or(end);
        let ends = executable.segments.iter();
        let data_end = ends
            .map(|s| s.address.0.saturating_add(s.file_length))
            .max();
        let code = code_of(executable);
        let guard = self.config.stack_guard_gap.saturating_mul(PAGE_SIZE);
        let gap = self.config.stack_limit.saturating_add(guard);
        let gap = gap.clamp(LEAST_GAP, TASK_SIZE / 6 * 5);
        self.mm_mut(mm).layout = Layout {
            mmap_base: VirtAddr(page_align(TASK_SIZE - gap).unwrap_or(TASK_SIZE)),
            start_break: VirtAddr(end),
            program_break: VirtAddr(end),
            code,
            data: (VirtAddr(data), VirtAddr(data_end.unwrap_or(end))),
            start_stack: VirtAddr(stack.start),
        };
        self.map_special_pages(mm);
        self.map_stack(pid, mm, &stack);
        Ok(mm)
    }

    /// An address space without VMAs.
    pub(crate) fn new_mm(&mut self, owner: Pid) -> MmId {
        let space = AddressSpace {
            owner,
            users: 1,
            root: self.tables.allocate(TOP_LEVEL),
            asid: self.tlb.new_asid(owner),
            tables: 1,
            ..AddressSpace::default()
        };
        MmId(self.mms.insert(space))
    }

    /// Puts the program's file on the disk, and opens it.
    fn open_program(&mut self, executable: &Executable) -> Result<(OpenFileId, InodeId), Failure> {
        let path = absolute(&executable.path)?;
        let inode = self.add_file(&path, &executable.file)?;
        let file = OpenFile::new(inode, OpenFlags::empty(), Rc::from(path));
        Ok((self.files.add_open_file(file), inode))
    }

    /// Maps a segment from the file, and zeros behind it (`elf_load`).
    fn map_segment(
        &mut self,
        mm: MmId,
        (file, inode): (OpenFileId, InodeId),
        segment: &Segment,
    ) -> Result<(), Failure> {
        let start = Vpn::containing(segment.address);
        let page_count = |bytes: u64| page_align(bytes).unwrap_or(0) / PAGE_SIZE;
        let from_file = start.plus(page_count(segment.file_length));
        let end = start.plus(page_count(segment.memory_length));
        let mut flags = VmFlags::from_prot(segment.prot) | VmFlags::MAY_ALL;
        if flags.contains(VmFlags::WRITE) {
            flags |= VmFlags::ACCOUNT;
        }
        if start < from_file {
            let vma = Vma {
                backing: Backing::File { file, inode },
                page_offset: PageIndex(segment.offset / PAGE_SIZE),
                ..anonymous(PageRange::new(start, from_file), flags)
            };
            self.hold_file_of(&vma);
            self.add_vma(mm, vma);
        }
        if from_file < end {
            self.add_vma(mm, anonymous(PageRange::new(from_file, end), flags));
        }
        let tail = segment.file_length % PAGE_SIZE;
        let zeros = segment.memory_length - segment.file_length;
        if tail > 0 && zeros > 0 && flags.contains(VmFlags::WRITE) {
            let toucher = Toucher {
                pid: self.mm(mm).owner,
                mm,
                in_kernel: true,
            };
            let zeros = vec![0; zeros.min(PAGE_SIZE - tail) as usize];
            let at = segment.address.offset(segment.file_length);
            let written = self.write_user(toucher, at, &zeros);
            written.map_err(|_| Failure::new(Errno::ENOMEM, Reason::OutOfSpace))?;
        }
        Ok(())
    }

    /// `[vvar]`, `[vvar_vclock]` and `[vdso]`, at the top of mmap's area.
    fn map_special_pages(&mut self, mm: MmId) {
        let read = VmFlags::READ | VmFlags::MAY_READ;
        let data = read | VmFlags::IO | VmFlags::DONT_EXPAND | VmFlags::PFN_MAP;
        let data = data | VmFlags::DONT_DUMP;
        let code = read | VmFlags::EXEC | VmFlags::MAY_ALL | VmFlags::DONT_EXPAND;
        let parts = [
            (Special::Vvar, 4, data),
            (Special::VvarVclock, 2, data),
            (Special::Vdso, 2, code),
        ];
        let mut start = Vpn::containing(self.mm(mm).layout.mmap_base);
        start.0 -= parts.iter().map(|part| part.1).sum::<u64>();
        for (special, pages, flags) in parts {
            let range = PageRange::new(start, start.plus(pages));
            let vma = Vma {
                backing: Backing::Special(special),
                page_offset: PageIndex(0),
                ..anonymous(range, flags)
            };
            self.insert_vma(mm, vma);
            start = range.end;
        }
    }

    fn map_stack(&mut self, pid: Pid, mm: MmId, image: &StackImage) {
        let end = Vpn(TASK_SIZE / PAGE_SIZE);
        let used = end.0 - image.start / PAGE_SIZE;
        let range = PageRange::new(Vpn(end.0 - used - STACK_EXPAND / PAGE_SIZE), end);
        let flags = VmFlags::READ | VmFlags::WRITE | VmFlags::MAY_ALL;
        let flags = flags | VmFlags::GROWS_DOWN | VmFlags::ACCOUNT;
        self.insert_vma(mm, anonymous(range, flags));
        let toucher = Toucher {
            pid,
            mm,
            in_kernel: true,
        };
        // Where RAM is full the program faults on what is missing.
        let _ = self.write_user(toucher, VirtAddr(image.start), &image.bytes);
    }

    /// The stack pointer of a process when its program started: `argc` lies there, then `argv`,
    /// ended by NULL, and an empty environment.
    pub fn stack_start(&self, pid: Pid) -> Option<VirtAddr> {
        Some(self.mm(self.mm_of(pid)?).layout.start_stack)
    }

    /// Adds a VMA where there is none, and counts its pages.
    pub(crate) fn insert_vma(&mut self, mm: MmId, vma: Vma) {
        let range = vma.range;
        let space = self.mm_mut(mm);
        space.size.add(vma.flags, range.pages());
        space.vmas.insert(vma);
        let pid = space.owner;
        self.emit(|| Event::VmaInserted { pid, range });
    }
}

/// A private anonymous VMA, as a new mapping is.
pub(crate) fn anonymous(range: PageRange, flags: VmFlags) -> Vma {
    Vma {
        range,
        flags,
        sharing: Sharing::Private,
        backing: Backing::Anonymous,
        page_offset: PageIndex(range.start.0),
        anon_vma: None,
        anon_vma_chain: None,
    }
}

/// Segments must be aligned, ascending, within user space and within the file.
fn check(executable: &Executable) -> Result<(), Failure> {
    let mut free = PAGE_SIZE;
    for segment in &executable.segments {
        let end = segment
            .address
            .0
            .checked_add(segment.memory_length)
            .and_then(page_align);
        let file_end = segment.offset.checked_add(segment.file_length);
        let fits = segment.address.0 % PAGE_SIZE == 0
            && segment.offset % PAGE_SIZE == 0
            && segment.address.0 >= free
            && segment.memory_length > 0
            && segment.file_length <= segment.memory_length
            && end.is_some_and(|end| end <= TASK_SIZE / 2)
            && file_end.is_some_and(|end| end <= executable.file.len() as u64);
        if !fits {
            return Err(Failure::new(Errno::EINVAL, Reason::BadArgument));
        }
        free = end.unwrap_or(TASK_SIZE);
    }
    Ok(())
}

/// What lies on the stack when a program starts, up to the end of user space.
struct StackImage {
    start: u64,
    bytes: Vec<u8>,
}

impl StackImage {
    fn of(arguments: &[Rc<str>]) -> Result<StackImage, Failure> {
        let text: u64 = arguments.iter().map(|a| a.len() as u64 + 1).sum();
        if text + arguments.len() as u64 * 8 > MOST_ARGUMENTS {
            return Err(Failure::new(Errno::E2BIG, Reason::BadArgument));
        }
        let strings = TASK_SIZE - 8 - text;
        // argc, argv and its NULL, environment's NULL, and the end of the auxiliary vector.
        let words = 1 + arguments.len() as u64 + 1 + 1 + 2;
        let start = (strings - words * 8) & !15;
        let mut bytes = (arguments.len() as u64).to_le_bytes().to_vec();
        let mut at = strings;
        for argument in arguments {
            bytes.extend(at.to_le_bytes());
            at += argument.len() as u64 + 1;
        }
        bytes.resize((strings - start) as usize, 0);
        for argument in arguments {
            bytes.extend(argument.as_bytes());
            bytes.push(0);
        }
        bytes.extend([0; 8]);
        Ok(StackImage { start, bytes })
    }
}

/// From the first segment that may be executed to the end of the last.
fn code_of(executable: &Executable) -> (VirtAddr, VirtAddr) {
    let segments = executable.segments.iter();
    let code = segments.filter(|segment| segment.prot.contains(Prot::PROT_EXEC));
    let ends = code
        .clone()
        .map(|s| s.address.0.saturating_add(s.file_length));
    let start = code.map(|s| s.address.0).min().unwrap_or(0);
    (VirtAddr(start), VirtAddr(ends.max().unwrap_or(0)))
}
