//! Page faults: `handle_mm_fault` and what it calls (mm/memory.c, arch/x86/mm/fault.c).

use abi::{Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{MmId, Pfn, TASK_SIZE, Vpn};
use crate::decision::{Decision, DecisionPath};
use crate::event::{Access, Event, Fault, FaultKind};
use crate::kernel::Kernel;
use crate::mm::access::{Toucher, Trap};
use crate::mm::page_table::{Entry, Pte};
use crate::mm::vma::{Sharing, VmFlags, Vma};
use crate::mm::walk::Walk;
use crate::phys::frame::{FrameFlags, Owner, ZERO_FRAME};

/// Why a fault was not served (`vm_fault_t`'s errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No mapping, or a guard region.
    MapErr,
    /// The mapping does not allow the access.
    AccErr,
    /// Beyond the end of the object.
    BusAdrErr,
    /// No frame is left.
    OutOfMemory,
}

/// An access that the page table did not let through.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    toucher: Toucher,
    address: VirtAddr,
    access: Access,
    /// What the walk found.
    entry: Entry,
    cause: Cause,
}

/// Why a page is brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An access trapped.
    Access,
    /// mlock or MAP_POPULATE asked for it.
    Populate,
    /// MADV_POPULATE_READ or MADV_POPULATE_WRITE asked for it.
    Advice,
    /// mprotect made a locked page writable: it waits for the page where others would begin anew.
    Locked,
}

/// A fault that is being served.
pub(crate) struct Serving<'a> {
    pub toucher: Toucher,
    pub page: Vpn,
    pub access: Access,
    /// The VMA as it was when the fault came.
    pub vma: &'a Vma,
    /// Why the page is brought in.
    pub cause: Cause,
    /// What was decided so far.
    path: &'a mut DecisionPath,
}

impl Serving<'_> {
    /// Notes what was decided.
    #[inline]
    pub fn decide(&mut self, decision: Decision) {
        self.path.push(decision);
    }

    pub fn mm(&self) -> MmId {
        self.toucher.mm
    }
}

impl Kernel {
    /// Serves or refuses the fault of an access, and tells how.
    pub(crate) fn fault(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        access: Access,
        walk: Walk,
    ) -> Result<(), Trap> {
        self.tell_fault(toucher, address, access, walk, Cause::Access)
    }

    /// Brings a page in as the kernel does for mlock, MAP_POPULATE and MADV_POPULATE
    /// (`faultin_page`): without an access, whatever the VMA allows. The page lies in a VMA.
    ///
    /// A page that this makes writable leaves the TLB. On x86 its read-only translation stays
    /// (`ptep_set_access_flags`): where it is not displaced before the next store, which is chance,
    /// that store faults, a minor fault that finds nothing to do.
    pub(crate) fn fault_in(
        &mut self,
        toucher: Toucher,
        page: Vpn,
        access: Access,
        cause: Cause,
    ) -> Result<(), Trap> {
        let walk = self.walk(toucher.mm, page);
        let present = walk.entry.is_present();
        if present && (access != Access::Write || walk.entry.has(Entry::WRITABLE)) {
            return Ok(());
        }
        self.tell_fault(toucher, page.address(), access, walk, cause)
    }

    fn tell_fault(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        access: Access,
        walk: Walk,
        cause: Cause,
    ) -> Result<(), Trap> {
        // The fault is told before what is done for it, and completed after it.
        let told = self.events.len();
        let pid = toucher.pid;
        let mut path = DecisionPath::of_walk(walk.entry.is_present(), walk.levels);
        self.emit(|| {
            Event::Fault(Fault {
                pid,
                address,
                access,
                in_kernel: toucher.in_kernel,
                kind: FaultKind::Spurious,
                path: DecisionPath::default(),
            })
        });
        let attempt = Attempt {
            toucher,
            address,
            access,
            entry: walk.entry,
            cause,
        };
        let result = self.find_vma_and_serve(&attempt, &mut path);
        let kind = match result {
            Ok(kind) => {
                // Once the page is read, populating begins anew and finds it in the cache; the
                // other two remember that they tried before (FAULT_FLAG_TRIED).
                let major = kind == FaultKind::FileMajor && cause != Cause::Populate;
                self.count_fault(pid, major);
                kind
            }
            Err(Refusal::AccErr) => FaultKind::SegvAccErr,
            Err(Refusal::BusAdrErr) => FaultKind::BusAdrErr,
            Err(Refusal::MapErr | Refusal::OutOfMemory) => FaultKind::SegvMapErr,
        };
        if let Some(Event::Fault(fault)) = self.events.get_mut(told) {
            fault.kind = kind;
            fault.path = path;
        }
        if !toucher.in_kernel {
            self.drain_lru();
        }
        let info = |signal, code| Trap::Signal(SignalInfo::fault(signal, code, address));
        match result {
            Ok(_) => Ok(()),
            Err(Refusal::AccErr) => Err(info(Signal::Segv, SignalCode::SegvAccErr)),
            Err(Refusal::BusAdrErr) => Err(info(Signal::Bus, SignalCode::BusAdrErr)),
            Err(Refusal::MapErr) => Err(info(Signal::Segv, SignalCode::SegvMapErr)),
            Err(Refusal::OutOfMemory) => {
                self.events.remove(told);
                Err(Trap::OutOfMemory)
            }
        }
    }

