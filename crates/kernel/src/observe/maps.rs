//! /proc/PID/maps (`show_map_vma` of fs/proc/task_mmu.c).

use std::fmt::Write as _;

use abi::Pid;

use crate::addr::{PAGE_SIZE, PageIndex, PageRange, Vpn};
use crate::file::stat::Device;
use crate::kernel::Kernel;
use crate::mm::address_space::AddressSpace;
use crate::mm::vma::{Backing, Sharing, Special, VmFlags, Vma};

/// The column at which names begin.
const NAME_COLUMN: usize = 73;

impl Kernel {
    /// The text of /proc/PID/maps; empty for a process that has ended.
    pub fn maps_text(&self, pid: Pid) -> String {
        let mut text = String::new();
        if let Some(space) = self.address_space(pid) {
            for vma in space.vmas.iter().chain([&vsyscall()]) {
                self.write_maps_line(space, vma, &mut text);
            }
        }
        text
    }

    pub(crate) fn write_maps_line(&self, space: &AddressSpace, vma: &Vma, text: &mut String) {
        let start = text.len();
        let offset = vma.page_offset.0.wrapping_mul(PAGE_SIZE);
        let inode = vma.file().map(|id| self.files.open_file(id).inode);
        let (offset, device, inode) = match inode {
            Some(id) => (offset, self.files.inode(id).device(), id.0),
            None if vma.flags.contains(VmFlags::HUGETLB) => (offset, Device::default(), 0),
            None => (0, Device::default(), 0),
        };
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "{:08x}-{:08x} {} {offset:08x} {:02x}:{:02x} {inode} ",
            vma.range.start.address().0,
            vma.range.end.address().0,
            vma.rights(),
            device.major,
            device.minor,
        );
        let name = self.name_of_mapping(space, vma);
        if !name.is_empty() {
            let width = NAME_COLUMN.saturating_sub(text.len() - start);
            let _ = write!(text, "{:width$}{name}", "");
        }
        text.push('\n');
    }

    /// The file's path, with ` (deleted)` where it has no name any more; or `[heap]` and the like.
    pub(crate) fn name_of_mapping(&self, space: &AddressSpace, vma: &Vma) -> String {
        match vma.backing {
            Backing::File { file, .. } | Backing::ZeroDevice { file } => {
                let file = self.files.open_file(file);
                let gone = self.files.inode(file.inode).links == 0;
                format!("{}{}", file.path, if gone { " (deleted)" } else { "" })
            }
            Backing::HugePages { .. } => "/anon_hugepage (deleted)".to_string(),
            Backing::Special(special) => match special {
                Special::Vvar => "[vvar]",
                Special::VvarVclock => "[vvar_vclock]",
                Special::Vdso => "[vdso]",
                Special::Vsyscall => "[vsyscall]",
            }
            .to_string(),
            Backing::Anonymous => name_by_place(space, vma).to_string(),
        }
    }
}

/// `[heap]` (`vma_is_initial_heap`) or `[stack]` (`vma_is_initial_stack`).
fn name_by_place(space: &AddressSpace, vma: &Vma) -> &'static str {
    let (start, end) = (vma.range.start.address(), vma.range.end.address());
    let layout = &space.layout;
    if start < layout.program_break && end > layout.start_break {
        "[heap]"
    } else if start <= layout.start_stack && end >= layout.start_stack {
        "[stack]"
    } else {
        ""
    }
}

impl Vma {
    /// `rwxp` and its like.
    pub(crate) fn rights(&self) -> String {
        let bits = [
            (VmFlags::READ, 'r'),
            (VmFlags::WRITE, 'w'),
            (VmFlags::EXEC, 'x'),
        ];
        let bits = bits.map(|(flag, letter)| match self.flags.contains(flag) {
            true => letter,
            false => '-',
        });
        let sharing = match self.sharing {
            Sharing::Shared => 's',
            Sharing::Private => 'p',
        };
        bits.into_iter().chain([sharing]).collect()
    }
}

/// The last line of every process's maps: a page of the kernel's half (`gate_vma` of
/// arch/x86/entry/vsyscall/vsyscall_64.c).
pub(crate) fn vsyscall() -> Vma {
    let start = Vpn(0xf_ffff_ffff_f600);
    Vma {
        range: PageRange::new(start, start.plus(1)),
        flags: VmFlags::EXEC,
        sharing: Sharing::Private,
        backing: Backing::Special(Special::Vsyscall),
        page_offset: PageIndex(0),
        anon_vma: None,
        anon_vma_chain: None,
    }
}
