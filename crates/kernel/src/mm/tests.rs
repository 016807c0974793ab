//! What processes see of their memory.

mod verbs;

use abi::{Fd, MapFlags, Prot, Signal, SignalCode, SignalInfo, Syscall, VirtAddr};

use crate::testing::Lab;
use crate::{Event, FaultKind, Outcome, Width, invariants};

const ANONYMOUS: MapFlags = MapFlags::MAP_PRIVATE.union(MapFlags::MAP_ANONYMOUS);

impl Lab {
    fn anonymous(&mut self, pages: u64) -> VirtAddr {
        self.map(Fd(-1), pages * 4096, ANONYMOUS)
    }

    fn unmap(&mut self, address: VirtAddr, length: u64) {
        self.value(Syscall::Munmap { address, length });
    }

    fn store(&mut self, address: VirtAddr, value: u64) {
        let stored = self.kernel.store(self.pid, address, Width::Long, value);
        assert_eq!(stored, Outcome::Return(0));
        self.check();
    }

    fn load(&mut self, address: VirtAddr) -> u64 {
        match self.kernel.load(self.pid, address, Width::Long) {
            Outcome::Return(value) => value,
            other => panic!("{other:?}"),
        }
    }

    fn check(&self) {
        assert_eq!(invariants::check(&self.kernel), Ok(()));
    }

    /// The start and end of each VMA in mmap's area, in pages below its top.
    fn areas(&self) -> Vec<(u64, u64)> {
        const TOP: u64 = 0x7_ffff_7ff7;
        let mm = self.kernel.mm(self.kernel.mm_of(self.pid).unwrap());
        let below = mm.vmas.iter().filter(|vma| vma.range.end.0 <= TOP);
        let above = below.filter(|vma| vma.range.start.0 > TOP - (1 << 20));
        above
            .map(|vma| (TOP - vma.range.start.0, TOP - vma.range.end.0))
            .collect()
    }

    /// The kinds of the faults since the last look.
    fn faults(&mut self) -> Vec<FaultKind> {
        let events = self.kernel.take_events();
        let faults = events.into_iter().filter_map(|event| match event {
            Event::Fault(fault) => Some(fault.kind),
            _ => None,
        });
        faults.collect()
    }
}

fn segv(code: SignalCode, address: VirtAddr) -> Outcome {
    Outcome::Signal(SignalInfo::fault(Signal::Segv, code, address))
}

#[test]
fn argv_lies_on_the_stack() {
    let mut lab = Lab::new();
    let start = lab.kernel.stack_start(lab.pid).unwrap();
    assert_eq!(lab.load(start), 1);
    let name = VirtAddr(lab.load(start.offset(8)));
    assert_eq!(lab.text(name, 6), "a.out\0");
    lab.check();
}

#[test]
fn the_stack_grows_to_its_limit_and_not_further() {
    let mut lab = Lab::new();
    let top = 0x7fff_ffff_f000;
    lab.store(VirtAddr(top - (4 << 20)), 5);
    assert!(lab.faults().contains(&FaultKind::StackGrow));
    let beyond = VirtAddr(top - (8 << 20) - 1);
    let refused = lab.kernel.load(lab.pid, beyond, Width::Byte);
    assert_eq!(refused, segv(SignalCode::SegvMapErr, beyond));
}

#[test]
fn the_first_mapping_is_where_linux_has_it_and_a_hole_splits_it() {
    let mut lab = Lab::new();
    let address = lab.anonymous(3);
    assert_eq!(address, VirtAddr(0x7fff_f7ff_4000));
    for page in 0..3 {
        lab.store(address.offset(page * 4096), page);
    }
    let free = lab.kernel.frames.free_count();
    let hole = address.offset(4096);
    lab.unmap(hole, 1);
    assert_eq!(lab.areas(), [(3, 2), (1, 0)]);
    assert_eq!(lab.kernel.frames.free_count(), free + 1);
    // A new mapping fills the hole and joins both sides: all belong to one anon_vma.
    assert_eq!(lab.anonymous(1), hole);
    assert_eq!(lab.areas(), [(3, 0)]);
    lab.unmap(hole, 1);
    let refused = lab.kernel.load(lab.pid, hole, Width::Byte);
    assert_eq!(refused, segv(SignalCode::SegvMapErr, hole));
    lab.check();
}

