//! The calls that change address spaces.

use abi::{
    Advice, Fd, MapFlags, MlockFlags, MlockallFlags, MremapFlags, MsyncFlags, Prot, Syscall,
    VirtAddr,
};

use super::Generator;
use super::shadow::Backing;
use crate::machine::{ARENA, HEAP};
use crate::operation::Action;

/// The size of a huge page, in bytes.
const HUGE_PAGE: u64 = 2 << 20;
/// The most bytes for which MAP_POPULATE or MADV_GUARD_INSTALL is asked.
const LARGEST_POPULATED: u64 = 1 << 30;

impl Generator {
    pub(super) fn prot(&mut self) -> Prot {
        let (r, w, x) = (Prot::PROT_READ, Prot::PROT_WRITE, Prot::PROT_EXEC);
        if self.odd() {
            return Prot::from_bits_retain(
                self.rng
                    .choice([8, 0x11, 0x100_0003, 0x200_0001])
                    .unwrap_or(0),
            );
        }
        self.weighted(&[
            (24, r | w),
            (10, r),
            (4, Prot::empty()),
            (2, w),
            (1, x),
            (1, r | x),
            (1, r | w | x),
        ])
    }

    pub(super) fn mmap(&mut self) -> Option<Action> {
        if self.once_in(3)
            && let Some(action) = self.mmap_beside()
        {
            return Some(action);
        }
        let (fd, offset) = self.file_part();
        let mut flags = self.weighted(&[
            (20, MapFlags::MAP_PRIVATE),
            (16, MapFlags::MAP_SHARED),
            (1, MapFlags::MAP_SHARED_VALIDATE),
        ]);
        if !self.shared {
            flags = MapFlags::MAP_PRIVATE;
        }
        if fd.0 == -1 {
            flags |= MapFlags::MAP_ANONYMOUS;
        }
        if self.shared && self.odd() {
            flags ^=
                MapFlags::from_bits_retain(self.rng.choice([1, 2, 3, 0x200, 0x20]).unwrap_or(0));
        }
        let mut address = VirtAddr(self.any_page() << 12);
        let placement = self.weighted(&[
            (24, MapFlags::MAP_FIXED),
            (2, MapFlags::MAP_FIXED_NOREPLACE),
            (2, MapFlags::empty()),
        ]);
        flags |= placement;
        if placement.is_empty() && self.rng.bool() {
            address = VirtAddr::NULL;
        }
        if placement.is_empty() && address.0 != 0 || self.odd() {
            address = VirtAddr(address.0 + self.rng.u64(0..4096));
        }
        if self.odd() {
            // At the end of all addresses; nothing low, where the harness lies.
            let end = 1 << 47;
            let odd = [end - 8192, end - 4096, end, 1 << 63, u64::MAX - 4095];
            address = VirtAddr(self.rng.choice(odd).unwrap_or(0));
        }
        for (times, flag) in [
            (10, MapFlags::MAP_POPULATE),
            (30, MapFlags::MAP_NORESERVE),
            (60, MapFlags::MAP_LOCKED),
            (60, MapFlags::MAP_STACK),
            (80, MapFlags::MAP_GROWSDOWN),
            (200, MapFlags::MAP_32BIT),
            (200, MapFlags::MAP_HUGETLB),
            (200, MapFlags::MAP_NONBLOCK),
            (200, MapFlags::MAP_DENYWRITE),
            (200, MapFlags::MAP_EXECUTABLE),
            (200, MapFlags::MAP_SYNC),
            (200, MapFlags::MAP_UNINITIALIZED),
        ] {
            if self.once_in(times) {
                flags |= flag;
            }
        }
        let mut length = self.few_pages() << 12;
        if self.once_in(8) {
            length -= self.rng.u64(0..4096);
        }
        if self.odd() {
            let odd = [
                0,
                1 << 21,
                (1 << 21) + 4096,
                1 << 40,
                1 << 47,
                u64::MAX,
                3 << 20,
            ];
            length = self.rng.choice(odd).unwrap_or(0);
        }
        if length > LARGEST_POPULATED {
            // Linux would fill page tables until the trace's time is up.
            flags -= MapFlags::MAP_POPULATE;
        }
        if flags.contains(MapFlags::MAP_HUGETLB) {
            // Huge pages that are there to be touched, and where they may be.
            if self.rng.bool() {
                flags |= MapFlags::MAP_NORESERVE;
            }
            if self.rng.bool() {
                let first = ARENA.next_multiple_of(HUGE_PAGE);
                address = VirtAddr(first + self.rng.u64(0..2) * HUGE_PAGE);
            }
        }
        Some(Action::Call(Syscall::Mmap {
            address,
            length,
            prot: self.prot(),
            flags,
            fd,
            offset,
        }))
    }

