//! What the other memory calls do where programs cannot see it, or only after long.

use abi::{Advice, MlockFlags, MremapFlags, Pid, Prot, Resource, Syscall, VirtAddr};

use super::ANONYMOUS;
use crate::addr::Vpn;
use crate::mm::vma::VmFlags;
use crate::testing::{BUFFER, Lab};
use crate::{Event, KernelConfig, Outcome, Width};

const PAGE: u64 = 4096;
/// What one node of level 1 maps, in bytes.
const NODE: u64 = 512 * PAGE;
const OLD: VirtAddr = VirtAddr(0x5000_0000);
const NEW: VirtAddr = VirtAddr(0x6000_0000);

impl Lab {
    fn map_at(&mut self, address: VirtAddr, length: u64) {
        self.value(Syscall::Mmap {
            address,
            length,
            prot: Prot::PROT_READ | Prot::PROT_WRITE,
            flags: ANONYMOUS | abi::MapFlags::MAP_FIXED,
            fd: abi::Fd(-1),
            offset: 0,
        });
    }

    fn move_to(&mut self, old: VirtAddr, length: u64, new: VirtAddr) {
        self.value(Syscall::Mremap {
            old_address: old,
            old_length: length,
            new_length: length,
            flags: MremapFlags::MREMAP_MAYMOVE | MremapFlags::MREMAP_FIXED,
            new_address: new,
        });
        self.check();
    }

    fn load_as(&mut self, pid: Pid, address: VirtAddr) -> Outcome {
        self.kernel.load(pid, address, Width::Long)
    }

    fn flags_at(&self, address: VirtAddr) -> VmFlags {
        let space = self.kernel.address_space(self.pid).unwrap();
        space.vma_at(Vpn::containing(address)).unwrap().flags
    }

    fn locked_pages(&self) -> u64 {
        self.kernel.address_space(self.pid).unwrap().size.locked
    }
}

/// How many whole nodes moved, and how many entries, since the last look.
fn moved(lab: &mut Lab) -> (usize, usize) {
    let events = lab.kernel.take_events();
    let count = |is: fn(&&Event) -> bool| events.iter().filter(is).count();
    (
        count(|event| matches!(event, Event::PteRangeMoved { .. })),
        count(|event| matches!(event, Event::PteChanged { .. })),
    )
}

#[test]
fn a_move_takes_whole_nodes_and_single_pages_along() {
    let mut lab = Lab::new();
    lab.map_at(OLD, 3 * NODE);
    let touched = [0, NODE - PAGE, NODE, 2 * NODE - PAGE, 2 * NODE + PAGE];
    for at in touched {
        lab.store(OLD.offset(at), at + 1);
    }
    let frames = lab.kernel.frames.free_count();
    lab.faults();
    // The last page is not moved, so that the third node is only in part.
    lab.move_to(OLD, 3 * NODE - PAGE, NEW);
    assert_eq!(moved(&mut lab), (2, 2));
    for at in touched {
        assert_eq!(lab.load(NEW.offset(at)), at + 1);
    }
    assert_eq!(lab.faults(), []);
    // Half a node further on, nothing can move as a whole.
    lab.move_to(NEW, 2 * NODE, OLD.offset(NODE / 2));
    assert_eq!(moved(&mut lab), (0, 8));
    assert_eq!(lab.load(OLD.offset(NODE / 2 + NODE)), NODE + 1);
    assert_eq!(lab.kernel.frames.free_count(), frames);
}

#[test]
fn a_move_after_fork_leaves_the_other_process_its_pages() {
    let mut lab = Lab::new();
    lab.map_at(OLD, 2 * NODE);
    lab.store(OLD, 1);
    lab.store(OLD.offset(NODE), 2);
    let child = Pid(lab.value(Syscall::Fork {}) as i32);
    lab.move_to(OLD, NODE + PAGE, NEW);
    lab.store(NEW, 3);
    assert_eq!(lab.load_as(child, OLD), Outcome::Return(1));
    assert_eq!(lab.load_as(child, OLD.offset(NODE)), Outcome::Return(2));
    assert_eq!(lab.load(NEW.offset(NODE)), 2);
    let gone = lab.load_as(lab.pid, OLD);
    assert!(!matches!(gone, Outcome::Return(_)), "{gone:?}");
    assert_eq!(
        lab.call_as(child, Syscall::Exit { status: 0 }),
        Outcome::Exited
    );
    lab.check();
}

#[test]
fn the_heap_is_one_vma_and_ends_a_page_before_what_is_above() {
    let mut lab = Lab::new();
    let start = lab.value(Syscall::Brk {
        address: VirtAddr::NULL,
    });
    let brk = |lab: &mut Lab, bytes: u64| {
        let address = VirtAddr(start + bytes);
        lab.value(Syscall::Brk { address }).wrapping_sub(start)
    };
    assert_eq!(brk(&mut lab, 5000), 5000);
    lab.store(VirtAddr(start), 7);
    assert_eq!(brk(&mut lab, 9 * PAGE), 9 * PAGE);
    let space = lab.kernel.address_space(lab.pid).unwrap();
    let heap = space.vma_at(Vpn::containing(VirtAddr(start))).unwrap();
    assert_eq!(heap.range.pages(), 9);
    lab.map_at(VirtAddr(start + 20 * PAGE), PAGE);
    assert_eq!(brk(&mut lab, 20 * PAGE), 9 * PAGE);
    assert_eq!(brk(&mut lab, 19 * PAGE), 19 * PAGE);
    assert_eq!(brk(&mut lab, 0), 0);
    lab.check();
    assert_eq!(brk(&mut lab, PAGE), PAGE);
    assert_eq!(lab.load(VirtAddr(start)), 0);
}

