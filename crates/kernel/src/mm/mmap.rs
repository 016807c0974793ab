//! mmap(2): `do_mmap` (mm/mmap.c) and `mmap_region` (mm/vma.c).

use abi::{Errno, Fd, MapFlags, Pid, Prot, VirtAddr};

use crate::addr::{InodeId, MmId, OpenFileId, PAGE_SIZE, PageIndex, PageRange, Vpn, page_align};
use crate::file::inode::{Inode, InodeKind};
use crate::file::seals::{F_SEAL_FUTURE_WRITE, F_SEAL_WRITE};
use crate::kernel::Kernel;
use crate::mm::hugetlb::huge_length;
use crate::mm::placement::Request;
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

/// What is to be mapped.
#[derive(Clone, Copy, Debug)]
struct Object {
    file: OpenFileId,
    inode: InodeId,
    readable: bool,
    writable: bool,
}

/// How an object may be mapped.
#[derive(Clone, Copy, Debug)]
struct Terms {
    sharing: Sharing,
    flags: VmFlags,
    backing: Backing,
    page_offset: PageIndex,
}

const PRIVATE: u32 = MapFlags::MAP_PRIVATE.bits();
const SHARED: u32 = MapFlags::MAP_SHARED.bits();
const SHARED_VALIDATE: u32 = MapFlags::MAP_SHARED_VALIDATE.bits();
const DROPPABLE: u32 = MapFlags::MAP_DROPPABLE.bits();
/// The flags that MAP_SHARED_VALIDATE lets pass of every file (`LEGACY_MAP_MASK`).
const VALID_FLAGS: u32 = 0x7c07_f9f3;
/// The largest file that can be mapped, in bytes (`MAX_LFS_FILESIZE`).
const LARGEST_FILE: u64 = i64::MAX as u64;

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
        if !offset.is_multiple_of(PAGE_SIZE) {
            return failure(Errno::EINVAL, Reason::UnalignedOffset);
        }
        let object = if flags.contains(MapFlags::MAP_ANONYMOUS) {
            None
        } else {
            let (file, inode) = self.file_and_inode(pid, arguments.fd)?;
            let open = self.files.open_file(file).flags;
            Some(Object {
                file,
                inode,
                readable: open.readable(),
                writable: open.writable(),
            })
        };
        let mut arguments = arguments;
        let mut page_size = PAGE_SIZE;
        if flags.contains(MapFlags::MAP_HUGETLB) {
            (page_size, arguments.length) = huge_length(&arguments)?;
        }
        let vma = self.plan(pid, mm, arguments, object, page_size)?;
        let (range, vm_flags) = (vma.range, vma.flags);
        self.map_region(pid, mm, vma)?;
        let populate = MapFlags::MAP_POPULATE | MapFlags::MAP_NONBLOCK;
        let asked = flags & populate == MapFlags::MAP_POPULATE;
        if asked || vm_flags.contains(VmFlags::LOCKED) {
            // What cannot be brought in is for the first touch to tell.
            let _ = self.populate(pid, mm, range, true);
        }
        Ok(range.start.address().0)
    }

    /// Everything that is checked before anything changes (`do_mmap`).
    fn plan(
        &mut self,
        pid: Pid,
        mm: MmId,
        arguments: MmapArguments,
        object: Option<Object>,
        page_size: u64,
    ) -> Result<Vma, Failure> {
        let mut flags = arguments.flags;
        if arguments.length == 0 {
            return failure(Errno::EINVAL, Reason::ZeroLength);
        }
        if flags.contains(MapFlags::MAP_FIXED_NOREPLACE) {
            flags |= MapFlags::MAP_FIXED;
        }
        let Some(length) = page_align(arguments.length).filter(|length| *length > 0) else {
            return failure(Errno::ENOMEM, Reason::LengthOverflow);
        };
        if self.mm(mm).vmas.len() > u64::from(self.config.max_map_count) {
            return failure(Errno::ENOMEM, Reason::TooManyMappings);
        }
        let hint = match flags.contains(MapFlags::MAP_FIXED) {
            true => arguments.address.0,
            false => self.round_hint(arguments.address.0),
        };
        let request = Request {
            hint,
            length,
            flags,
            object: object.map(|object| object.inode),
            offset: arguments.offset,
            page_size,
        };
        let start = Vpn::containing(self.place(mm, request)?);
        let range = PageRange::new(start, start.plus(length / PAGE_SIZE));
        let is_taken = || self.mm(mm).first_vma_in(range).is_some();
        if flags.contains(MapFlags::MAP_FIXED_NOREPLACE) && is_taken() {
            return failure(Errno::EEXIST, Reason::RangeInUse);
        }
        let mut vm_flags = VmFlags::from_prot(arguments.prot) | VmFlags::MAY_ALL;
        vm_flags |= self.mm(mm).default_flags | flags_of(flags);
        if flags.contains(MapFlags::MAP_LOCKED) {
            self.check_may_lock_any(pid)?;
        }
        if !self.may_lock(pid, mm, vm_flags, range.pages()) {
            return failure(Errno::EAGAIN, Reason::ResourceLimit);
        }
        let mut terms = match object {
            Some(object) => self.file_terms(arguments, object, vm_flags, length)?,
            None if page_size > PAGE_SIZE => huge_terms(arguments, vm_flags, page_size)?,
            None => anonymous_terms(arguments, vm_flags, start)?,
        };
        if flags.contains(MapFlags::MAP_NORESERVE) {
            terms.flags |= VmFlags::NO_RESERVE;
        }
        Ok(Vma {
            range,
            flags: terms.flags,
            sharing: terms.sharing,
            backing: terms.backing,
            page_offset: terms.page_offset,
            anon_vma: None,
            anon_vma_chain: None,
        })
    }

    fn file_terms(
        &self,
        arguments: MmapArguments,
        object: Object,
        flags: VmFlags,
        length: u64,
    ) -> Result<Terms, Failure> {
        let inode = self.files.inode(object.inode);
        let regular = matches!(inode.kind, InodeKind::Disk(_) | InodeKind::Tmpfs(_));
        // What is no regular file may have bytes at every offset (`file_mmap_size_max`).
        let size = if regular { LARGEST_FILE } else { u64::MAX };
        let largest = size.checked_sub(length);
        let fits = largest.is_some_and(|end| arguments.offset / PAGE_SIZE <= end / PAGE_SIZE);
        if !fits {
            return failure(Errno::EOVERFLOW, Reason::OffsetOverflow);
        }
        let known = match inode.is_on_disk() {
            true => VALID_FLAGS | MapFlags::MAP_SYNC.bits(),
            false => VALID_FLAGS,
        };
        let sharing = sharing_of_file(arguments.flags, known)?;
        let shared = sharing == Sharing::Shared;
        let writes = arguments.prot.contains(Prot::PROT_WRITE);
        if shared && writes && !object.writable {
            return failure(Errno::EACCES, Reason::NotWritable);
        }
        if !object.readable {
            return failure(Errno::EACCES, Reason::NotReadable);
        }
        let executable = arguments.prot.contains(Prot::PROT_EXEC);
        if executable && matches!(inode.kind, InodeKind::Pipe(_)) {
            // Nothing of the kernel's file system for pipes may be executed.
            return failure(Errno::EPERM, Reason::NotPermitted);
        }
        if !regular && !matches!(inode.kind, InodeKind::DevZero) {
            return failure(Errno::ENODEV, Reason::NotMappable);
        }
        if flags.contains(VmFlags::GROWS_DOWN) {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        let mut flags = flags;
        if shared && !object.writable {
            flags -= VmFlags::MAY_WRITE;
        } else if shared {
            flags |= VmFlags::SHARED;
        }
        check_seals(inode, shared, &mut flags)?;
        let backing = match inode.kind {
            InodeKind::DevZero if shared && object.writable => Backing::Anonymous,
            InodeKind::DevZero => Backing::ZeroDevice { file: object.file },
            _ => Backing::File {
                file: object.file,
                inode: object.inode,
            },
        };
        Ok(Terms {
            sharing,
            flags,
            backing,
            page_offset: PageIndex(arguments.offset / PAGE_SIZE),
        })
    }

    /// Puts a new VMA in the place of whatever is there (`mmap_region`).
    fn map_region(&mut self, pid: Pid, mm: MmId, mut vma: Vma) -> Result<(), Failure> {
        let range = vma.range;
        let (mut replaced, mut accounted) = (0, 0);
        let replaces = self.isolate(mm, range)?;
        if replaces {
            for old in self.mm(mm).vmas_in(range) {
                replaced += old.range.pages();
                if old.flags.contains(VmFlags::ACCOUNT) {
                    accounted += old.range.pages();
                }
            }
        }
        if !self.may_expand(pid, mm, vma.flags, range.pages().saturating_sub(replaced)) {
            return failure(Errno::ENOMEM, Reason::ResourceLimit);
        }
        if vma.is_accountable() {
            if !self.enough_memory(range.pages().saturating_sub(accounted)) {
                return failure(Errno::ENOMEM, Reason::Overcommit);
            }
            vma.flags |= VmFlags::ACCOUNT;
        }
        if replaces {
            self.remove_vmas(mm, range);
        }
        if vma.flags.contains(VmFlags::HUGETLB) {
            if !(vma.page_offset.0 * PAGE_SIZE).is_multiple_of(vma.page_size()) {
                return failure(Errno::EINVAL, Reason::UnalignedOffset);
            }
            // They are never locked, and reserved unless asked otherwise: there is none.
            vma.flags -= VmFlags::LOCKED_MASK;
            if !vma.flags.contains(VmFlags::NO_RESERVE) {
                return failure(Errno::ENOMEM, Reason::OutOfSpace);
            }
        }
        let on_disk = |inode| self.files.inode(inode).is_on_disk();
        if vma.flags.contains(VmFlags::SYNC) && vma.inode().is_some_and(on_disk) {
            // The file system hears of it when nothing is left of what was there (`ext4_file_mmap`).
            return failure(Errno::EOPNOTSUPP, Reason::BadFlags);
        }
        if vma.sharing == Sharing::Shared && vma.backing == Backing::Anonymous {
            // Shared anonymous memory is a nameless file of tmpfs, which the VMA alone holds.
            let reserved = !vma.flags.contains(VmFlags::NO_RESERVE);
            if reserved && !self.enough_memory(range.pages()) {
                return failure(Errno::ENOMEM, Reason::Overcommit);
            }
            let file = self.new_shared_anonymous(range.pages() * PAGE_SIZE);
            let inode = self.files.open_file(file).inode;
            vma.backing = Backing::File { file, inode };
        } else {
            self.hold_file_of(&vma);
        }
        // Droppable pages are not locked after all (`__mmap_complete`), which comes after merging.
        let locked = vma.flags.contains(VmFlags::LOCKED);
        let merges = !(locked && vma.flags.contains(VmFlags::DROPPABLE));
        if !merges {
            vma.flags -= VmFlags::LOCKED_MASK;
        } else if locked {
            self.mm_mut(mm).size.locked += range.pages();
        }
        self.add_vma_beside(mm, vma, merges, merges);
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
}

/// How huge pages are mapped: as a file that the kernel makes for them.
fn huge_terms(arguments: MmapArguments, flags: VmFlags, bytes: u64) -> Result<Terms, Failure> {
    let largest = LARGEST_FILE.checked_sub(arguments.length);
    if largest.is_none_or(|end| arguments.offset > end) {
        return failure(Errno::EOVERFLOW, Reason::OffsetOverflow);
    }
    let sharing = sharing_of_file(arguments.flags, VALID_FLAGS)?;
    if flags.contains(VmFlags::GROWS_DOWN) {
        return failure(Errno::EINVAL, Reason::BadFlags);
    }
    let flags = match sharing {
        Sharing::Shared => flags | VmFlags::SHARED,
        Sharing::Private => flags,
    };
    Ok(Terms {
        sharing,
        flags: flags | VmFlags::HUGETLB | VmFlags::DONT_EXPAND,
        backing: Backing::HugePages { bytes },
        page_offset: PageIndex(arguments.offset / PAGE_SIZE),
    })
}

/// Whether a file is mapped shared or private; `known` are the flags that MAP_SHARED_VALIDATE lets pass.
fn sharing_of_file(flags: MapFlags, known: u32) -> Result<Sharing, Failure> {
    match flags.sharing() {
        SHARED => Ok(Sharing::Shared),
        SHARED_VALIDATE if flags.bits() & !known != 0 => {
            failure(Errno::EOPNOTSUPP, Reason::BadFlags)
        }
        SHARED_VALIDATE => Ok(Sharing::Shared),
        PRIVATE => Ok(Sharing::Private),
        _ => failure(Errno::EINVAL, Reason::NoSharingType),
    }
}

fn anonymous_terms(arguments: MmapArguments, flags: VmFlags, start: Vpn) -> Result<Terms, Failure> {
    let (sharing, flags) = match arguments.flags.sharing() {
        SHARED if flags.contains(VmFlags::GROWS_DOWN) => {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        SHARED => (Sharing::Shared, flags | VmFlags::SHARED),
        PRIVATE => (Sharing::Private, flags),
        DROPPABLE
            if arguments.flags.contains(MapFlags::MAP_LOCKED)
                || flags.contains(VmFlags::GROWS_DOWN) =>
        {
            return failure(Errno::EINVAL, Reason::BadFlags);
        }
        DROPPABLE => {
            let droppable = VmFlags::DROPPABLE | VmFlags::NO_RESERVE;
            let droppable = droppable | VmFlags::WIPE_ON_FORK | VmFlags::DONT_DUMP;
            (Sharing::Private, flags | droppable)
        }
        _ => return failure(Errno::EINVAL, Reason::NoSharingType),
    };
    Ok(Terms {
        sharing,
        flags,
        backing: Backing::Anonymous,
        page_offset: match sharing {
            Sharing::Shared => PageIndex(0),
            Sharing::Private => PageIndex(start.0),
        },
    })
}

/// A sealed memfd may not be mapped for shared stores, now or later (`memfd_check_seals_mmap`).
fn check_seals(inode: &Inode, shared: bool, flags: &mut VmFlags) -> Result<(), Failure> {
    if !shared || inode.seals() & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) == 0 {
        return Ok(());
    }
    let writable = flags.contains(VmFlags::MAY_WRITE);
    if writable && flags.contains(VmFlags::WRITE) {
        return failure(Errno::EPERM, Reason::NotPermitted);
    }
    *flags -= VmFlags::MAY_WRITE;
    Ok(())
}

/// The VMA flags that mmap's flags ask for (`calc_vm_flag_bits`).
fn flags_of(flags: MapFlags) -> VmFlags {
    let pairs = [
        (MapFlags::MAP_GROWSDOWN, VmFlags::GROWS_DOWN),
        (MapFlags::MAP_LOCKED, VmFlags::LOCKED),
        (MapFlags::MAP_STACK, VmFlags::NO_HUGE_PAGE),
        (MapFlags::MAP_SYNC, VmFlags::SYNC),
    ];
    let set = pairs.iter().filter(|(flag, _)| flags.contains(*flag));
    set.fold(VmFlags::empty(), |all, (_, vm_flag)| all | *vm_flag)
}
