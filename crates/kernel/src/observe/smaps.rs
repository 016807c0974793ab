//! /proc/PID/smaps (`show_smap` and `smaps_account` of fs/proc/task_mmu.c).

use std::fmt::Write as _;

use abi::Pid;

use crate::addr::{PAGE_SIZE, Pfn};
use crate::kernel::Kernel;
use crate::mm::page_table::{Entry, Pte};
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::mutant::Mutant;
use crate::observe::Mapcounts;
use crate::observe::maps::vsyscall;
use crate::phys::frame::{FrameFlags, Owner};

/// What smaps says of a VMA (or of many together): bytes, Pss in 4096ths of a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // proc_pid_smaps(5) explains each.
pub struct MemorySizes {
    pub resident: u64,
    pub proportional: u64,
    pub proportional_dirty: u64,
    pub proportional_locked: u64,
    pub proportional_anonymous: u64,
    pub proportional_file: u64,
    pub proportional_shared_memory: u64,
    pub shared_clean: u64,
    pub shared_dirty: u64,
    pub private_clean: u64,
    pub private_dirty: u64,
    pub referenced: u64,
    pub anonymous: u64,
    pub lazily_free: u64,
    pub swap: u64,
    pub proportional_swap: u64,
}

/// `PSS_SHIFT`
pub(crate) const PSS_SHIFT: u32 = 12;

/// What a page of a frame that is mapped so often counts in Pss.
pub(super) fn share(mapcount: u32) -> u64 {
    (PAGE_SIZE << PSS_SHIFT) / u64::from(mapcount.max(1))
}

impl Kernel {
    /// The text of /proc/PID/smaps; empty for a process that has ended.
    pub fn smaps_text(&self, pid: Pid) -> String {
        let mut text = String::new();
        let Some(space) = self.address_space(pid) else {
            return text;
        };
        let mapcounts = self.mapcounts();
        for vma in space.vmas.iter() {
            self.write_maps_line(space, vma, &mut text);
            write_vma(&mut text, vma, &self.memory_sizes(&mapcounts, pid, vma));
        }
        self.write_maps_line(space, &vsyscall(), &mut text);
        write_vma(&mut text, &vsyscall(), &MemorySizes::default());
        text
    }

    /// What smaps counts in a VMA of a process.
    pub fn memory_sizes(&self, mapcounts: &Mapcounts<'_>, pid: Pid, vma: &Vma) -> MemorySizes {
        let mut sizes = MemorySizes::default();
        let locked = vma.flags.contains(VmFlags::LOCKED);
        for (_, entry) in self.entries(pid, vma.range) {
            match Pte::from(entry) {
                Pte::Present(_) => self.count_page(&mut sizes, mapcounts, entry, locked),
                Pte::Swap(_) => {
                    sizes.swap += PAGE_SIZE;
                    sizes.proportional_swap += PAGE_SIZE << PSS_SHIFT;
                }
                Pte::Guard | Pte::None => {}
            }
        }
        sizes
    }

    fn count_page(
        &self,
        sizes: &mut MemorySizes,
        mapcounts: &Mapcounts<'_>,
        entry: Entry,
        locked: bool,
    ) {
        let pfn: Pfn = entry.frame();
        let frame = self.frames.get(pfn);
        let errs = self.errs(Mutant::CountZeroPageInRss);
        if frame.owner == Owner::Free || frame.owner == Owner::Zero && !errs {
            return;
        }
        let swap_backed = frame.flags.contains(FrameFlags::SWAP_BACKED);
        let dirty = entry.has(Entry::DIRTY) || frame.flags.contains(FrameFlags::DIRTY);
        let mapcount = mapcounts.of(pfn);
        let shared = mapcount >= 2;
        let share = share(mapcount);
        sizes.resident += PAGE_SIZE;
        if entry.has(Entry::ACCESSED) || frame.flags.contains(FrameFlags::REFERENCED) {
            sizes.referenced += PAGE_SIZE;
        }
        sizes.proportional += share;
        if matches!(frame.owner, Owner::Anonymous { .. }) {
            sizes.anonymous += PAGE_SIZE;
            sizes.proportional_anonymous += share;
            if !swap_backed && !dirty {
                sizes.lazily_free += PAGE_SIZE;
            }
        } else if swap_backed {
            sizes.proportional_shared_memory += share;
        } else {
            sizes.proportional_file += share;
        }
        if locked {
            sizes.proportional_locked += share;
        }
        if dirty {
            sizes.proportional_dirty += share;
        }
        let kind = match (shared, dirty) {
            (true, true) => &mut sizes.shared_dirty,
            (true, false) => &mut sizes.shared_clean,
            (false, true) => &mut sizes.private_dirty,
            (false, false) => &mut sizes.private_clean,
        };
        *kind += PAGE_SIZE;
    }
}