#[test]
fn future_mappings_and_the_heap_are_locked_after_mlockall() {
    let mut lab = Lab::new();
    let flags = abi::MlockallFlags::MCL_FUTURE | abi::MlockallFlags::MCL_ONFAULT;
    lab.value(Syscall::Mlockall { flags });
    let address = lab.anonymous(4);
    assert!(lab.flags_at(address).contains(VmFlags::LOCKED_MASK));
    let start = lab.value(Syscall::Brk {
        address: VirtAddr::NULL,
    });
    lab.value(Syscall::Brk {
        address: VirtAddr(start + 2 * PAGE),
    });
    assert_eq!(lab.locked_pages(), 6);
    lab.value(Syscall::Munlockall {});
    assert_eq!(lab.locked_pages(), 0);
    assert!(!lab.flags_at(address).intersects(VmFlags::LOCKED_MASK));
}

#[test]
fn what_is_locked_already_does_not_count_against_the_limit_again() {
    let mut lab = Lab::with(KernelConfig {
        privileged: false,
        ..KernelConfig::classroom()
    });
    let address = lab.anonymous(8);
    let limits = crate::testing::BUFFER;
    let bytes: Vec<u8> = [6 * PAGE, 6 * PAGE]
        .iter()
        .flat_map(|limit| limit.to_le_bytes())
        .collect();
    lab.poke(limits, &bytes);
    let resource = Resource::LockedMemory;
    lab.value(Syscall::Setrlimit { resource, limits });
    let lock = |from: u64, pages: u64| Syscall::Mlock2 {
        address: address.offset(from * PAGE),
        length: pages * PAGE,
        flags: MlockFlags::empty(),
    };
    lab.value(lock(0, 4));
    assert_eq!(lab.errno(lock(4, 3)), "ENOMEM");
    lab.value(lock(1, 5));
    assert_eq!(lab.locked_pages(), 6);
    let call = Syscall::Mremap {
        old_address: address.offset(5 * PAGE),
        old_length: PAGE,
        new_length: 2 * PAGE,
        flags: MremapFlags::MREMAP_MAYMOVE,
        new_address: VirtAddr::NULL,
    };
    assert_eq!(lab.errno(call), "EAGAIN");
}

#[test]
fn an_advised_page_leaves_ram_only_where_nothing_is_lost() {
    let mut lab = Lab::new();
    let address = lab.anonymous(3);
    for page in 0..3 {
        lab.store(address.offset(page * PAGE), 1);
    }
    let advise = |advice| Syscall::Madvise {
        address,
        length: 3 * PAGE,
        advice,
    };
    let free = lab.kernel.frames.free_count();
    lab.value(advise(Advice::PageOut));
    assert_eq!(lab.kernel.frames.free_count(), free, "there is no swap");
    lab.value(advise(Advice::Free));
    lab.store(address.offset(PAGE), 2);
    lab.value(advise(Advice::PageOut));
    lab.check();
    assert_eq!(lab.kernel.frames.free_count(), free + 2);
    let values = [0, 1, 2].map(|page| lab.load(address.offset(page * PAGE)));
    assert_eq!(values, [0, 2, 0]);
}

#[test]
fn a_guard_over_more_than_the_tables_have_room_for_is_refused() {
    for config in [KernelConfig::classroom(), KernelConfig::linux()] {
        let mut lab = Lab::with(config);
        let length = 1 << 40;
        let address = lab.value(Syscall::Mmap {
            address: VirtAddr::NULL,
            length,
            prot: Prot::PROT_READ,
            flags: ANONYMOUS,
            fd: abi::Fd(-1),
            offset: 0,
        });
        let advise = |advice| Syscall::Madvise {
            address: VirtAddr(address),
            length,
            advice,
        };
        assert_eq!(lab.errno(advise(Advice::GuardInstall)), "ENOMEM");
        assert_eq!(lab.errno(advise(Advice::PopulateRead)), "ENOMEM");
        lab.check();
    }
}

#[test]
fn bytes_copied_to_another_mapping_of_their_page_repeat() {
    let mut lab = Lab::new();
    let fd = lab.create("shared");
    lab.write(fd, "abcdef");
    let one = lab.map(fd, PAGE, abi::MapFlags::MAP_SHARED);
    let other = lab.map(fd, PAGE, abi::MapFlags::MAP_SHARED);
    let (pid, to) = (lab.pid, other.offset(2));
    lab.kernel.copy_bytes(pid, to, one, 6);
    assert_eq!(lab.text(one, 8), "abababab");
    lab.check();
}

#[test]
fn what_a_segment_has_only_in_memory_is_no_data_to_the_break() {
    // The program's only segment has no bytes in the file.
    let mut lab = Lab::new();
    let address = VirtAddr::NULL;
    let old = VirtAddr(lab.value(Syscall::Brk { address }));
    lab.poke(BUFFER, &(4 * PAGE).to_le_bytes());
    lab.poke(BUFFER.offset(8), &u64::MAX.to_le_bytes());
    lab.value(Syscall::Mprotect {
        address: BUFFER,
        length: 16 * PAGE,
        prot: Prot::PROT_READ,
    });
    lab.value(Syscall::Setrlimit {
        resource: Resource::Data,
        limits: BUFFER,
    });
    for (pages, moved) in [(5, false), (4, true)] {
        let address = old.offset(pages * PAGE);
        let now = lab.value(Syscall::Brk { address });
        assert_eq!(now == address.0, moved, "{pages} pages");
    }
}
