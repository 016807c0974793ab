//! mmap(2): `do_mmap` (mm/mmap.c) and `mmap_region` (mm/vma.c).

use abi::{Errno, Fd, MapFlags, Pid, Prot, Resource, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, PageIndex, PageRange, Vpn, page_align};
use crate::kernel::Kernel;
use crate::mm::placement::{Alignment, Request};
use crate::mm::vma::{Backing, Sharing, VmFlags, Vma};
use crate::outcome::{Failure, Reason};

/// The arguments of mmap(2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct MmapArguments {
    pub address: VirtAddr,
    pub length: u64,
    pub prot: Prot,
    pub flags: MapFlags,
    pub fd: Fd,
    pub offset: u64,
}

const PRIVATE: u32 = MapFlags::MAP_PRIVATE.bits();
const SHARED: u32 = MapFlags::MAP_SHARED.bits();
const SHARED_VALIDATE: u32 = MapFlags::MAP_SHARED_VALIDATE.bits();

fn failure<T>(errno: Errno, reason: Reason) -> Result<T, Failure> {
    Err(Failure::new(errno, reason))
}

impl Kernel {
    pub(crate) fn sys_mmap(
        &mut self,
        pid: Pid,
        mm: MmId,
        arguments: MmapArguments,
    ) -> Result<u64, Failure> {
        let MmapArguments { flags, offset, .. } = arguments;
        if offset % PAGE_SIZE != 0 {
            return failure(Errno::EINVAL, Reason::UnalignedOffset);
        }
        if flags.contains(MapFlags::MAP_HUGETLB) {
            return self.refuse_huge_pages(pid, arguments);
        }
        if !flags.contains(MapFlags::MAP_ANONYMOUS) {
            return failure(Errno::EBADF, Reason::BadDescriptor);
        }
        self.do_mmap(pid, mm, arguments)
    }

    /// MAP_HUGETLB on a machine without huge pages.
    fn refuse_huge_pages(&self, pid: Pid, arguments: MmapArguments) -> Result<u64, Failure> {
        let _ = pid;
        if arguments.flags.contains(MapFlags::MAP_ANONYMOUS) {
            return failure(Errno::ENOMEM, Reason::NotMappable);
        }
        failure(Errno::EINVAL, Reason::NotMappable)
    }

    fn do_mmap(&mut self, pid: Pid, mm: MmId, arguments: MmapArguments) -> Result<u64, Failure> {
        if arguments.length == 0 {
            return failure(Errno::EINVAL, Reason::ZeroLength);
        }
        let mut flags = arguments.flags;
        if flags.contains(MapFlags::MAP_FIXED_NOREPLACE) {
            flags |= MapFlags::MAP_FIXED;
        }
        let fixed = flags.contains(MapFlags::MAP_FIXED);
        let hint = if fixed {
            arguments.address.0
        } else {
            self.round_hint(arguments.address.0)
        };
        let Some(length) = page_align(arguments.length).filter(|length| *length > 0) else {
            return failure(Errno::ENOMEM, Reason::LengthOverflow);
        };
        let first = arguments.offset / PAGE_SIZE;
        if self.mm(mm).vmas.len() > u64::from(self.config.max_map_count) {
            return failure(Errno::ENOMEM, Reason::TooManyMappings);
        }
        let mut vm_flags = VmFlags::from_prot(arguments.prot) | VmFlags::MAY_ALL;
        vm_flags |= self.mm(mm).default_flags | flags_of(flags);
        let request = Request {
            hint,
            length,
            flags,
            alignment: if hint == 0 && length % (2 << 20) == 0 {
                Alignment::Huge {
                    offset: arguments.offset,
                }
            } else {
                Alignment::Page
            },
        };
        let start = Vpn::containing(self.place(mm, request)?);
        let range = PageRange::new(start, start.plus(length / PAGE_SIZE));
        let taken = self.mm(mm).vmas_in(range).next().is_some();
        if flags.contains(MapFlags::MAP_FIXED_NOREPLACE) && taken {
            return failure(Errno::EEXIST, Reason::RangeInUse);
        }
        if !self.may_lock(pid, mm, vm_flags, range.pages()) {
            return failure(Errno::EAGAIN, Reason::ResourceLimit);
        }
        let _ = first;
        let sharing = match flags.sharing() {
            SHARED => Sharing::Shared,
            PRIVATE => Sharing::Private,
            _ => return failure(Errno::EINVAL, Reason::NoSharingType),
        };
        if flags.contains(MapFlags::MAP_NORESERVE) {
            vm_flags |= VmFlags::NO_RESERVE;
        }
        let vma = Vma {
            range,
            flags: vm_flags,
            sharing,
            backing: Backing::Anonymous,
            page_offset: PageIndex(start.0),
            anon_vma: None,
            anon_vma_chain: Default::default(),
        };
        self.map_region(pid, mm, vma)?;
        Ok(start.address().0)
    }