fn write_vma(text: &mut String, vma: &Vma, sizes: &MemorySizes) {
    let mut line = |name: &str, bytes: u64| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:<16}{:>8} kB", bytes >> 10);
    };
    line("Size:", vma.range.pages() * PAGE_SIZE);
    line("KernelPageSize:", vma.page_size());
    line("MMUPageSize:", vma.page_size());
    line("Rss:", sizes.resident);
    line("Pss:", sizes.proportional >> PSS_SHIFT);
    line("Pss_Dirty:", sizes.proportional_dirty >> PSS_SHIFT);
    line("Shared_Clean:", sizes.shared_clean);
    line("Shared_Dirty:", sizes.shared_dirty);
    line("Private_Clean:", sizes.private_clean);
    line("Private_Dirty:", sizes.private_dirty);
    line("Referenced:", sizes.referenced);
    line("Anonymous:", sizes.anonymous);
    line("KSM:", 0);
    line("LazyFree:", sizes.lazily_free);
    line("AnonHugePages:", 0);
    line("ShmemPmdMapped:", 0);
    line("FilePmdMapped:", 0);
    line("Shared_Hugetlb:", 0);
    line("Private_Hugetlb:", 0);
    line("Swap:", sizes.swap);
    line("SwapPss:", sizes.proportional_swap >> PSS_SHIFT);
    line("Locked:", sizes.proportional_locked >> PSS_SHIFT);
    let _ = writeln!(text, "THPeligible:           0");
    let _ = writeln!(text, "VmFlags: {}", flag_letters(vma));
}

/// The two-letter names, each with a space after it, in the order of the bits (`show_smap_vma_flags`).
fn flag_letters(vma: &Vma) -> String {
    let shared = vma.sharing == Sharing::Shared;
    let flag = |flag: VmFlags| vma.flags.contains(flag);
    let letters = [
        (flag(VmFlags::READ), "rd "),
        (flag(VmFlags::WRITE), "wr "),
        (flag(VmFlags::EXEC), "ex "),
        (flag(VmFlags::SHARED), "sh "),
        (flag(VmFlags::MAY_READ), "mr "),
        (flag(VmFlags::MAY_WRITE), "mw "),
        (flag(VmFlags::MAY_EXEC), "me "),
        (shared, "ms "),
        (flag(VmFlags::GROWS_DOWN), "gd "),
        (flag(VmFlags::PFN_MAP), "pf "),
        (flag(VmFlags::MAYBE_GUARD), "gu "),
        (flag(VmFlags::LOCKED), "lo "),
        (flag(VmFlags::IO), "io "),
        (flag(VmFlags::SEQUENTIAL), "sr "),
        (flag(VmFlags::RANDOM), "rr "),
        (flag(VmFlags::DONT_COPY), "dc "),
        (flag(VmFlags::DONT_EXPAND), "de "),
        (flag(VmFlags::LOCK_ON_FAULT), "lf "),
        (flag(VmFlags::ACCOUNT), "ac "),
        (flag(VmFlags::NO_RESERVE), "nr "),
        (flag(VmFlags::HUGETLB), "ht "),
        (flag(VmFlags::SYNC), "sf "),
        (flag(VmFlags::WIPE_ON_FORK), "wf "),
        (flag(VmFlags::DONT_DUMP), "dd "),
        (flag(VmFlags::HUGE_PAGE), "hg "),
        (flag(VmFlags::NO_HUGE_PAGE), "nh "),
        (flag(VmFlags::MERGEABLE), "mg "),
        (flag(VmFlags::DROPPABLE), "dp "),
    ];
    letters
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, letters)| *letters)
        .collect()
}