    /// A descriptor and an offset to map, or -1 for anonymous memory.
    fn file_part(&mut self) -> (Fd, u64) {
        let Some(descriptor) = self.any_descriptor().filter(|_| self.rng.u32(0..9) < 5) else {
            return (Fd(-1), 0);
        };
        if self.odd() {
            return (Fd(99), 0);
        }
        let size = self.shadow.files[descriptor.file].size;
        let pages = size.div_ceil(4096);
        let mut offset = match self.rng.u32(0..6) {
            0..=2 => 0,
            3 => pages.saturating_sub(1),
            _ => self.rng.u64(0..=pages),
        } << 12;
        if self.odd() {
            let odd = [1, 512, u64::MAX - 4095, (1 << 63) - 4096, 1 << 63];
            offset = self.rng.choice(odd).unwrap_or(0);
        }
        (Fd(descriptor.fd), offset)
    }

    /// A mapping that continues a run, upwards or downwards, so that both may merge.
    fn mmap_beside(&mut self) -> Option<Action> {
        let run = self.any_run()?;
        let pages = self.few_pages().min(4);
        let above = self.rng.bool();
        let start = if above {
            run.end
        } else {
            run.start.checked_sub(pages)?
        };
        let sharing = if run.page.shared {
            MapFlags::MAP_SHARED
        } else {
            MapFlags::MAP_PRIVATE
        };
        let mut flags = sharing | MapFlags::MAP_FIXED;
        let (fd, offset) = match run.page.backing {
            Backing::Anonymous => {
                flags |= MapFlags::MAP_ANONYMOUS;
                (Fd(-1), 0)
            }
            Backing::File { fd, index, .. } => {
                let first = if above {
                    index + (run.end - run.start)
                } else {
                    index.checked_sub(pages)?
                };
                (Fd(fd), first << 12)
            }
        };
        let prot = if self.once_in(6) {
            self.prot()
        } else {
            run.page.prot
        };
        Some(Action::Call(Syscall::Mmap {
            address: VirtAddr(start << 12),
            length: pages << 12,
            prot,
            flags,
            fd,
            offset,
        }))
    }

    pub(super) fn munmap(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        Some(Action::Call(Syscall::Munmap { address, length }))
    }

    pub(super) fn mprotect(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        let prot = self.prot();
        Some(Action::Call(Syscall::Mprotect {
            address,
            length,
            prot,
        }))
    }

    pub(super) fn mremap(&mut self) -> Option<Action> {
        let (old_address, mut old_length) = self.byte_range();
        if self.once_in(12) {
            old_length = 0;
        }
        let new_length = match self.rng.u32(0..8) {
            0..=2 => old_length,
            3 => old_length.saturating_sub(4096).max(4096),
            4 => old_length.wrapping_add(4096),
            5 => 4096,
            _ => (self.few_pages() << 12) - self.rng.u64(0..2) * self.rng.u64(0..4096),
        };
        let may_move = MremapFlags::MREMAP_MAYMOVE;
        let mut flags = self.weighted(&[
            (3, MremapFlags::empty()),
            (4, may_move),
            (6, may_move | MremapFlags::MREMAP_FIXED),
            (1, may_move | MremapFlags::MREMAP_DONTUNMAP),
            (
                1,
                may_move | MremapFlags::MREMAP_DONTUNMAP | MremapFlags::MREMAP_FIXED,
            ),
        ]);
        if self.odd() {
            flags = MremapFlags::from_bits_retain(self.rng.u32(0..16));
        }
        let mut new_address = VirtAddr(self.any_page() << 12);
        if self.once_in(4)
            && let Some(run) = self.any_run()
        {
            new_address = VirtAddr(run.end << 12);
        }
        if self.odd() {
            // Nothing low: it would take the harness's place.
            let odd = [0x1001, 1 << 47, (1 << 47) - 8192];
            new_address = VirtAddr(self.rng.choice(odd).unwrap_or(0));
        }
        Some(Action::Call(Syscall::Mremap {
            old_address,
            old_length,
            new_length,
            flags,
            new_address,
        }))
    }