    fn count_fault(&mut self, pid: Pid, major: bool) {
        if let Some(task) = self.tasks.get_mut(pid) {
            match major {
                true => task.usage.major_faults += 1,
                false => task.usage.minor_faults += 1,
            }
        }
    }

    /// Finds the VMA; for an access, grows a stack to be it, and asks whether it allows the access
    /// (`do_user_addr_fault`).
    fn find_vma_and_serve(
        &mut self,
        attempt: &Attempt,
        path: &mut DecisionPath,
    ) -> Result<FaultKind, Refusal> {
        let page = Vpn::containing(attempt.address);
        if attempt.address.0 >= TASK_SIZE {
            return Err(Refusal::MapErr);
        }
        let mm = attempt.toucher.mm;
        let start = self.mm(mm).vma_at(page).map(|vma| vma.range.start);
        let is_access = attempt.cause == Cause::Access;
        let grown = is_access && start.is_none();
        if is_access {
            path.push(Decision::VmaFound { vma: start });
        }
        if grown {
            let yes = self.grow_stack(attempt.toucher, page);
            path.push(Decision::StackBelow { yes });
        }
        let vma = self.mm(mm).vma_at(page).ok_or(Refusal::MapErr)?;
        let vma = *vma;
        if is_access {
            let allowed = match attempt.access {
                Access::Write => vma.flags.contains(VmFlags::WRITE),
                // The processor says that it fetched only where a page was there to be refused.
                Access::Execute => !attempt.entry.is_present() && vma.is_accessible(),
                Access::Read => vma.is_accessible(),
            };
            path.push(Decision::Allowed { yes: allowed });
            if !allowed {
                return Err(Refusal::AccErr);
            }
        }
        let kind = self.serve(attempt, &vma, path)?;
        Ok(if grown { FaultKind::StackGrow } else { kind })
    }

    /// What is to be done for a PTE that does not let the access through (`handle_pte_fault`).
    fn serve(
        &mut self,
        attempt: &Attempt,
        vma: &Vma,
        path: &mut DecisionPath,
    ) -> Result<FaultKind, Refusal> {
        let entry = attempt.entry;
        let serving = &mut Serving {
            toucher: attempt.toucher,
            page: Vpn::containing(attempt.address),
            access: attempt.access,
            vma,
            cause: attempt.cause,
            path,
        };
        if entry.is_none() {
            let inode = vma.inode();
            serving.decide(Decision::FileBacked { inode });
            return if serving.vma.is_anonymous() {
                self.anonymous_fault(serving)
            } else {
                self.file_fault(serving)
            };
        }
        if Pte::from(entry) == Pte::Guard {
            return Err(Refusal::MapErr);
        }
        if serving.access == Access::Write && !entry.has(Entry::WRITABLE) {
            serving.decide(Decision::PteWritable { yes: false });
            return self.write_protect_fault(serving, entry);
        }
        Ok(FaultKind::Spurious)
    }

    /// The first touch of anonymous memory (`do_anonymous_page`).
    fn anonymous_fault(&mut self, serving: &Serving) -> Result<FaultKind, Refusal> {
        let (mm, page) = (serving.mm(), serving.page);
        if serving.access != Access::Write {
            let table = self.own_table(mm, page);
            let entry = Entry::of_frame(ZERO_FRAME, serving.vma.entry_bits());
            self.set_pte(mm, table, page, entry).not_needed();
            return Ok(FaultKind::ZeroPageRead);
        }
        let frame = self.new_anonymous_frame(serving)?;
        self.emit(|| Event::FrameZeroed { frame });
        self.map_private(serving, frame);
        Ok(FaultKind::AnonymousAllocate)
    }

