//! Loads and stores: what the processor does, with its TLB and its walk of the page table.

use abi::{Errno, Pid, Signal, SignalCode, SignalInfo, VirtAddr};

use crate::addr::{MmId, PAGE_SIZE, Pfn, Vpn};
use crate::command::Width;
use crate::event::{Access, Event};
use crate::kernel::Kernel;
use crate::mm::page_table::Entry;
use crate::mm::tlb::Asid;
use crate::outcome::{Outcome, Reason};

/// Why an access did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// This signal is to be raised.
    Signal(SignalInfo),
    /// No frame is left.
    OutOfMemory,
}

impl Trap {
    /// The mapping at `address` does not allow the access.
    pub const fn refused(address: VirtAddr) -> Trap {
        let code = SignalCode::SegvAccErr;
        Trap::Signal(SignalInfo::fault(Signal::Segv, code, address))
    }

    /// The processor has no such address (a general protection fault, which tells none).
    const fn not_canonical() -> Trap {
        let code = SignalCode::Kernel;
        Trap::Signal(SignalInfo::fault(Signal::Segv, code, VirtAddr::NULL))
    }
}

/// The first address that is not canonical.
const CANONICAL_END: u64 = 1 << 47;

/// Whether an access begins with canonical addresses and ends with others: it is refused before
/// anything is translated.
#[cold]
fn passes_canonical_end(address: VirtAddr, bytes: u64) -> bool {
    address.0 < CANONICAL_END && address.0 + bytes > CANONICAL_END
}

/// Who touches memory: the events of a fault say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Toucher {
    pub pid: Pid,
    pub mm: MmId,
    /// Whether it is the kernel, for a system call of `pid`.
    pub in_kernel: bool,
}

impl Kernel {
    /// A load: exactly what [`crate::Command::Load`] does.
    #[inline]
    pub fn load(&mut self, pid: Pid, address: VirtAddr, width: Width) -> Outcome {
        let Some(mm) = self.mm_of(pid) else {
            return Outcome::Exited;
        };
        let toucher = Toucher {
            pid,
            mm,
            in_kernel: false,
        };
        let (offset, bytes) = (address.0 % PAGE_SIZE, width.bytes());
        if offset + bytes <= PAGE_SIZE {
            return match self.translate(toucher, address, Access::Read) {
                Ok(frame) => Outcome::Return(self.frames.get(frame).contents.load(offset, bytes)),
                Err(trap) => self.trapped(pid, trap),
            };
        }
        if passes_canonical_end(address, bytes) {
            return self.trapped(pid, Trap::not_canonical());
        }
        let mut value = [0; 8];
        match self.read_user(toucher, address, &mut value[..bytes as usize]) {
            Ok(()) => Outcome::Return(u64::from_le_bytes(value)),
            Err((_, trap)) => self.trapped(pid, trap),
        }
    }

    /// A store: exactly what [`crate::Command::Store`] does.
    #[inline]
    pub fn store(&mut self, pid: Pid, address: VirtAddr, width: Width, value: u64) -> Outcome {
        let Some(mm) = self.mm_of(pid) else {
            return Outcome::Exited;
        };
        let toucher = Toucher {
            pid,
            mm,
            in_kernel: false,
        };
        let (offset, bytes) = (address.0 % PAGE_SIZE, width.bytes());
        if offset + bytes <= PAGE_SIZE {
            return match self.translate(toucher, address, Access::Write) {
                Ok(frame) => {
                    let contents = &mut self.frames.get_mut(frame).contents;
                    contents.store(offset, bytes, value);
                    Outcome::Return(0)
                }
                Err(trap) => self.trapped(pid, trap),
            };
        }
        if passes_canonical_end(address, bytes) {
            return self.trapped(pid, Trap::not_canonical());
        }
        // Neither page is written unless both can be.
        let first = self.translate(toucher, address, Access::Write);
        let second = address.offset(PAGE_SIZE - offset);
        let both = first.and_then(|_| self.translate(toucher, second, Access::Write));
        let value = &value.to_le_bytes()[..bytes as usize];
        match both.map(|_| self.write_user(toucher, address, value)) {
            Ok(Ok(())) => Outcome::Return(0),
            Ok(Err((_, trap))) | Err(trap) => self.trapped(pid, trap),
        }
    }

    /// An instruction fetch: exactly what [`crate::Command::Fetch`] does.
    pub fn fetch(&mut self, pid: Pid, address: VirtAddr) -> Outcome {
        let Some(mm) = self.mm_of(pid) else {
            return Outcome::Exited;
        };
        let toucher = Toucher {
            pid,
            mm,
            in_kernel: false,
        };
        match self.translate(toucher, address, Access::Execute) {
            Ok(_) => Outcome::Return(0),
            Err(trap) => self.trapped(pid, trap),
        }
    }

    /// Raises what stopped an access.
    #[cold]
    pub(crate) fn trapped(&mut self, pid: Pid, trap: Trap) -> Outcome {
        match trap {
            Trap::Signal(info) => self.raise_fault_signal(pid, info),
            Trap::OutOfMemory => Outcome::error(Errno::ENOMEM, Reason::OutOfSpace),
        }
    }

    /// The frame behind `address`, served by a fault where it needs one.
    #[inline]
    pub(crate) fn translate(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        access: Access,
    ) -> Result<Pfn, Trap> {
        let page = Vpn::containing(address);
        let asid = self.mm(toucher.mm).asid;
        if let Some(entry) = self.tlb.lookup(asid, page)
            && allows(entry, access)
        {
            let frame = entry.frame();
            let pid = toucher.pid;
            self.emit(|| Event::TlbHit { pid, page, frame });
            if access == Access::Write && !entry.has(Entry::DIRTY) {
                self.mark_dirty(toucher.mm, page, entry);
            }
            return Ok(frame);
        }
        self.translate_by_walk(toucher, address, access)
    }