    pub(super) fn madvise(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        let advice = self.weighted(&[
            (3, Advice::Normal),
            (2, Advice::Random),
            (2, Advice::Sequential),
            (2, Advice::WillNeed),
            (12, Advice::DontNeed),
            (5, Advice::Free),
            (3, Advice::Remove),
            (4, Advice::DontFork),
            (3, Advice::DoFork),
            (1, Advice::Mergeable),
            (1, Advice::Unmergeable),
            (1, Advice::NoHugePage),
            (1, Advice::Collapse),
            (2, Advice::DontDump),
            (2, Advice::DoDump),
            (4, Advice::WipeOnFork),
            (2, Advice::KeepOnFork),
            (1, Advice::Cold),
            (3, Advice::PageOut),
            (5, Advice::PopulateRead),
            (5, Advice::PopulateWrite),
            (1, Advice::DontNeedLocked),
            (1, Advice::Unknown(77)),
            (1, Advice::Unknown(100)),
        ]);
        Some(Action::Call(Syscall::Madvise {
            address,
            length,
            advice,
        }))
    }

    pub(super) fn guard(&mut self) -> Option<Action> {
        let (address, mut length) = self.byte_range();
        let advice = self.weighted(&[(1, Advice::GuardInstall), (1, Advice::GuardRemove)]);
        if address.0.checked_add(length).is_some() {
            length = length.min(LARGEST_POPULATED);
        }
        Some(Action::Call(Syscall::Madvise {
            address,
            length,
            advice,
        }))
    }

    pub(super) fn msync(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        let mut flags = self.weighted(&[
            (6, MsyncFlags::MS_SYNC),
            (2, MsyncFlags::MS_ASYNC),
            (2, MsyncFlags::MS_INVALIDATE),
            (1, MsyncFlags::MS_SYNC | MsyncFlags::MS_INVALIDATE),
        ]);
        if self.odd() {
            flags = MsyncFlags::from_bits_retain(self.rng.u32(0..16));
        }
        Some(Action::Call(Syscall::Msync {
            address,
            length,
            flags,
        }))
    }

    pub(super) fn mlock(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        let mut flags = u32::from(!self.odd());
        if self.odd() {
            flags = self.rng.u32(0..8);
        }
        let flags = MlockFlags::from_bits_retain(flags);
        Some(Action::Call(match self.rng.u32(0..5) {
            0 | 1 => Syscall::Mlock { address, length },
            2 => Syscall::Mlock2 {
                address,
                length,
                flags,
            },
            _ => Syscall::Munlock { address, length },
        }))
    }

    pub(super) fn mlock_all(&mut self) -> Option<Action> {
        let mut flags = self.weighted(&[(1, 1), (1, 2), (1, 3), (1, 5), (1, 6), (1, 7)]);
        if self.odd() {
            flags = self.rng.u32(0..16);
        }
        let flags = MlockallFlags::from_bits_retain(flags);
        Some(Action::Call(if self.rng.bool() {
            Syscall::Mlockall { flags }
        } else {
            Syscall::Munlockall {}
        }))
    }

    pub(super) fn mincore(&mut self) -> Option<Action> {
        let (address, length) = self.byte_range();
        let vector = self.address(Prot::PROT_WRITE);
        Some(Action::Call(Syscall::Mincore {
            address,
            length,
            vector,
        }))
    }

    pub(super) fn brk(&mut self) -> Option<Action> {
        let mut address = HEAP + (self.rng.u64(0..12) << 12);
        if self.rng.bool() {
            address -= self.rng.u64(0..4096);
        }
        if self.odd() {
            address = self.rng.choice([0, 1 << 47, u64::MAX]).unwrap_or(0);
        }
        let address = VirtAddr(address);
        Some(Action::Call(Syscall::Brk { address }))
    }
}