    /// A frame for a private page at the fault's place; it is this process's alone.
    pub(crate) fn new_anonymous_frame(&mut self, serving: &Serving) -> Result<Pfn, Refusal> {
        let anon_vma = match serving.vma.anon_vma {
            Some(anon_vma) => anon_vma,
            None => self.prepare_anon_vma(serving.mm(), serving.page),
        };
        let owner = Owner::Anonymous {
            anon_vma,
            index: serving.vma.index_of(serving.page),
        };
        let flags = FrameFlags::ANON_EXCLUSIVE | FrameFlags::UPTODATE | FrameFlags::SWAP_BACKED;
        let frame = self.allocate_frame(owner, flags);
        frame.ok_or(Refusal::OutOfMemory)
    }

    /// Maps a new private page; what was mapped there before loses a mapping.
    pub(crate) fn map_private(&mut self, serving: &Serving, frame: Pfn) {
        let (mm, page) = (serving.mm(), serving.page);
        let mut bits = serving.vma.entry_bits();
        if serving.vma.flags.contains(VmFlags::WRITE) {
            bits |= Entry::WRITABLE | Entry::DIRTY;
        }
        let table = self.own_table(mm, page);
        let flush = self.set_pte(mm, table, page, Entry::of_frame(frame, bits));
        self.flush(mm, flush);
        if serving.vma.flags.contains(VmFlags::LOCKED) {
            self.lru.mlock(&mut self.frames, frame);
        } else {
            self.lru.add(&mut self.frames, frame);
        }
    }

    /// A write to a page that is mapped read-only (`do_wp_page`).
    fn write_protect_fault(
        &mut self,
        serving: &mut Serving,
        entry: Entry,
    ) -> Result<FaultKind, Refusal> {
        let private = serving.vma.sharing == Sharing::Private;
        serving.decide(Decision::Private { yes: private });
        if !private {
            return self.shared_write_fault(serving, entry);
        }
        let (mm, page) = (serving.mm(), serving.page);
        // Frames of a table shared since fork know their mappings once it is this process's own.
        let table = self.own_table(mm, page);
        let old = entry.frame();
        let frame = self.frames.get(old);
        let anonymous = matches!(frame.owner, Owner::Anonymous { .. });
        let exclusive = frame.flags.contains(FrameFlags::ANON_EXCLUSIVE);
        let mappers = frame.mapcount;
        serving.decide(Decision::ZeroPage {
            yes: old == ZERO_FRAME,
        });
        if anonymous {
            serving.decide(Decision::LastSharer {
                yes: exclusive || mappers == 1,
                mappers,
            });
        }
        if anonymous && (exclusive || mappers == 1) {
            self.reuse(serving, old, exclusive);
            let entry = self
                .tables
                .entry(table, crate::mm::table::index_at(1, page));
            let writable = entry.with(Entry::WRITABLE | Entry::DIRTY | Entry::ACCESSED);
            let flush = self.set_pte(mm, table, page, writable);
            self.flush(mm, flush);
            return Ok(FaultKind::CopyOnWriteReuse);
        }
        let new = self.new_anonymous_frame(serving)?;
        if old == ZERO_FRAME {
            self.emit(|| Event::FrameZeroed { frame: new });
        } else {
            self.frames.copy_contents(old, new);
            self.tell_copy(serving, old, new);
        }
        self.map_private(serving, new);
        if serving.vma.flags.contains(VmFlags::LOCKED) && old != ZERO_FRAME {
            self.lru.munlock(&mut self.frames, old);
        }
        self.release_if_unmapped(old);
        Ok(FaultKind::CopyOnWrite)
    }

    /// The page becomes this process's alone (`wp_can_reuse_anon_folio`).
    fn reuse(&mut self, serving: &Serving, frame: Pfn, exclusive: bool) {
        let index = serving.vma.index_of(serving.page);
        let page = serving.page;
        if !exclusive {
            let taken = self.frames.get_mut(frame);
            taken.flags |= FrameFlags::ANON_EXCLUSIVE;
            if let Some(anon_vma) = serving.vma.anon_vma {
                taken.owner = Owner::Anonymous { anon_vma, index };
            }
        }
        let pid = self.mm(serving.mm()).owner;
        self.emit(|| Event::CowReused { pid, page, frame });
    }

    /// Tells that a page was copied for the process that writes to it.
    pub(crate) fn tell_copy(&mut self, serving: &Serving, from: Pfn, to: Pfn) {
        let pid = self.mm(serving.mm()).owner;
        let page = serving.page;
        self.emit(|| Event::CowBroken {
            pid,
            page,
            from,
            to,
        });
    }
}