    /// Puts a new VMA in the place of whatever is there (`mmap_region`).
    fn map_region(&mut self, pid: Pid, mm: MmId, mut vma: Vma) -> Result<(), Failure> {
        let range = vma.range;
        let replaces = self.isolate(mm, range)?;
        let replaced = |accounted: bool| -> u64 {
            let overlapped = self.mm(mm).vmas_in(range);
            overlapped
                .filter(|old| !accounted || old.flags.contains(VmFlags::ACCOUNT))
                .map(|old| old.range.pages())
                .sum()
        };
        let (replaced, accounted) = match replaces {
            true => (replaced(false), replaced(true)),
            false => (0, 0),
        };
        let new_pages = range.pages().saturating_sub(replaced);
        if !self.may_expand(pid, mm, &vma, new_pages) {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        let reserve = VmFlags::NO_RESERVE | VmFlags::WRITE;
        if vma.flags & reserve == VmFlags::WRITE && !vma.is_shared_writable() {
            if !self.enough_memory(range.pages().saturating_sub(accounted)) {
                return failure(Errno::ENOMEM, Reason::Overcommit);
            }
            vma.flags |= VmFlags::ACCOUNT;
        }
        if replaces {
            self.remove_vmas(mm, range);
        }
        if vma.flags.contains(VmFlags::LOCKED) {
            self.mm_mut(mm).size.locked += range.pages();
        }
        self.hold_file_of(&vma);
        self.add_vma(mm, vma);
        Ok(())
    }

    /// An address asked for, as Linux rounds it (`round_hint_to_min`).
    fn round_hint(&self, hint: u64) -> u64 {
        let hint = hint & !(PAGE_SIZE - 1);
        if hint != 0 && hint < self.config.mmap_min_addr {
            page_align(self.config.mmap_min_addr).unwrap_or(hint)
        } else {
            hint
        }
    }

    /// Whether the limits let the process map `pages` more as `vma` is (`may_expand_vm`).
    pub(crate) fn may_expand(&self, pid: Pid, mm: MmId, vma: &Vma, pages: u64) -> bool {
        let size = self.mm(mm).size;
        if size.total.saturating_add(pages) > self.limit(pid, Resource::AddressSpace) / PAGE_SIZE {
            return false;
        }
        let data = size.data.saturating_add(pages);
        !vma.is_data() || data <= self.limit(pid, Resource::Data) / PAGE_SIZE
    }

    /// Whether `pages` of private memory could ever be backed: the overcommit heuristic
    /// (`__vm_enough_memory` in mode 0).
    pub(crate) fn enough_memory(&self, pages: u64) -> bool {
        pages <= u64::from(self.frames.total())
    }

    /// Whether `pages` more may be locked where `flags` say so (`mlock_future_ok`).
    pub(crate) fn may_lock(&self, pid: Pid, mm: MmId, flags: VmFlags, pages: u64) -> bool {
        let locked = self.mm(mm).size.locked.saturating_add(pages);
        !flags.contains(VmFlags::LOCKED)
            || locked <= self.limit(pid, Resource::LockedMemory) / PAGE_SIZE
    }

    fn limit(&self, pid: Pid, resource: Resource) -> u64 {
        let task = self.tasks.get(pid);
        task.map_or(u64::MAX, |task| task.limits.soft(resource))
    }
}

/// The VMA flags that mmap's flags ask for (`calc_vm_flag_bits`).
fn flags_of(flags: MapFlags) -> VmFlags {
    let pairs = [
        (MapFlags::MAP_GROWSDOWN, VmFlags::GROWS_DOWN),
        (MapFlags::MAP_LOCKED, VmFlags::LOCKED),
        (MapFlags::MAP_STACK, VmFlags::NO_HUGE_PAGE),
    ];
    let set = pairs.iter().filter(|(flag, _)| flags.contains(*flag));
    set.fold(VmFlags::empty(), |all, (_, vm_flag)| all | *vm_flag)
}