#[test]
fn two_that_were_touched_apart_do_not_merge_with_what_joins_them() {
    let mut lab = Lab::new();
    let address = lab.anonymous(5);
    lab.unmap(address.offset(4096), 4096);
    lab.unmap(address.offset(3 * 4096), 4096);
    lab.store(address, 1);
    lab.store(address.offset(4 * 4096), 1);
    lab.unmap(address.offset(2 * 4096), 4096);
    lab.map(Fd(-1), 3 * 4096, ANONYMOUS);
    // The new pages belong to the left one, the right one stays apart.
    assert_eq!(lab.areas(), [(5, 1), (1, 0)]);
    lab.check();
}

#[test]
fn what_replaces_two_mappings_takes_their_pages() {
    let mut lab = Lab::new();
    let address = lab.anonymous(2);
    let call = |address, pages: u64, prot| Syscall::Mmap {
        address,
        length: pages * 4096,
        prot,
        flags: ANONYMOUS | MapFlags::MAP_FIXED,
        fd: Fd(-1),
        offset: 0,
    };
    lab.store(address, 1);
    lab.value(call(address.offset(4096), 1, Prot::PROT_READ));
    assert_eq!(lab.load(address.offset(4096)), 0);
    let both = Prot::PROT_READ | Prot::PROT_WRITE;
    lab.value(call(address, 2, both));
    lab.check();
    assert_eq!(lab.load(address), 0);
    assert_eq!(lab.areas(), [(2, 0)]);
}

#[test]
fn after_fork_the_first_writer_copies_and_the_second_reuses() {
    let mut lab = Lab::new();
    let address = lab.anonymous(2);
    lab.store(address, 7);
    let child = abi::Pid(lab.value(Syscall::Fork {}) as i32);
    lab.check();
    lab.faults();
    lab.store(address, 8);
    assert_eq!(lab.faults(), [FaultKind::CopyOnWrite]);
    let parent = std::mem::replace(&mut lab.pid, child);
    assert_eq!(lab.load(address), 7);
    lab.store(address, 9);
    assert_eq!(lab.faults(), [FaultKind::CopyOnWriteReuse]);
    lab.call(Syscall::Exit { status: 0 });
    lab.check();
    lab.pid = parent;
    assert_eq!(lab.load(address), 8);
    lab.store(address, 10);
    assert_eq!(lab.faults(), []);
}

#[test]
fn a_page_whose_child_has_gone_still_faults_once() {
    let mut lab = Lab::new();
    let address = lab.anonymous(1);
    lab.store(address, 7);
    let child = abi::Pid(lab.value(Syscall::Fork {}) as i32);
    lab.call_as(child, Syscall::Exit { status: 0 });
    lab.check();
    lab.faults();
    lab.store(address, 8);
    lab.store(address, 9);
    assert_eq!(lab.faults(), [FaultKind::CopyOnWriteReuse]);
}

#[test]
fn files_are_mapped_shared_and_private() {
    let mut lab = Lab::new();
    lab.add_file("f", b"Hello, disk");
    let fd = lab.open("f", abi::OpenFlags::O_RDWR);
    let shared = lab.map(fd, 4096, MapFlags::MAP_SHARED);
    let private = lab.map(fd, 4096, MapFlags::MAP_PRIVATE);
    lab.faults();
    assert_eq!(lab.text(shared, 5), "Hello");
    assert_eq!(lab.faults(), [FaultKind::FileMajor]);
    assert_eq!(lab.text(private, 5), "Hello");
    assert_eq!(lab.faults(), [FaultKind::FileMinor]);
    lab.poke(shared, b"Jello");
    assert_eq!(lab.faults(), [FaultKind::SharedWriteNotify]);
    assert_eq!(lab.text(private, 5), "Jello");
    lab.poke(private, b"Mello");
    assert_eq!(lab.faults(), [FaultKind::CopyOnWrite]);
    assert_eq!(lab.text(shared, 5), "Jello");
    lab.check();
    let beyond = shared.offset(4096 - 1);
    assert_eq!(lab.peek(beyond, 1), [0]);
    let far = lab.map(fd, 8192, MapFlags::MAP_SHARED).offset(4096);
    let info = SignalInfo::fault(Signal::Bus, SignalCode::BusAdrErr, far);
    assert_eq!(
        lab.kernel.load(lab.pid, far, Width::Byte),
        Outcome::Signal(info)
    );
}