    fn translate_by_walk(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        access: Access,
    ) -> Result<Pfn, Trap> {
        let Toucher { pid, mm, .. } = toucher;
        let page = Vpn::containing(address);
        if address.0 >> 47 != 0 && address.0 >> 47 != 0x1_ffff {
            return Err(Trap::not_canonical());
        }
        let mut walk = self.walk_and_remember(mm, page);
        let levels = walk.levels;
        self.emit(|| Event::TlbMiss { pid, page, levels });
        // A fault that was served lets the access through; more than one in a row is rare.
        for _ in 0..4 {
            if walk.entry.is_present() && allows(walk.entry, access) {
                return Ok(self.fill_tlb(toucher, page, walk.entry, access));
            }
            self.fault(toucher, address, access, walk)?;
            walk = self.walk_and_remember(mm, page);
            let levels = walk.levels;
            self.emit(|| Event::Retried { pid, page, levels });
        }
        Err(Trap::OutOfMemory)
    }

    /// The frame behind `address` where no fault is needed (`pagefault_disable`).
    pub(crate) fn translate_present(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        access: Access,
    ) -> Option<Pfn> {
        let page = Vpn::containing(address);
        let asid = self.mm(toucher.mm).asid;
        let cached = self.tlb.lookup(asid, page);
        let present = cached.is_some_and(|entry| allows(entry, access)) || {
            let walk = self.walk_and_remember(toucher.mm, page);
            walk.entry.is_present() && allows(walk.entry, access)
        };
        let frame = present.then(|| self.translate(toucher, address, access));
        frame.and_then(Result::ok)
    }

    /// Sets the accessed and dirty bits as the processor does, and caches the translation.
    fn fill_tlb(&mut self, toucher: Toucher, page: Vpn, entry: Entry, access: Access) -> Pfn {
        let mm = toucher.mm;
        let mut bits = Entry::ACCESSED;
        if access == Access::Write {
            bits |= Entry::DIRTY;
        }
        let entry = if entry.has(bits) {
            entry
        } else {
            let table = self.own_table(mm, page);
            let entry = entry.with(bits);
            self.set_pte(mm, table, page, entry).not_needed();
            entry
        };
        let asid = self.mm(mm).asid;
        let frame = entry.frame();
        if let Some((displaced, page)) = self.tlb.fill(asid, page, entry)
            && self.is_live(toucher, displaced)
        {
            self.tell_flushed(displaced.owner, page);
        }
        let pid = asid.owner;
        self.emit(|| Event::TlbFilled { pid, page, frame });
        frame
    }

    /// The first store through a translation that was cached clean.
    fn mark_dirty(&mut self, mm: MmId, page: Vpn, cached: Entry) {
        let asid = self.mm(mm).asid;
        self.tlb.fill(asid, page, cached.with(Entry::DIRTY));
        let entry = self.entry_of(mm, page);
        if entry.is_present() {
            let table = self.own_table(mm, page);
            let dirty = entry.with(Entry::DIRTY | Entry::ACCESSED);
            self.set_pte(mm, table, page, dirty).not_needed();
        }
    }

    #[inline(never)]
    fn tell_flushed(&mut self, pid: Pid, page: Vpn) {
        self.emit(|| Event::TlbFlushed { pid, page });
    }

    /// Whether translations with this tag are still looked up.
    fn is_live(&self, toucher: Toucher, asid: Asid) -> bool {
        let mm = match asid.owner == toucher.pid {
            true => Some(toucher.mm),
            false => self.mm_of(asid.owner),
        };
        mm.is_some_and(|mm| self.mm(mm).asid == asid)
    }

    /// Reads `into.len()` bytes of user memory page by page; an error says how many were read.
    pub(crate) fn read_user(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        into: &mut [u8],
    ) -> Result<(), (u64, Trap)> {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = address.offset(done as u64);
            let offset = at.0 % PAGE_SIZE;
            let length = rest.len().min((PAGE_SIZE - offset) as usize);
            let frame = self.translate(toucher, at, Access::Read);
            let frame = frame.map_err(|trap| (done as u64, trap))?;
            let contents = &self.frames.get(frame).contents;
            contents.read(offset, &mut rest[..length]);
            done += length;
        }
        Ok(())
    }

    /// Writes `from` to user memory page by page; an error says how many bytes were written.
    pub(crate) fn write_user(
        &mut self,
        toucher: Toucher,
        address: VirtAddr,
        from: &[u8],
    ) -> Result<(), (u64, Trap)> {
        let mut done = 0;
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty()) {
            let at = address.offset(done as u64);
            let offset = at.0 % PAGE_SIZE;
            let length = rest.len().min((PAGE_SIZE - offset) as usize);
            let frame = self.translate(toucher, at, Access::Write);
            let frame = frame.map_err(|trap| (done as u64, trap))?;
            let contents = &mut self.frames.get_mut(frame).contents;
            contents.write(offset, &rest[..length]);
            done += length;
        }
        Ok(())
    }
}

/// Whether a cached or walked translation lets an access through.
#[inline]
fn allows(entry: Entry, access: Access) -> bool {
    match access {
        Access::Read => entry.has(Entry::USER),
        Access::Write => entry.has(Entry::USER | Entry::WRITABLE),
        Access::Execute => entry.has(Entry::USER) && !entry.has(Entry::NO_EXECUTE),
    }
}
